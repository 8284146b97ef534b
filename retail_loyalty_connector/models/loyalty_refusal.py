"""``retail.loyalty.refusal``: a posting that the ledger refused, and its id with it.

The same id gets the same answer for ever, even if the points came meanwhile: a till
that repeats a question must not get a second answer. Written by the ledger's SQL only.
"""

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyRefusal(models.Model):
    _name = "retail.loyalty.refusal"
    _description = "Refused Loyalty Posting"
    _log_access = False
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="Request ID", required=True, readonly=True)
    content_hash = fields.Char(required=True, readonly=True)
    program_id = LooseMany2one("retail.loyalty.program", required=True, readonly=True)
    company_id = LooseMany2one("res.company", readonly=True)
    account_id = LooseMany2one(
        "retail.loyalty.account", required=True, readonly=True, index=True
    )
    member_id = fields.Many2one(related="account_id.member_id")
    code = fields.Selection(
        [
            ("insufficient", "Not enough points"),
            ("exceeds", "More than was left to reverse"),
            ("irreversible", "Cannot be reversed"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    amount = BigInteger(string="Asked", required=True, readonly=True)
    available = BigInteger(required=True, readonly=True)
    channel = fields.Char(readonly=True)
    store_id = LooseMany2one("retail.store", readonly=True)
    ref = fields.Char(string="Reference", readonly=True)
    recorded_at = fields.Datetime(string="When", required=True, readonly=True)
    user_id = LooseMany2one("res.users", string="User", readonly=True)
    correlation_id = fields.Char(readonly=True)

    _uuid_uniq = models.Constraint("UNIQUE (uuid)", "This was refused already.")

    @api.depends("code", "amount")
    def _compute_display_name(self) -> None:
        reasons = dict(self._fields["code"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{reasons.get(one.code, '')} {one.amount}"
