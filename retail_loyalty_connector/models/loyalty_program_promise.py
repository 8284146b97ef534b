"""``retail.loyalty.program``: what points are worth, told the same way everywhere.

Here: the value of points in answers. The terms themselves are records
(``retail.loyalty.redemption.terms``), which have workers forget what stood in them.
Called by the HTTP routes.
"""

from odoo import models, tools

from odoo.addons.retail_integration_base.tools.money import format_amount

from ..tools.redemption import RedemptionTerms


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    def _worth(self, points: int, currency: str, wallet: str) -> str | None:
        """Return what points of a wallet pay, as a decimal string.

        ``None`` where points are no means of payment. Debts are worth nothing.
        """
        terms = self._redemption_in(currency)
        if terms is None or terms.wallet != wallet:
            return None
        return format_amount(terms.value(max(0, points)), terms.decimals)

    # Asked with every balance.
    @tools.ormcache("self.id", "currency")
    def _redemption_in(self, currency: str) -> RedemptionTerms | None:
        found = self.sudo().redemption_ids.filtered(
            lambda one: one.currency_id.name == currency
        )
        return found[:1]._terms() if found else None
