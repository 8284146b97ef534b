"""``retail.loyalty.platform.order``: points that a platform has to be told of.

Each is made by the statement that posts an entry (``data/ledger/platform.sql``), under
the entry's own id, which is its key at the platform for good. Sending is in
``loyalty_platform_order_work.py``.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one

from ..tools.platform_orders import Accrual, Capture, Reversal

OPEN_STATES = ("waiting", "sending", "stuck")
UNTOLD = """
    SELECT coalesce(sum(points), 0)::bigint FROM retail_loyalty_platform_order
     WHERE member_id = %s AND kind = 'capture'
       AND state IN ('waiting', 'sending', 'stuck')
"""


class RetailLoyaltyPlatformOrder(models.Model):
    _name = "retail.loyalty.platform.order"
    _description = "Order to a Loyalty Platform"
    _inherit = "retail.loyalty.asking.mixin"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Key", required=True, readonly=True)
    backend_id = fields.Many2one(
        "retail.backend",
        string="Platform",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    member_id = LooseMany2one("retail.loyalty.member", required=True, readonly=True)
    entry_id = LooseMany2one("retail.loyalty.entry", required=True, readonly=True)
    kind = fields.Selection(
        [("accrue", "Give"), ("capture", "Take"), ("reverse", "Undo")],
        required=True,
        readonly=True,
    )
    points = BigInteger(required=True, readonly=True)
    original_uuid = fields.Char(string="Undoes", readonly=True)
    original_kind = fields.Selection(
        [("accrual", "Earned"), ("redemption", "Spent")], readonly=True
    )
    is_whole = fields.Boolean(string="All of it", readonly=True)
    gives_uuid = fields.Char(
        string="Gives to",
        readonly=True,
        help="Key of the order that gives another member what this one takes.",
    )
    ref = fields.Char(string="Reference", readonly=True)
    reason = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Being told"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("stuck", "Needs a person"),
        ],
        required=True,
        readonly=True,
    )
    attempt_count = fields.Integer(string="Attempts", required=True, readonly=True)
    next_at = fields.Datetime(string="Next attempt", readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    created_at = fields.Datetime(string="Since", required=True, readonly=True)
    done_at = fields.Datetime(string="Settled", readonly=True)
    movement_ref = fields.Char(string="Entry there", readonly=True)
    moved = BigInteger(string="Points there", readonly=True)
    error_code = fields.Char(string="Error", readonly=True)
    error = fields.Char(string="Cause", readonly=True)
    correlation_id = fields.Char(readonly=True)

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This order exists already.")
    _open_idx = models.Index(
        "(member_id, id) WHERE state IN ('waiting', 'sending', 'stuck')"
    )
    # The board counts them.
    _refused_idx = models.Index("(id) WHERE state IN ('stuck', 'refused')")
    _next_idx = models.Index("(next_at) WHERE state IN ('waiting', 'sending')")
    _gives_idx = models.Index("(gives_uuid) WHERE gives_uuid IS NOT NULL")
    _points_check = models.Constraint("CHECK (points > 0)", "Points are positive.")

    @api.depends("kind", "points")
    def _compute_display_name(self) -> None:
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for order in self:
            order.display_name = f"{kinds.get(order.kind, '')} {order.points}"

    @api.model
    def _untold_spending(self, member: models.BaseModel) -> int:
        """Return how many points a member spent that the platform does not know of."""
        self.env.cr.execute(UNTOLD, (member.id,))
        return self.env.cr.fetchone()[0]

    def _prepare_order(self, member_ref: str) -> Accrual | Capture | Reversal:
        """Return the order in the platform's vocabulary.

        Our ledger has decided: what is taken back is taken back, even below zero.
        """
        self.ensure_one()
        common = {"key": self.uuid, "member_id": member_ref, "points": self.points}
        if self.kind == "accrue":
            return Accrual(**common, ref=self.ref or "")
        if self.kind == "capture":
            return Capture(**common, ref=self.ref or "")
        return Reversal(
            **common,
            original_kind=self.original_kind,
            original_key=self.original_uuid,
            whole=self.is_whole,
            reason=self.reason or self.ref or "",
            allow_negative=True,
        )

    def action_try_again(self) -> None:
        """Send what needs a person once more, after somebody mended the cause."""
        if not self.env.user.has_group("retail_integration_base.group_operator"):
            raise AccessError(self.env._("Operators send orders again."))
        self.check_access("read")
        self.sudo()._tell_again()

    def _tell_again(self) -> None:
        """Let these orders go out once more, under the key that they always had.

        Taking from one member and giving to another go together.
        """
        both = self | self._other_half()
        stuck = both.filtered(lambda order: order.state in ("stuck", "refused"))
        stuck.write({"state": "waiting", "next_at": fields.Datetime.now()})

    def _other_half(self) -> "RetailLoyaltyPlatformOrder":
        """Return the orders that give what these take, and take what these give."""
        given = [order.gives_uuid for order in self if order.gives_uuid]
        return self.search(
            ["|", ("uuid", "in", given), ("gives_uuid", "in", self.mapped("uuid"))]
        )
