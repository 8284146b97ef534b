"""``retail.loyalty.entry``: points went from one account to another, for good.

One row names the account they left and the one they reached, so that it balances by
construction. One side is a member's account (``account_id``); its entries are numbered
and chained by hash (``tools/ledger_chain.py``). Nothing changes or removes an entry:
triggers refuse it. Written by the SQL of the ledger only.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one

KINDS = [
    ("accrual", "Earned"),
    ("redemption", "Spent"),
    ("expiry", "Expired"),
    ("breakage", "Written off"),
    ("adjustment", "Adjusted"),
    ("transfer", "Transferred"),
]


class RetailLoyaltyEntry(models.Model):
    _name = "retail.loyalty.entry"
    _description = "Loyalty Entry"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Entry ID", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True)
    # Loose: a key check for each of five parents costs as much as half the insert.
    # Triggers keep accounts and holds; an entry outlives the rest.
    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    account_id = LooseMany2one(
        "retail.loyalty.account",
        string="Member's account",
        required=True,
        readonly=True,
    )
    member_id = fields.Many2one(related="account_id.member_id")
    sequence = BigInteger(string="Number", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    debit_account_id = LooseMany2one(
        "retail.loyalty.account", string="From", required=True, readonly=True
    )
    credit_account_id = LooseMany2one(
        "retail.loyalty.account", string="To", required=True, readonly=True
    )
    points = BigInteger(required=True, readonly=True)
    amount = BigInteger(
        string="Change",
        required=True,
        readonly=True,
        help="What the member got (positive) or gave (negative).",
    )
    balance_after = BigInteger(string="Balance", required=True, readonly=True)
    hold_id = LooseMany2one(
        "retail.loyalty.hold", readonly=True, index="btree_not_null"
    )
    reverses_id = LooseMany2one(
        "retail.loyalty.entry",
        string="Reverses",
        readonly=True,
        index="btree_not_null",
    )
    transaction_id = LooseMany2one(
        "retail.transaction",
        string="Sale",
        readonly=True,
        index="btree_not_null",
    )
    channel = fields.Char(readonly=True)
    store_id = LooseMany2one("retail.store", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    effective_at = fields.Datetime(
        string="Happened", required=True, readonly=True, help="When it took place."
    )
    recorded_at = fields.Datetime(
        string="Recorded", required=True, readonly=True, help="When we learnt of it."
    )
    expires_at = fields.Datetime(string="Expire", readonly=True)
    user_id = LooseMany2one("res.users", string="User", readonly=True)
    approved_by_id = LooseMany2one("res.users", string="Approver", readonly=True)
    reason = fields.Char(readonly=True)
    correlation_id = fields.Char(readonly=True)
    movement_id = LooseMany2one(
        "retail.loyalty.platform.movement",
        string="Moved at the platform",
        readonly=True,
        help="What the program's platform did, and is not told back.",
    )
    previous_hash = fields.Char(required=True, readonly=True)
    entry_hash = fields.Char(string="Hash", required=True, readonly=True)
    use_ids = fields.One2many("retail.loyalty.lot.use", "entry_id", string="Lots")

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This entry exists already.")
    _place_uniq = models.Constraint(
        "UNIQUE (account_id, sequence)", "This place of the chain is taken."
    )
    # Finance asks by program and time; own accounts sum up from it since last night.
    _recorded_idx = models.Index("(program_id, recorded_at)")
    _balance_check = models.Constraint(
        "CHECK (points > 0 AND debit_account_id <> credit_account_id"
        " AND ((account_id = credit_account_id AND amount = points)"
        " OR (account_id = debit_account_id AND amount = -points)))",
        "An entry moves points from one account to another.",
    )

    @api.depends("kind", "amount")
    def _compute_display_name(self) -> None:
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{kinds.get(entry.kind, '')} {entry.amount:+d}"
