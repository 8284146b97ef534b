"""``retail.loyalty.platform.movement``: what a platform told us it moved.

One row per entry of the platform's ledger, whatever brought it (webhook, list, a look
at the member), so that each is decided about once. What becomes of it is in
``loyalty_platform_movement_work.py``.
"""

from collections.abc import Sequence

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one
from odoo.addons.retail_integration_base.tools import correlation
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from ..schemas.platform_movement import PlatformMovement


class RetailLoyaltyPlatformMovement(models.Model):
    _name = "retail.loyalty.platform.movement"
    _description = "Movement at a Loyalty Platform"
    _log_access = False
    _order = "id desc"
    _rec_name = "movement_ref"

    backend_id = fields.Many2one(
        "retail.backend",
        string="Platform",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = LooseMany2one("res.company", readonly=True)
    movement_ref = fields.Char(string="Entry there", required=True, readonly=True)
    member_ref = fields.Char(string="Member there", required=True, readonly=True)
    member_id = LooseMany2one("retail.loyalty.member", readonly=True, index=True)
    kind = fields.Selection(
        [
            ("accrual", "Earned"),
            ("redemption", "Spent"),
            ("hold", "Locked"),
            ("release", "Let go"),
            ("reversal", "Undone"),
            ("adjustment", "Adjusted"),
            ("expiry", "Expired"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    points = BigInteger(required=True, readonly=True)
    moved_at = fields.Datetime(string="Moved", required=True, readonly=True)
    heard_at = fields.Datetime(string="Heard", required=True, readonly=True)
    key = fields.Char(readonly=True, help="Of the order that caused it, as told there.")
    hold_ref = fields.Char(string="Hold there", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    reason = fields.Char(readonly=True)
    is_by_interface = fields.Boolean(string="By a program", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("taken", "Taken over"),
            ("ours", "Told by us"),
            ("nothing", "Moves nothing here"),
            ("stuck", "Needs a person"),
        ],
        required=True,
        readonly=True,
    )
    order_id = LooseMany2one(
        "retail.loyalty.platform.order", string="Our order", readonly=True
    )
    entry_id = LooseMany2one("retail.loyalty.entry", readonly=True)
    is_debt_accepted = fields.Boolean(string="May be owed", readonly=True)
    attempt_count = fields.Integer(string="Attempts", required=True, readonly=True)
    next_at = fields.Datetime(string="Next attempt", readonly=True)
    error_code = fields.Char(string="Error", readonly=True)
    error = fields.Char(string="Cause", readonly=True)
    correlation_id = fields.Char(readonly=True)

    _movement_uniq = models.Constraint(
        "UNIQUE (backend_id, movement_ref)", "This movement is known already."
    )
    _waiting_idx = models.Index("(next_at) WHERE state = 'waiting'")
    _open_idx = models.Index(
        "(backend_id, member_ref) WHERE state IN ('waiting', 'stuck')"
    )
    _hold_idx = models.Index("(backend_id, hold_ref) WHERE kind = 'hold'")
    _order_idx = models.Index("(order_id) WHERE order_id IS NOT NULL")
    _moved_idx = models.Index("(backend_id, moved_at)")

    @api.depends("kind", "points")
    def _compute_display_name(self) -> None:
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{kinds.get(one.kind, '')} {one.points:+d}"

    @api.model
    def _hear(
        self, backend: models.BaseModel, said: Sequence[PlatformMovement]
    ) -> "RetailLoyaltyPlatformMovement":
        """Keep movements that nobody has told us of before; return those.

        :param said: whatever a webhook or a list brought, in any order
        """
        rows = self._prepare_rows(backend, said)
        if not rows:
            return self.browse()
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_loyalty_platform_movement
                          (backend_id, company_id, movement_ref, member_ref, kind,
                           points, moved_at, heard_at, key, hold_ref, ref, reason,
                           is_by_interface, next_at, correlation_id, state,
                           attempt_count, is_debt_accepted)
                   SELECT told.*, 'waiting', 0, FALSE
                     FROM (VALUES %s) AS told
                   ON CONFLICT (backend_id, movement_ref) DO NOTHING RETURNING id""",
                SQL(", ").join(SQL("%s", row) for row in rows),
            ),
            log_exceptions=False,
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _prepare_rows(
        self, backend: models.BaseModel, said: Sequence[PlatformMovement]
    ) -> list[tuple]:
        now = to_naive(utc_now()).replace(microsecond=0)
        return [
            (
                backend.id,
                backend.company_id.id,
                one.movement,
                one.member,
                one.kind,
                one.points,
                to_naive(one.at).replace(microsecond=0),
                now,
                one.key,
                one.hold,
                one.ref,
                one.reason,
                one.by_interface,
                now,
                correlation.current() or None,
            )
            for one in said
        ]

    # --- what people do ---------------------------------------------------------------

    def _check_operator(self) -> None:
        self.check_access("read")
        if not self.env.user.has_group("retail_integration_base.group_operator"):
            raise AccessError(self.env._("Operators decide about movements."))

    def action_try_again(self) -> None:
        """Decide anew about what needs a person, after the cause was mended."""
        self._check_operator()
        self.sudo()._wake()

    def action_accept_debt(self) -> None:
        """Take points over that the member has not got: they are owed from now on."""
        self._check_operator()
        stuck = self.sudo().filtered(lambda one: one.state == "stuck")
        for one in stuck:
            self.env["retail.audit.entry"]._record("platform_movement.accepted", one)
        stuck.write({"is_debt_accepted": True})
        stuck._wake()

    def _wake(self) -> None:
        """Decide about these movements now."""
        self._hasten()
        self._settle()

    def _hasten(self) -> None:
        """Let these movements be decided about as soon as may be."""
        open_ones = self.filtered(lambda one: one.state in ("stuck", "waiting"))
        open_ones.write(
            {
                "state": "waiting",
                "next_at": to_naive(utc_now()),
                "error_code": False,
                "error": False,
            }
        )
