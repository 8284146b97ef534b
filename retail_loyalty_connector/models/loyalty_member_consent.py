"""``retail.loyalty.member``: what they agreed to; see ``retail.loyalty.consent``."""

from odoo import fields, models


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    consent_ids = fields.One2many(
        "retail.loyalty.consent", "member_id", string="Consents"
    )
