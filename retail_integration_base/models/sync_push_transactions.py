"""``retail.sync.push.transactions``: tell a partner about sales it was not told of.

For a subscriber that came later, or lost what it had: every sale of the period is
emitted once more under its old message id, so that nobody is told twice.
"""

from typing import Any

from odoo import api, models
from odoo.fields import Domain

from ..tools.clock import to_naive
from ..tools.errors import PageInvalid
from ..tools.paging import Page, PageQuery
from .handler_transaction import Prepared


class RetailSyncPushTransactions(models.AbstractModel):
    _name = "retail.sync.push.transactions"
    _inherit = "retail.sync.push"
    _description = "Recorded sales"

    @api.model
    def _collect_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        if query.cursor and not query.cursor.isdigit():
            raise PageInvalid(f"the cursor {query.cursor!r} is none of ours")
        domain = Domain("company_id", "=", backend.company_id.id)
        domain &= Domain("id", ">", int(query.cursor or 0))
        if query.since:
            domain &= Domain("create_date", ">=", to_naive(query.since))
        if query.until:
            domain &= Domain("create_date", "<", to_naive(query.until))
        sales = self.env["retail.transaction"].search(
            domain, order="id", limit=query.limit
        )
        is_last = len(sales) < query.limit
        return Page(sales.ids, None if is_last else str(sales[-1].id))

    @api.model
    def _emit_page(self, backend: models.BaseModel, items: list[Any]) -> int:
        sales = self.env["retail.transaction"].browse(items)
        created = 0
        for origin, group in (
            sales.filtered("inbox_event_id")
            .grouped(lambda sale: sale.inbox_event_id.backend_id)
            .items()
        ):
            created += self._emit_of(origin, group)
        return created

    def _emit_of(self, origin: models.BaseModel, sales: models.BaseModel) -> int:
        """Emit the sales of one backend, from the messages that brought them."""
        events = sales.inbox_event_id.filtered("payload")
        handler = self.env["retail.handler.transaction"].with_context(
            allowed_company_ids=origin.company_id.ids
        )
        prepared = handler._prepare_events(events)
        known = [
            sale
            for sale in sales
            if isinstance(prepared.get(sale.inbox_event_id.id), Prepared)
        ]
        pairs = [
            (sale.inbox_event_id, prepared[sale.inbox_event_id.id]) for sale in known
        ]
        customers = {
            sale.inbox_event_id.id: (sale.partner_id.id, sale.identity_id.id)
            for sale in known
        }
        return sales.browse(sale.id for sale in known)._emit_recorded(pairs, customers)
