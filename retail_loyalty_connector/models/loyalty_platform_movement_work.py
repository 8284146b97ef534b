"""``retail.loyalty.platform.movement``: from what a platform moved to entries of ours.

What we told the platform ourselves comes back as an echo: known by the order's key, by
the entry's id that was the answer to it, or, while an answer is outstanding, by member
and points. All else is taken over (``loyalty_platform_movement_posting.py``).
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools import backoff
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now
from odoo.addons.retail_integration_base.tools.errors import RetailError

from ..tools.error_platform import PlatformMemberUnmatched, PlatformShortfall

_logger = logging.getLogger(__name__)

BATCH_SIZE = 500
#: An answer that is outstanding, a member being looked up: asked again after.
WAIT_S = 20.0
WAIT_CAP_S = 900.0

CLAIM = """
    SELECT id FROM retail_loyalty_platform_movement
     WHERE state = 'waiting' AND next_at <= %s
     ORDER BY moved_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
#: Orders of ours that may have caused these movements.
ORDERS = """
    SELECT id, uuid, movement_ref, state FROM retail_loyalty_platform_order
     WHERE backend_id = %(backend)s
       AND (uuid = ANY(%(keys)s) OR movement_ref = ANY(%(refs)s))
"""
#: Orders that the platform may have carried out without our having read its answer.
UNSETTLED = """
    SELECT member_id, CASE WHEN kind = 'capture'
                             OR kind = 'reverse' AND original_kind = 'accrual'
                           THEN -points ELSE points END, count(*)
      FROM retail_loyalty_platform_order
     WHERE backend_id = %(backend)s AND member_id = ANY(%(members)s)
       AND (state IN ('sending', 'stuck') OR state = 'waiting' AND attempt_count > 0)
     GROUP BY 1, 2
"""
WRITE = """
    UPDATE retail_loyalty_platform_movement AS own
       SET state = told.state, member_id = told.member_id, order_id = told.order_id,
           entry_id = told.entry_id, error_code = told.error_code, error = told.error,
           next_at = told.next_at, attempt_count = own.attempt_count + 1
      FROM jsonb_to_recordset(%s) AS told (id integer, state text, member_id integer,
           order_id integer, entry_id integer, error_code text, error text,
           next_at timestamp)
     WHERE own.id = told.id
"""


@dataclass
class Verdict:
    """What becomes of one movement; written down for the whole batch at once.

    :param there_id: whose account it moved in there: somebody merged, or ``member_id``
    """

    id: int
    state: str = "waiting"
    member_id: int | None = None
    there_id: int | None = None
    order_id: int | None = None
    entry_id: int | None = None
    error_code: str | None = None
    error: str | None = None
    next_at: str | None = None

    def fail(self, error: RetailError) -> None:
        """Leave it to a person."""
        self.state = "stuck"
        self.error_code, self.error = error.code, error.message[:500]

    def wait(self, now: datetime, delay_s: float, why: str) -> None:
        """Decide later."""
        self.state, self.error = "waiting", why
        self.next_at = (now + timedelta(seconds=delay_s)).isoformat()


class RetailLoyaltyPlatformMovement(models.Model):
    _inherit = "retail.loyalty.platform.movement"

    @api.model
    def _cron_settle(self) -> None:
        """Decide about movements that waited for an answer, a member or points."""
        while True:
            with self.env.registry.cursor() as cr:
                # A till that moves points meanwhile is waited for, not overtaken.
                self.env["retail.gate"]._read_committed(cr)
                movements = api.Environment(cr, SUPERUSER_ID, {})[self._name]
                if movements._settle_due() < BATCH_SIZE:
                    return

    @api.model
    def _settle_due(self) -> int:
        self.env.cr.execute(CLAIM, (to_naive(utc_now()), BATCH_SIZE))
        due = self.browse(row[0] for row in self.env.cr.fetchall())
        due._settle()
        return len(due)

    def _settle(self) -> None:
        """Decide about these movements and post what is to be taken over.

        The oldest first: what was earned before what was spent. In the caller's
        transaction; doing it twice changes nothing more.
        """
        waiting = self.filtered(lambda one: one.state == "waiting")
        for backend in waiting.backend_id:
            own = waiting.filtered(lambda one, b=backend: one.backend_id == b)
            own = own.with_company(backend.company_id)
            own.sorted(lambda one: (one.moved_at, one.id))._settle_for(backend)

    def _settle_for(self, backend: models.BaseModel) -> None:
        verdicts = {one.id: Verdict(one.id) for one in self}
        self._find_echoes(backend, verdicts)
        rest = self.filtered(lambda one: verdicts[one.id].state == "waiting")
        rest = rest._find_members(backend, verdicts)
        rest = rest._leave_out(backend, verdicts)
        rest._take_over(backend, verdicts)
        self._write_down(backend, verdicts)

    # --- what is not taken over -------------------------------------------------------

    def _find_echoes(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> None:
        """Tell what we did ourselves, by key or by the answer to our order."""
        self.env.flush_all()
        self.env.cr.execute(
            ORDERS,
            {
                "backend": backend.id,
                "keys": [one.key for one in self if one.key],
                "refs": self.mapped("movement_ref"),
            },
        )
        known: dict[str, int] = {}
        for order_id, uuid, movement_ref, _state in self.env.cr.fetchall():
            known[uuid] = order_id
            if movement_ref:
                known[movement_ref] = order_id
        for one in self:
            verdict = verdicts[one.id]
            order_id = known.get(one.movement_ref) or known.get(one.key or "")
            if order_id:
                verdict.state, verdict.order_id = "ours", order_id
            elif not one.points:
                verdict.state = "nothing"

    def _find_members(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> "RetailLoyaltyPlatformMovement":
        """Return movements of members whom we know; others wait for being looked up."""
        known = self.env["retail.loyalty.platform.member"]._resolve(
            backend, set(self.mapped("member_ref"))
        )
        now = to_naive(utc_now())
        found = self.browse()
        for one in self:
            verdict = verdicts[one.id]
            seen = known[one.member_ref]
            if seen.member:
                # An old account there is the survivor's, as all that names a member.
                verdict.member_id = seen.member._survivor().id
                verdict.there_id = seen.member._platform_self().id
                found |= one
            elif seen.is_unmatched:
                verdict.fail(
                    PlatformMemberUnmatched(
                        f"{one.points:+d} points moved at {backend.name} for"
                        f" {one.member_ref}, whom nobody here is: {seen.why}",
                        context={"member": one.member_ref, "points": one.points},
                    )
                )
            else:
                verdict.wait(now, WAIT_S, "the member is being looked up")
        return found

    def _leave_out(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> "RetailLoyaltyPlatformMovement":
        """Return what is not older than the program's link nor perhaps our own."""
        members = self.env["retail.loyalty.member"].sudo()
        unsettled = self._unsettled(backend, verdicts)
        now = to_naive(utc_now())
        rest = self.browse()
        for one in self:
            verdict = verdicts[one.id]
            program = members.browse(verdict.member_id).program_id
            begin = program.platform_since_at
            pair = (verdict.member_id, one.points)
            if begin and one.moved_at < begin:
                verdict.state = "nothing"
                verdict.error = "before the platform was linked"
            elif one.is_by_interface and not one.key and unsettled.get(pair):
                # Whose answer is outstanding names it soon, or is found to be another.
                delay_s = backoff.delay_s(one.attempt_count + 1, cap_s=WAIT_CAP_S)
                verdict.wait(now, max(WAIT_S, delay_s), "an order of ours is under way")
            else:
                rest |= one
        return rest

    def _unsettled(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> dict[tuple[int, int], int]:
        members = self.env["retail.loyalty.member"].sudo()
        today = members.browse({verdicts[one.id].member_id for one in self})
        # What was told of a member who was merged since is the survivor's, too.
        names = today._names()
        asked = {"backend": backend.id, "members": list(names)}
        self.env.cr.execute(UNSETTLED, asked)
        found: dict[tuple[int, int], int] = {}
        for member_id, points, count in self.env.cr.fetchall():
            pair = (names[member_id], points)
            found[pair] = found.get(pair, 0) + count
        return found

    # --- writing down -----------------------------------------------------------------

    def _write_down(
        self, backend: models.BaseModel, verdicts: dict[int, Verdict]
    ) -> None:
        rows = [vars(verdicts[one.id]) for one in self]
        self.env.cr.execute(SQL(WRITE, json.dumps(rows)))
        self.invalidate_recordset()
        counts: dict[str, int] = {}
        for verdict in verdicts.values():
            counts[verdict.state] = counts.get(verdict.state, 0) + 1
        _logger.info("platform movements of %s: %s", backend.code, counts)
        for one in self.filtered(lambda own: own.state == "stuck"):
            one._open_exception()
        done = self.filtered(lambda own: own.state not in ("stuck", "waiting"))
        done._close_exceptions()

    def _dedupe_key(self) -> str:
        return f"platform-movement:{self.id}"

    def _open_exception(self) -> None:
        kinds = {error.code: error for error in (PlatformMemberUnmatched,)}
        error = kinds.get(self.error_code, PlatformShortfall)(
            self.error, context={"points": self.points, "member": self.member_ref}
        )
        self.env["retail.exception"].sudo()._open(
            self.backend_id,
            error,
            dedupe_key=self._dedupe_key(),
            correlation_id=self.correlation_id,
        )

    def _close_exceptions(self) -> None:
        keys = [one._dedupe_key() for one in self]
        self.env["retail.exception"].sudo().search(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )._resolve("replayed", self.env._("The movement was settled."))
