"""``retail.loyalty.program``: what it promises, as the engine reads it.

Here: the one place where a program's records become the engine's values. Quotes, holds
and balances ask here, so that none of them can promise something else than what is
posted. Called by the HTTP routes and by whoever posts.
"""

from odoo import models

from odoo.addons.retail_integration_base.tools.money import format_amount

from ..tools.quote import ProgramTerms


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    def _terms(self) -> ProgramTerms:
        """Return what the program promises.

        A program for which nothing is set up promises nothing: sales earn no points,
        points are no means of payment. Set-up by records extends this method; asked
        with every balance, it has to answer from the worker's memory.
        """
        self.ensure_one()
        return ProgramTerms()

    def _worth(self, points: int, currency: str) -> str | None:
        """Return what points pay in a currency, as a decimal string.

        ``None`` where points are no means of payment. Debts are worth nothing.
        """
        terms = self._terms().redemption_in(currency)
        if terms is None:
            return None
        return format_amount(terms.value(max(0, points)), terms.decimals)
