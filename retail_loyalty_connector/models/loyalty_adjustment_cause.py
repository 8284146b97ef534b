"""``retail.loyalty.adjustment``: what led to it; complaints are counted (R22)."""

from odoo import fields, models


class RetailLoyaltyAdjustment(models.Model):
    _inherit = "retail.loyalty.adjustment"

    cause = fields.Selection(
        [
            ("correction", "We found a mistake"),
            ("complaint", "The customer complained"),
            ("goodwill", "A gift"),
        ],
        string="What led to it",
        required=True,
        default="correction",
    )
