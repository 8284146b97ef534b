"""``retail.loyalty.reversal``: how much of an entry was taken back so far.

An entry never changes, so this row beside it counts. Its CHECK caps what all partial
reversals may sum up to. Written by the SQL of the ledger only.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyReversal(models.Model):
    _name = "retail.loyalty.reversal"
    _description = "Reversed Points of a Loyalty Entry"
    _log_access = False
    _order = "id desc"

    entry_id = LooseMany2one("retail.loyalty.entry", required=True, readonly=True)
    company_id = fields.Many2one(related="entry_id.company_id")
    points = BigInteger(string="Of", required=True, readonly=True)
    reversed = BigInteger(required=True, readonly=True)

    _entry_uniq = models.Constraint("UNIQUE (entry_id)", "One count per entry.")
    _cap_check = models.Constraint(
        "CHECK (points > 0 AND reversed BETWEEN 1 AND points)",
        "No more can be reversed than was posted.",
    )
