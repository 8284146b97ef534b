"""``retail.loyalty.lot.use``: which entry took how much from which lot.

Negative where an entry gave points back. ``restored`` says how much of a use came back,
so that no point comes back twice. Written by the SQL of the ledger only.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyLotUse(models.Model):
    _name = "retail.loyalty.lot.use"
    _description = "Use of a Loyalty Lot"
    _log_access = False
    _order = "id"

    entry_id = LooseMany2one(
        "retail.loyalty.entry", required=True, readonly=True, index=True
    )
    lot_id = LooseMany2one("retail.loyalty.lot", required=True, readonly=True)
    company_id = fields.Many2one(related="entry_id.company_id")
    expires_at = fields.Datetime(related="lot_id.expires_at", string="Expire")
    points = BigInteger(string="Taken", required=True, readonly=True)
    restored = BigInteger(string="Given back", required=True, readonly=True)

    _points_check = models.Constraint(
        "CHECK (points <> 0 AND restored BETWEEN 0 AND greatest(points, 0::bigint))",
        "No more comes back than was taken.",
    )
