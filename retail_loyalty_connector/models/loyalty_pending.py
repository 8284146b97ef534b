"""``retail.loyalty.pending``: points earned that cannot be spent yet.

They wait for the return window to end: ``pending → posted | cancelled``, cancelled also
in part. A cancellation is a row of its own with the id of its request, so that a return
told twice takes points once. Written by the SQL of the ledger only.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one

from .loyalty_entry import KINDS


class RetailLoyaltyPending(models.Model):
    _name = "retail.loyalty.pending"
    _description = "Pending Loyalty Points"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Request ID", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True)
    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    account_id = LooseMany2one("retail.loyalty.account", required=True, readonly=True)
    member_id = fields.Many2one(related="account_id.member_id")
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("posted", "Posted"),
            ("cancelled", "Cancelled"),
            ("cancellation", "Cancellation"),
        ],
        required=True,
        readonly=True,
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    amount = BigInteger(string="Points", required=True, readonly=True)
    cancelled = BigInteger(required=True, readonly=True)
    cancels_id = LooseMany2one(
        "retail.loyalty.pending",
        string="Cancels",
        readonly=True,
        index="btree_not_null",
    )
    entry_id = LooseMany2one(
        "retail.loyalty.entry", readonly=True, index="btree_not_null"
    )
    matures_at = fields.Datetime(string="Spendable", readonly=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    effective_at = fields.Datetime(string="Happened", required=True, readonly=True)
    recorded_at = fields.Datetime(string="Recorded", required=True, readonly=True)
    expires_at = fields.Datetime(string="Expire", readonly=True)
    transaction_id = LooseMany2one(
        "retail.transaction",
        string="Sale",
        readonly=True,
        index="btree_not_null",
    )
    channel = fields.Char(readonly=True)
    store_id = LooseMany2one("retail.store", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    reason = fields.Char(readonly=True)
    user_id = LooseMany2one("res.users", string="User", readonly=True)
    correlation_id = fields.Char(readonly=True)

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "These points are known already.")
    _account_idx = models.Index("(account_id) WHERE state = 'pending'")
    _matures_idx = models.Index("(matures_at) WHERE state = 'pending'")
    _cancelled_check = models.Constraint(
        "CHECK (amount > 0 AND cancelled BETWEEN 0 AND amount"
        " AND (state <> 'cancelled' OR cancelled = amount))",
        "No more can be cancelled than is pending.",
    )

    @api.depends("state", "amount")
    def _compute_display_name(self) -> None:
        states = dict(self._fields["state"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{states.get(one.state, '')} {one.amount}"
