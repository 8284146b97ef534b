"""``retail.loyalty.member``: the tier a member has, since when and how long.

Written by ``retail.loyalty.tiering``, which asks ``tools/tiers.py``; or by a platform
that owns the tiers (R14).
"""

from odoo import fields, models


class RetailLoyaltyMember(models.Model):
    _inherit = "retail.loyalty.member"

    tier_id = fields.Many2one(
        "retail.loyalty.tier",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    tier_since_date = fields.Date(string="Tier since", readonly=True)
    tier_until_date = fields.Date(string="Tier until", readonly=True, index=True)
