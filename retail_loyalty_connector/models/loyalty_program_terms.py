"""``retail.loyalty.program``: what it promises, put together for the engine.

Earning rules, campaigns, tiers and the value of points, as ``tools/quote.py`` reads
them. The promises themselves are records of their own.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.earning_rules import EarningTerms
from ..tools.quote import ProgramTerms
from .loyalty_bounded_mixin import caps_of


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    rule_ids = fields.One2many("retail.loyalty.rule", "program_id", copy=True)
    campaign_ids = fields.One2many("retail.loyalty.campaign", "program_id")
    tier_ids = fields.One2many("retail.loyalty.tier", "program_id")
    redemption_ids = fields.One2many(
        "retail.loyalty.redemption.terms", "program_id", string="Value of points"
    )
    combination = fields.Selection(
        [
            ("multiply", "Multiply them: 1.5 and 2 are 3"),
            ("add", "Add what each brings: 1.5 and 2 are 2.5"),
            ("best", "Take the best: 1.5 and 2 are 2"),
        ],
        string="Several factors on one line",
        required=True,
        default="multiply",
    )
    cap_order = BigInteger(string="At most per sale", help="Points. 0: no limit.")
    cap_day = BigInteger(string="At most per day", help="Points. 0: no limit.")
    cap_period = BigInteger(string="At most per month", help="Points. 0: no limit.")

    _caps_check = models.Constraint(
        "CHECK (cap_order >= 0 AND cap_day >= 0 AND cap_period >= 0)",
        "A limit cannot be negative.",
    )

    def _terms(self) -> ProgramTerms:
        """Return everything that the program promises."""
        self.ensure_one()
        return ProgramTerms(
            earning=self._earning_terms(),
            redemption=tuple(terms._terms() for terms in self.redemption_ids),
        )

    def _earning_terms(self) -> EarningTerms:
        campaigns = self.campaign_ids.filtered(lambda one: not one._is_idle())
        wallet = self.wallet_ids[:1].code
        return EarningTerms(
            rules=tuple(rule._terms() for rule in self.rule_ids),
            multipliers=(
                *(tier._multiplier() for tier in self.tier_ids if tier.factor > 1),
                *(campaign._terms() for campaign in campaigns),
            ),
            combination=self.combination,
            caps=tuple((wallet, cap) for cap in caps_of(self, f"program:{self.id}")),
        )
