"""``retail.loyalty.lot``: points that were earned together and expire together.

What is spent takes the lots that expire first. The lots' remaining points are the
positive balance of the account, always. Written by the SQL of the ledger only.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyLot(models.Model):
    _name = "retail.loyalty.lot"
    _description = "Loyalty Lot"
    _log_access = False
    _order = "expires_at, id"

    account_id = LooseMany2one("retail.loyalty.account", required=True, readonly=True)
    entry_id = LooseMany2one(
        "retail.loyalty.entry", string="From entry", required=True, readonly=True
    )
    member_id = fields.Many2one(related="account_id.member_id")
    company_id = fields.Many2one(related="account_id.company_id")
    points = BigInteger(required=True, readonly=True)
    remaining = BigInteger(required=True, readonly=True)
    expires_at = fields.Datetime(string="Expire", readonly=True)

    _fifo_idx = models.Index("(account_id, expires_at, id) WHERE remaining > 0")
    _expires_idx = models.Index(
        "(expires_at) WHERE remaining > 0 AND expires_at IS NOT NULL"
    )
    _remaining_check = models.Constraint(
        "CHECK (points > 0 AND remaining BETWEEN 0 AND points)",
        "A lot cannot hold more than was earned.",
    )
