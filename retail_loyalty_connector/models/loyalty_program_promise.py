"""``retail.loyalty.program``: what points are worth, told the same way everywhere.

Here: the value of points in answers. ``loyalty_program_terms.py`` makes terms of a
program's records. Called by the HTTP routes.
"""

from odoo import models, tools

from odoo.addons.retail_integration_base.tools.money import format_amount

from ..tools.quote import ProgramTerms
from ..tools.redemption import RedemptionTerms


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    def _terms(self) -> ProgramTerms:
        """Return what the program promises; nothing, where nothing is set up."""
        self.ensure_one()
        return ProgramTerms()

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
        return self.sudo()._terms().redemption_in(currency)
