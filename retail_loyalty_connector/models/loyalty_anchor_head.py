"""``retail.loyalty.anchor.head``: one account's newest entry when it was anchored.

Written once by ``retail.loyalty.ledger._anchor``; triggers keep it.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger, LooseMany2one


class RetailLoyaltyAnchorHead(models.Model):
    _name = "retail.loyalty.anchor.head"
    _description = "Anchored Head of a Loyalty Account"
    _log_access = False
    _order = "id"

    anchor_number = BigInteger(required=True, readonly=True)
    account_id = LooseMany2one("retail.loyalty.account", required=True, readonly=True)
    company_id = fields.Many2one(related="account_id.company_id")
    sequence = BigInteger(string="Number", required=True, readonly=True)
    entry_hash = fields.Char(string="Hash", required=True, readonly=True)

    _account_uniq = models.Constraint(
        "UNIQUE (account_id, anchor_number)", "An account is anchored once a night."
    )
    _anchor_idx = models.Index("(anchor_number, account_id)")
