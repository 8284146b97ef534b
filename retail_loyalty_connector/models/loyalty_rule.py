"""``retail.loyalty.rule``: what a program gives points for.

A promise as a marketing person states it: *so many points for each 1.00 spent on these
goods*. Read into ``tools/earning_rules.py``; the arithmetic is in ``tools/earning.py``.
"""

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.basket import POINTS_TENDER
from ..tools.earning_rules import Conditions, EarningRule, LineFilter
from .loyalty_bounded_mixin import excluding, id_keys, money, segment_keys


class RetailLoyaltyRule(models.Model):
    _name = "retail.loyalty.rule"
    _description = "Earning Rule"
    _inherit = ["retail.loyalty.bounded.mixin", "retail.accountable.mixin"]

    points = BigInteger(required=True, default=1)
    basis = fields.Selection(
        [
            ("amount", "amount spent"),
            ("quantity", "pieces bought"),
            ("visit", "visit"),
        ],
        string="For each",
        required=True,
        default="amount",
    )
    step = fields.Float(
        string="Of",
        digits=(16, 2),
        required=True,
        default=1,
        help="Points are for each so much money, or so many pieces.",
    )
    is_whole_steps = fields.Boolean(
        string="Only full steps", help="9.99 with steps of 10 is nothing."
    )
    is_tax_included = fields.Boolean(string="Tax counts", default=True)
    minimum = fields.Float(
        string="From",
        digits=(16, 2),
        help="How much must be spent on what counts. 0: no minimum.",
    )
    is_gift_card_included = fields.Boolean(string="Gift cards count")
    is_shipping_included = fields.Boolean(string="Shipping counts")
    is_fee_included = fields.Boolean(string="Fees count")
    is_points_included = fields.Boolean(
        string="What points paid counts", help="Usually it does not."
    )
    group = fields.Char(
        string="Either, or",
        help="Of rules with the same word here, each line earns by the first only.",
    )
    excluded_product_ids = fields.Many2many(
        "product.product",
        "retail_loyalty_rule_excluded_product_rel",
        string="Products that earn nothing",
    )
    excluded_category_ids = fields.Many2many(
        "product.category",
        "retail_loyalty_rule_excluded_category_rel",
        string="Categories that earn nothing",
    )
    excluded_segment_ids = fields.Many2many(
        "res.partner.category",
        "retail_loyalty_rule_excluded_segment_rel",
        string="Not for segments",
    )

    _promise_check = models.Constraint(
        "CHECK (points >= 0 AND step > 0 AND minimum >= 0)",
        "Points cannot be negative, and a step must be more than nothing.",
    )

    def _terms(self) -> EarningRule:
        """Return the rule as the engine reads it."""
        self.ensure_one()
        return EarningRule(
            key=self._key(),
            name=self.name,
            points=self.points,
            basis=self.basis,
            step=money(self.step),
            whole_steps=self.is_whole_steps,
            with_tax=self.is_tax_included,
            lines=self._lines(),
            excluded_tenders=frozenset(
                () if self.is_points_included else {POINTS_TENDER}
            ),
            conditions=self._conditions(),
            minimum=money(self.minimum),
            group=(self.group or "").strip(),
            wallet=self._wallet_code(),
            caps=self._caps(),
        )

    def _lines(self) -> LineFilter:
        kinds = {
            "item": True,
            "gift_card": self.is_gift_card_included,
            "shipping": self.is_shipping_included,
            "fee": self.is_fee_included,
        }
        return LineFilter(
            kinds=frozenset(kind for kind, counts in kinds.items() if counts),
            not_products=id_keys(self.excluded_product_ids),
            not_categories=id_keys(self.excluded_category_ids),
            discounted=self.is_discounted_included,
            **self._goods(),
        )

    def _conditions(self) -> Conditions:
        found = super()._conditions()
        return excluding(found, segment_keys(self.excluded_segment_ids))
