"""``retail.gate``: how a call went, and what follows for the next ones.

Opens the circuit after too many failures in a row, closes it when the partner answers,
and keeps the pauses that a partner asks for. Called by the door after each call, and by
operators.
"""

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..tools import redaction
from ..tools.errors import (
    AddressRefused,
    CircuitOpen,
    RateLimited,
    RemoteUnavailable,
    RetailError,
)
from ..tools.rate_hints import RateHint
from .event_mixin import OPERATOR_GROUP
from .gate import NOW, GateLimits

FAILED = f"""
    UPDATE retail_gate AS g
       SET failure_count = g.failure_count + 1,
           last_error = %(error)s,
           probe_until_at = NULL,
           state = CASE WHEN trips THEN 'open' ELSE g.state END,
           retry_at = CASE WHEN trips THEN now.at + %(open_s)s * interval '1 s'
               ELSE g.retry_at END,
           opened_at = CASE WHEN trips AND old.state = 'closed' THEN now.at
               ELSE g.opened_at END
      FROM {NOW},
           (SELECT id, state, state = 'half_open' OR state = 'closed'
                   AND %(most)s > 0 AND failure_count + 1 >= %(most)s AS trips
              FROM retail_gate WHERE id = %(id)s FOR NO KEY UPDATE) AS old
     WHERE g.id = old.id
 RETURNING old.state, g.state, g.failure_count"""  # nosec B608 # names of ours only
SUCCEEDED = """
    UPDATE retail_gate AS g
       SET failure_count = 0, state = 'closed', probe_until_at = NULL,
           retry_at = NULL, opened_at = NULL
      FROM (SELECT id, state FROM retail_gate
             WHERE id = %s AND (failure_count > 0 OR state <> 'closed')
               FOR NO KEY UPDATE) AS old
     WHERE g.id = old.id
 RETURNING old.state"""
PACED = f"""
    UPDATE retail_gate AS g
       SET tokens = LEAST(g.tokens, COALESCE(%(remaining)s, g.tokens)),
           not_before_at = GREATEST(g.not_before_at,
               now.at + %(wait_s)s * interval '1 s')
      FROM {NOW} WHERE g.id = %(id)s"""  # nosec B608 # names of ours only


class RetailGate(models.Model):
    _inherit = "retail.gate"

    def _leave(
        self,
        error: RetailError | None,
        hint: RateHint | None,
        limits: GateLimits,
    ) -> None:
        """Note how a call went: the circuit, and what the partner said about pace."""
        self.ensure_one()
        wait_s = self._asked_pause(error, hint, limits)
        if isinstance(error, RemoteUnavailable | AddressRefused):
            self._note_failure(error, limits)
        elif error is not None and not self._was_answered(error):
            self._give_probe_back()
        else:
            self._note_success()
        if wait_s or (hint and hint.remaining is not None and limits.rate > 0):
            self.env.cr.execute(
                PACED,
                {
                    "id": self.id,
                    "remaining": hint.remaining if hint else None,
                    "wait_s": wait_s,
                },
            )

    def _asked_pause(
        self, error: RetailError | None, hint: RateHint | None, limits: GateLimits
    ) -> float | None:
        """Return how long the partner wants no calls at all, capped."""
        asked = [hint.wait_s if hint else None, error.retry_after_s if error else None]
        if isinstance(error, RateLimited) and error.retry_after_s is None:
            asked.append(float(limits.pause_s))
        longest = max((one for one in asked if one), default=None)
        return min(longest, float(limits.pause_s_max)) if longest else None

    def _was_answered(self, error: RetailError) -> bool:
        """Tell whether the partner lives: it said no, or asked for a slower pace."""
        return "status" in error.context or isinstance(error, RateLimited)

    def _note_failure(self, error: RetailError, limits: GateLimits) -> None:
        self.env.cr.execute(
            FAILED,
            {
                "id": self.id,
                "error": redaction.scrub_text(error.message)[:500],
                "open_s": limits.open_s,
                "most": limits.failures_max,
            },
        )
        before, after, count = self.env.cr.fetchone()
        self.invalidate_recordset()
        if after == "open" and before != "open":
            self._log_change("open", error.code)
        if after == "open" and before == "closed":
            self.env["retail.exception"]._open(
                self.backend_id,
                CircuitOpen(
                    f"{self.endpoint} failed {count} times in a row and is left alone;"
                    f" last: {error.message}"
                ),
                dedupe_key=self._exception_key(),
            )

    def _note_success(self) -> None:
        self.env.cr.execute(
            SUCCEEDED,
            [self.id],
        )
        changed = self.env.cr.fetchone()
        self.invalidate_recordset()
        if changed and changed[0] != "closed":
            self._closed_again(self.env._("The system answers again."), "it answers")

    def _give_probe_back(self) -> None:
        """Undo a probe that never went out: the next call may try."""
        self.env.cr.execute(
            "UPDATE retail_gate SET state = 'open', probe_until_at = NULL"
            " WHERE id = %s AND state = 'half_open'",
            [self.id],
        )
        self.invalidate_recordset()

    def _closed_again(self, note: str, why: str) -> None:
        self._log_change("closed", why)
        self.env["retail.exception"].sudo().search(
            [("dedupe_key", "=", self._exception_key()), ("state", "!=", "resolved")]
        )._resolve("recovered", note)
        lanes = self.env["retail.lane"].sudo()
        lane_ids = lanes.search(
            [("backend_id", "=", self.backend_id.id), ("direction", "=", "out")]
        ).ids
        lanes._arm_after_commit(set(lane_ids))

    def _exception_key(self) -> str:
        return f"gate:{self.id}"

    # --- what people do -------------------------------------------------------------

    def action_close(self) -> None:
        """Let calls through again at once, whatever happened before."""
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about messages."))
        name = self.env.user.name
        for gate in self.sudo():
            if gate.state == "closed" and not gate.not_before_at:
                raise UserError(self.env._("Calls to this host go through already."))
            gate.env.cr.execute(
                "UPDATE retail_gate SET not_before_at = NULL, failure_count = 1,"
                " state = 'open' WHERE id = %s",
                [gate.id],
            )
            gate._note_success()
            self.env["retail.audit.entry"]._record(
                "gate.closed", gate.backend_id, details={"host": gate.endpoint}
            )
            gate.backend_id.message_post(
                body=self.env._(
                    "%(user)s let calls to %(host)s through again.",
                    user=name,
                    host=gate.endpoint,
                )
            )
