"""``retail.loyalty.lot``: points that were earned together and expire together.

What is spent takes the lots that expire first. The lots' remaining points are the
positive balance of the account, always. Written by the SQL of the ledger only.
"""

from odoo import api, fields, models

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
    # In the indexes instead of ``remaining``: taking a part of a lot then changes no
    # indexed value, and PostgreSQL updates the row in place (HOT).
    is_open = fields.Boolean(
        string="Has points left", required=True, readonly=True, default=True
    )
    expires_at = fields.Datetime(string="Expire", readonly=True)

    _fifo_idx = models.Index("(account_id, expires_at, id) WHERE is_open")
    _expires_idx = models.Index("(expires_at) WHERE is_open AND expires_at IS NOT NULL")
    _remaining_check = models.Constraint(
        "CHECK (points > 0 AND remaining BETWEEN 0 AND points"
        " AND is_open = (remaining > 0))",
        "A lot cannot hold more than was earned.",
    )

    @api.depends("remaining", "points")
    def _compute_display_name(self) -> None:
        for lot in self:
            lot.display_name = f"{lot.remaining} / {lot.points}"

    def init(self) -> None:
        """Leave room beside each lot for its next version."""
        self.env.cr.execute("ALTER TABLE retail_loyalty_lot SET (fillfactor = 70)")
