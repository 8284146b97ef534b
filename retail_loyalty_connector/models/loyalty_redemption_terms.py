"""``retail.loyalty.redemption.terms``: what points are worth in one currency.

Points pay as a tender, within bounds. Read into ``tools/redemption.py``; without terms
in a currency, points do not pay there.
"""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.retail_integration_base.fields import BigInteger

from ..tools.earning_rules import LineFilter
from ..tools.redemption import RedemptionTerms
from .loyalty_bounded_mixin import id_keys, money

PERCENT = Decimal(100)


class RetailLoyaltyRedemptionTerms(models.Model):
    _name = "retail.loyalty.redemption.terms"
    _description = "Value of Points"
    # Answers keep the value of points in memory.
    _inherit = [
        "retail.announced.mixin",
        "retail.accountable.mixin",
        "retail.anchored.mixin",
    ]
    _order = "program_id, id"
    _anchor_fields = ("program_id",)

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    wallet_id = fields.Many2one(
        "retail.loyalty.wallet",
        domain="[('program_id', '=', program_id)]",
        help="Empty: the program's first.",
    )
    points = BigInteger(required=True, default=100)
    amount = fields.Monetary(string="Are worth", required=True)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    minimum = BigInteger(string="From", default=1, help="Fewest points per payment.")
    maximum = BigInteger(
        string="To", help="Most points per payment. 0: as many as there are."
    )
    step = BigInteger(string="In steps of", required=True, default=1)
    share_max = fields.Float(
        string="At most (%)",
        digits=(5, 2),
        default=100,
        help="Share of a sale that points may pay.",
    )
    is_shipping_payable = fields.Boolean(string="Shipping too", default=True)
    is_fee_payable = fields.Boolean(string="Fees too", default=True)
    is_gift_card_payable = fields.Boolean(
        string="Gift cards too", help="That turns points into money."
    )
    excluded_category_ids = fields.Many2many(
        "product.category", string="Not for categories"
    )

    _currency_uniq = models.Constraint(
        "UNIQUE (program_id, currency_id)", "Points have a value in this currency."
    )
    _terms_check = models.Constraint(
        "CHECK (points > 0 AND amount > 0 AND step > 0 AND minimum >= 0"
        " AND maximum >= 0 AND share_max > 0 AND share_max <= 100)",
        "Points, their value and steps must be more than nothing.",
    )

    @api.constrains("program_id", "wallet_id")
    def _check_one_program(self) -> None:
        if any(
            one.wallet_id and one.wallet_id not in one.program_id.wallet_ids
            for one in self
        ):
            raise ValidationError(self.env._("The wallet must be of the same program."))

    def _terms(self) -> RedemptionTerms:
        """Return the terms as the engine reads them."""
        self.ensure_one()
        kinds = {
            "item": True,
            "shipping": self.is_shipping_payable,
            "fee": self.is_fee_payable,
            "gift_card": self.is_gift_card_payable,
        }
        decimals = self.currency_id.decimal_places
        wallet = self.wallet_id or self.program_id.wallet_ids[:1]
        return RedemptionTerms(
            currency=self.currency_id.name,
            points=self.points,
            amount=Decimal(f"{self.amount:.{decimals}f}"),
            decimals=decimals,
            minimum=self.minimum,
            maximum=self.maximum or None,
            step=self.step,
            share_max=money(self.share_max) / PERCENT,
            payable=LineFilter(
                kinds=frozenset(kind for kind, pays in kinds.items() if pays),
                not_categories=id_keys(self.excluded_category_ids),
                rewards=True,
            ),
            wallet=wallet.code,
        )
