"""``retail.outbox.event``: commands, which the partner has to confirm (R134).

A topic may say that its messages are commands: delivered is not done. The partner
confirms or refuses in its answer, or later by ``retail.command.result.v1``; no word in
time is an exception. A word that comes late, or twice, is kept too.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.command_result import CommandResult
from ..tools.errors import CommandExpired, CommandRefused
from .event_mixin import Mark
from .outbox_event_record import Attempt

EXPIRE_BATCH_SIZE = 500


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    confirm_by_at = fields.Datetime(string="Confirmation due", readonly=True)

    _confirm_idx = models.Index(
        "(confirm_by_at) WHERE state = 'sent' AND confirm_by_at IS NOT NULL"
    )

    # --- sent ---------------------------------------------------------------------

    def _delivered_mark(self, attempt: Attempt) -> Mark:
        """Return what a delivery means: sent, or decided at once."""
        result = None
        if self.topic_id.is_command and not attempt.asked:
            connector = self.backend_id._connector()
            result = connector._command_result(attempt.response)
        if result:
            return self._decision_mark(result, attempts=1)
        text = f"HTTP {attempt.response.status}"
        if attempt.asked:
            text = self.env._("The partner has it already: it was asked")
        return Mark(self.id, "sent", result=text, attempts=1)

    def _follow_command(self, state: str) -> None:
        """Wait for the partner's word, or draw the conclusion of its answer."""
        if state == "refused":
            self._open_refusal()
        elif state == "sent":
            within = timedelta(seconds=self.topic_id.confirm_within_s)
            self._set_confirm_by(to_naive(utc_now()) + within)

    def _set_confirm_by(self, moment: object) -> None:
        self.env.execute_query(
            SQL(
                "UPDATE retail_outbox_event SET confirm_by_at = %s"
                " WHERE id = ANY (%s) RETURNING id",
                moment,
                list(self.ids),
            )
        )
        self.invalidate_recordset(["confirm_by_at"])

    # --- decided --------------------------------------------------------------------

    def _settle_command(self, result: CommandResult) -> None:
        """Record the partner's word about this command; called by the handler.

        :raises ConcurrentUpdate: somebody else moved it meanwhile
        """
        self.ensure_one()
        self._mark([self._decision_mark(result)])
        self._set_outcome_unknown(False)
        self._release_successors()
        self.exception_ids._resolve(
            "recovered", self.env._("The partner decided about the command.")
        )
        if result.decision == "refused":
            self._open_refusal()

    def _decision_mark(self, result: CommandResult, attempts: int = 0) -> Mark:
        refused = result.decision == "refused"
        return Mark(
            self.id,
            result.decision,
            result=result.reason or None,
            error_code=CommandRefused.code if refused else None,
            error_message=result.reason or None if refused else None,
            attempts=attempts,
        )

    def _open_refusal(self) -> None:
        reason = self.result or self.env._("no reason given")
        self.env["retail.exception"]._open_for_event(
            self, CommandRefused(f"the partner refused {self.subject}: {reason}")
        )

    # --- not decided in time ----------------------------------------------------------

    @api.model
    def _cron_expire_commands(self) -> None:
        """Give commands without a word in time to a person."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM retail_outbox_event
                    WHERE state = 'sent' AND confirm_by_at <= %s
                    ORDER BY confirm_by_at LIMIT %s
                      FOR NO KEY UPDATE SKIP LOCKED""",
                to_naive(utc_now()),
                EXPIRE_BATCH_SIZE,
            )
        )
        overdue = self.sudo().browse(row[0] for row in rows)
        for command in overdue:
            error = CommandExpired(
                f"no confirmation of {command.subject} within "
                f"{command.topic_id.confirm_within_s} s"
            )
            overdue._mark(
                [
                    Mark(
                        command.id,
                        "expired",
                        error_code=error.code,
                        error_message=error.message,
                    )
                ]
            )
            self.env["retail.exception"]._open_for_event(command, error)
