"""``retail.loyalty.finance.terms``: comparing what batches say with the general ledger.

The rule is one of base's, with Odoo's own books as the other system; a second person
activates it like any other.
"""

from odoo import models
from odoo.exceptions import AccessError

from .connector_general_ledger import LIABILITIES
from .loyalty_finance_batch import FINANCE

SOURCE = "retail.reconciliation.source.loyalty"
SCHEME = "retail_integration_base.scheme_standard_webhooks"
CONNECTOR = "retail.connector.general_ledger"


class RetailLoyaltyFinanceTerms(models.Model):
    _inherit = "retail.loyalty.finance.terms"

    def action_compare(self) -> dict:
        """Show the rule that compares the company's batches with its books.

        Made when it is asked for the first time; somebody else activates it.

        :raises AccessError: not finance
        """
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("Only finance decides about the books."))
        rule = self._get_rule()
        return {
            "type": "ir.actions.act_window",
            "res_model": rule._name,
            "res_id": rule.id,
            "view_mode": "form",
        }

    def _get_rule(self) -> models.BaseModel:
        """Return the company's rule; make it, and the books as a system, if need be."""
        rules = self.env["retail.reconciliation.rule"].sudo()
        rule = rules.search(
            [("source", "=", SOURCE), ("company_id", "=", self.company_id.id)], limit=1
        )
        return rule or rules.create(
            {
                "name": self.env._("Loyalty: periods against the books"),
                "backend_id": self._get_books().id,
                "source": SOURCE,
                "origin": "pages",
                "resource": LIABILITIES,
                "lookback_days": 0,
                "owner_id": self.env.uid,
            }
        )

    def _get_books(self) -> models.BaseModel:
        """Return the company's books as a system to compare with."""
        backends = self.env["retail.backend"].sudo()
        domain = [
            ("connector", "=", CONNECTOR),
            ("company_id", "=", self.company_id.id),
        ]
        return backends.search(domain, limit=1) or backends.create(
            {
                "name": self.env._(
                    "Books of %(company)s", company=self.company_id.name
                ),
                "code": f"books-{self.company_id.id}",
                "kind": "finance",
                # Nobody sends anything; a backend has to say how it would be signed.
                "signature_scheme_id": self.env.ref(SCHEME).id,
                "connector": CONNECTOR,
                "company_id": self.company_id.id,
                "state": "active",
            }
        )
