"""``retail.loyalty.accrual``: what a sale or return meant for a member's points.

One row per sale and program: what each line earned, what has come back since, under
which ids the points stand in the ledger, or why nothing could be posted. Written by the
engine only (``loyalty_accrual_<topic>.py``), in the transaction that records the sale;
a failure is a row here, never a lost sale. What people do with failures is in
``loyalty_accrual_retry.py``.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one

REASONS = [
    ("no_program", "There is no loyalty program"),
    ("unmatched", "Nobody knows whose card, address or number this is"),
    ("no_member", "The customer is no member"),
    ("not_yet_member", "The customer joined later"),
    ("member_blocked", "The membership is suspended or over"),
    ("original_unknown", "The sale that goods came back of is not recorded"),
    ("unreferenced", "Goods came back without naming a sale"),
    ("original_open", "The sale that goods came back of has not earned yet"),
    ("return_exceeds", "More came back than was sold or paid"),
    ("settlement_refused", "A refund was reduced for points, which does not fit"),
    ("not_covered", "Points were taken in payment that the member has not got"),
    ("conflict", "The ledger knows another posting of this sale"),
    ("not_computable", "The sale and the program do not fit together"),
]


class RetailLoyaltyAccrual(models.Model):
    _name = "retail.loyalty.accrual"
    _description = "Points of a Sale"
    _log_access = False
    _order = "id desc"

    transaction_id = fields.Many2one(
        "retail.transaction",
        string="Sale",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    program_id = fields.Many2one(
        "retail.loyalty.program", readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    member_id = fields.Many2one(
        "retail.loyalty.member",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    # Loose: a chain of exchanges is as long as it gets.
    original_id = LooseMany2one(
        "retail.loyalty.accrual", string="Of the sale", readonly=True
    )
    state = fields.Selection(
        [
            ("done", "Posted"),
            ("waiting", "Promised"),
            ("failed", "Failed"),
            ("skipped", "No member"),
            ("dismissed", "Given up"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Selection(REASONS, string="Why", readonly=True)
    detail = fields.Char(readonly=True)
    points = BigInteger(
        required=True,
        readonly=True,
        default=0,
        help="Earned, less what was taken back of the sale that goods came back of.",
    )
    points_spent = BigInteger(string="Spent", readonly=True, default=0)
    points_restored = BigInteger(string="Given back", readonly=True, default=0)
    points_written_off = BigInteger(
        string="Written off",
        readonly=True,
        default=0,
        help="Earned points that were spent before the goods came back.",
    )
    points_owed = BigInteger(
        string="Owed",
        readonly=True,
        default=0,
        help="Earned points that were spent before the goods came back, and neither "
        "paid for nor written off.",
    )
    points_settled = BigInteger(
        string="Paid for",
        readonly=True,
        default=0,
        help="Points that were paid for with a smaller refund.",
    )
    amount_settled = fields.Monetary(
        string="Kept of the refund",
        readonly=True,
        help="By how much the refund was less, for points that were spent.",
    )
    points_cancelled = BigInteger(
        string="Cancelled",
        readonly=True,
        default=0,
        help="Promised for pieces that were never handed over.",
    )
    amount_uncovered = fields.Monetary(
        string="Not covered",
        readonly=True,
        help="Paid with points that were not there.",
    )
    currency_id = fields.Many2one(related="transaction_id.currency_id")
    is_paid = fields.Boolean(string="Paid", readonly=True)
    fulfilled_at = fields.Datetime(string="Handed over", readonly=True)
    recorded_at = fields.Datetime(string="Recorded", required=True, readonly=True)
    matures_at = fields.Datetime(string="Spendable", readonly=True)
    occurred_at = fields.Datetime(related="transaction_id.occurred_at")
    store_id = fields.Many2one(related="transaction_id.store_id")
    # What later steps need, see tools/sold_documents.py and tools/booking.py.
    originals = fields.Json(readonly=True)
    sold = fields.Json(readonly=True)
    came_back = fields.Json(readonly=True)
    cancelled = fields.Json(readonly=True)
    booked = fields.Json(readonly=True)
    spent = fields.Json(readonly=True)
    capped = fields.Json(readonly=True)
    parts = fields.Json(readonly=True)
    # What a return moved, see loyalty_accrual_settlement.py.
    settlement = fields.Json(readonly=True)
    explanation = fields.Text(string="How", compute="_compute_explanation")

    _transaction_uniq = models.UniqueIndex(
        "(transaction_id, coalesce(program_id, 0))",
        "The points of this sale are known already.",
    )
    _failed_idx = models.Index(
        "(reason, recorded_at) WHERE state IN ('failed', 'skipped')"
    )
    _member_failed_idx = models.Index("(member_id) WHERE state = 'failed'")
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("transaction_id", "member_id")
    def _compute_display_name(self) -> None:
        for accrual in self:
            ref = accrual.transaction_id.ref
            accrual.display_name = f"{ref} {accrual.member_id.display_name or ''}"

    @api.depends("parts", "detail")
    def _compute_explanation(self) -> None:
        for accrual in self:
            lines = [
                f"{points:+d} {name}: {why}"
                for points, name, why in accrual.parts or ()
            ]
            accrual.explanation = "\n".join([accrual.detail or "", *lines]).strip()
