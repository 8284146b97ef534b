"""``retail.loyalty.campaign``: more points for some time, for some people or goods.

A factor on what earning rules give. Read into ``tools/earning_rules.py``.
"""

from odoo import fields, models

from ..tools.earning_rules import Conditions, LineFilter, Multiplier
from .loyalty_bounded_mixin import excluding, money, segment_keys


class RetailLoyaltyCampaign(models.Model):
    _name = "retail.loyalty.campaign"
    _description = "Loyalty Campaign"
    _inherit = ["retail.loyalty.bounded.mixin", "retail.accountable.mixin"]

    factor = fields.Float(
        string="Points times",
        digits=(6, 2),
        required=True,
        default=2,
        help="2 is double points.",
    )
    rule_ids = fields.Many2many(
        "retail.loyalty.rule",
        string="Only on rules",
        domain="[('program_id', '=', program_id)]",
        help="Empty: on all rules of its wallet.",
    )
    excluded_segment_ids = fields.Many2many(
        "res.partner.category",
        "retail_loyalty_campaign_excluded_segment_rel",
        string="Not for segments",
    )

    _factor_check = models.Constraint(
        "CHECK (factor >= 1)", "A campaign gives more points, never fewer."
    )

    def _terms(self) -> Multiplier:
        """Return the campaign as the engine reads it."""
        self.ensure_one()
        return Multiplier(
            key=self._key(),
            name=self.name,
            factor=money(self.factor),
            # An archived rule gives nothing that could be multiplied.
            rules=frozenset(rule._key() for rule in self.rule_ids if rule.active),
            lines=LineFilter(
                kinds=frozenset({"item", "gift_card", "shipping", "fee"}),
                rewards=True,
                discounted=self.is_discounted_included,
                **self._goods(),
            ),
            conditions=self._conditions(),
            wallet=self._wallet_code(),
            caps=self._caps(),
        )

    def _is_idle(self) -> bool:
        """Tell whether all rules that it would multiply are archived."""
        return bool(self.rule_ids) and not any(self.rule_ids.mapped("active"))

    def _conditions(self) -> Conditions:
        found = super()._conditions()
        return excluding(found, segment_keys(self.excluded_segment_ids))
