"""``retail.loyalty.program``: who can be a member of it."""

from odoo import fields, models


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    takes_organisations = fields.Boolean(
        string="Companies can be members",
        help="Off: points go to people only, never to the company behind a contact.",
    )
