"""``retail.loyalty.tier``: a rank that members reach, and what it brings.

Which member has which tier is in ``loyalty_member_tier.py``; how it is reached and kept
is computed by ``tools/tiers.py``.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.earning_rules import Conditions, Multiplier
from .loyalty_bounded_mixin import money


class RetailLoyaltyTier(models.Model):
    _name = "retail.loyalty.tier"
    _description = "Loyalty Tier"
    _inherit = ["retail.accountable.mixin", "retail.anchored.mixin"]
    _order = "program_id, threshold, id"
    _anchor_fields = ("program_id", "code")

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name for messages; for good.")
    active = fields.Boolean(default=True)
    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    threshold = BigInteger(
        string="Reached with",
        required=True,
        help="Points or money in the qualification window; the lowest asks for 0.",
    )
    factor = fields.Float(
        string="Points times",
        digits=(6, 2),
        required=True,
        default=1,
        help="1.5: half as many points again on everything.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (program_id, code)", "The program has a tier of this code."
    )
    _terms_check = models.Constraint(
        "CHECK (factor >= 1 AND threshold >= 0)",
        "A tier gives more points, never fewer, and asks for nothing below zero.",
    )
    _threshold_uniq = models.UniqueIndex(
        "(program_id, threshold) WHERE active", "Two tiers ask for the same."
    )

    def _multiplier(self) -> Multiplier:
        """Return what the tier brings, as the engine reads it."""
        self.ensure_one()
        return Multiplier(
            key=f"tier:{self.id}",
            name=self.name,
            factor=money(self.factor),
            conditions=Conditions(tiers=frozenset({self.code})),
            wallet=self.program_id.wallet_ids[:1].code,
        )
