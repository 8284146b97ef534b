"""``retail.loyalty.accrual``: failures, and how they end.

Most go away by themselves once a customer is matched, joins, or the missing sale comes:
a cron looks. The rest have a button for operators. Nothing is posted twice, since every
posting's id follows from its sale.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..tools.booking import Booked, booked_rows, read_booked
from ..tools.postings import Posting, derived_uuid
from ..tools.redemption import RedemptionTerms
from ..tools.sold_documents import read_sold, sold_document
from .loyalty_accrual_sale import account_of, source_of

OPERATOR_GROUP = "retail_integration_base.group_operator"
#: how long a sale waits for its customer or for the sale before it
PATIENCE = timedelta(days=30)
# Customers who are members by now.
KNOWN_BY_NOW = """
    SELECT accrual.id FROM retail_loyalty_accrual AS accrual
      JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
      JOIN retail_identity AS identity ON identity.id = sale.identity_id
     WHERE accrual.state IN ('failed', 'skipped')
       AND accrual.reason IN ('unmatched', 'no_member')
       AND accrual.recorded_at > %(since)s
       AND EXISTS (
           SELECT FROM retail_loyalty_member AS member
            WHERE member.program_id = accrual.program_id
              AND member.state IN ('active', 'merged')
              AND (member.partner_id = coalesce(sale.partner_id, identity.partner_id)
                   OR identity.kind = 'loyalty' AND member.number = identity.value))
     ORDER BY accrual.id LIMIT %(limit)s
"""


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    def action_try_again(self) -> dict:
        """Post the points of failed sales now, and show them; what fails says why.

        :raises AccessError: not an operator
        """
        self._check_operator()
        transactions = self.transaction_id
        self.sudo()._try_again()
        name = "retail_loyalty_connector.action_retail_loyalty_accrual"
        action = self.env["ir.actions.act_window"]._for_xml_id(name)
        return action | {"domain": [("transaction_id", "in", transactions.ids)]}

    def action_dismiss(self) -> None:
        """Give up on failed sales: their points are not posted any more.

        :raises AccessError: not an operator
        """
        self._check_operator()
        failed = self.sudo().filtered(lambda one: one.state in ("failed", "skipped"))
        failed.write({"state": "dismissed"})

    def action_let_owe(self) -> None:
        """Take points that a member paid with and has not got: they are owed.

        :raises AccessError: not an operator. :raises UserError: nothing to take
        """
        self._check_operator()
        for accrual in self.sudo():
            if accrual.reason != "not_covered" or accrual.state != "failed":
                raise UserError(self.env._("No points are missing here."))
            accrual._take_uncovered()

    def _check_operator(self) -> None:
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about failed points."))

    # --- trying again -----------------------------------------------------------------

    def _try_again(self) -> "RetailLoyaltyAccrual":
        """Let the engine look at these sales anew; return what became of them."""
        open_ones = self.filtered(
            lambda one: one.state in ("failed", "skipped") and not one.sold
        ).sorted("id")
        transactions = open_ones.transaction_id
        originals = {one.transaction_id.id: one.originals or {} for one in open_ones}
        for transaction in transactions:
            partner = transaction.identity_id.partner_id
            if partner and not transaction.partner_id:
                transaction.partner_id = partner
        open_ones.unlink()
        accruals = self._record(transactions, originals)
        progress = self.env["retail.order.progress"].sudo()
        self._follow(progress.search([("transaction_id", "in", transactions.ids)]))
        return accruals

    @api.model
    def _cron_try_again(self, limit: int = 500) -> None:
        """Post what can be posted by now of what failed in the last weeks."""
        self.env.flush_all()
        since = self.env["retail.loyalty.ledger"]._now() - PATIENCE
        self.env.cr.execute(KNOWN_BY_NOW, {"since": since, "limit": limit})
        self.browse(id_ for (id_,) in self.env.cr.fetchall())._try_again()
        returns = self.search(
            [
                ("state", "in", ("failed", "skipped")),
                ("reason", "in", ("original_unknown", "original_open")),
                ("recorded_at", ">", since),
            ],
            # Sales from before our time never come: they must not hold up new ones.
            order="id desc",
            limit=limit,
        )
        returns.filtered(lambda one: one._is_original_there())._try_again()
        self._alarm()

    def _is_original_there(self) -> bool:
        """Tell whether the sale that goods came back of can be worked with by now."""
        sales = self.env["retail.loyalty.engine"]._read_sales(self.transaction_id)
        found = self._find_originals(
            self.transaction_id, sales[self.transaction_id.id], self.originals or {}
        )
        if found is None:
            return False
        return all(
            row.sold for parts in self._group_parts(found).values() for row in parts
        )

    # --- points that were not there ---------------------------------------------------

    def _take_uncovered(self) -> None:
        terms = self._redemption_terms()
        points = terms.points_for(Decimal(str(self.amount_uncovered))) if terms else 0
        if not points:
            raise UserError(self.env._("Points have no value in this currency."))
        sale, order = self.transaction_id, read_sold(self.sold)
        posting = Posting(
            uuid=derived_uuid(sale.uuid, f"owed:{self.program_id.id}"),
            account_id=account_of(self.member_id, order.wallet).id,
            kind="redemption",
            points=-points,
            effective_at=sale.occurred_at,
            transaction_id=sale.id,
            source=source_of(sale),
            company_id=sale.company_id.id,
            forced=True,
        )
        [answer] = self.env["retail.loyalty.ledger"]._post([posting])
        if not answer.ok:
            raise UserError(self.env._("The ledger did not take the points."))
        spent = [*read_booked(self.spent), Booked(order.wallet, posting.uuid, points)]
        total = order.points_spent + points
        self.write(
            {
                "state": "done",
                "reason": False,
                "points_spent": self.points_spent + points,
                "spent": booked_rows(spent),
                "sold": sold_document(replace(order, points_spent=total)),
            }
        )

    def _redemption_terms(self) -> RedemptionTerms | None:
        return self.program_id._terms().redemption_in(self.currency_id.name)
