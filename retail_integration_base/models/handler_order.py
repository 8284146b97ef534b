"""``retail.handler.order``: notes how far orders have come.

Works ``retail.order.progressed.v1``. Any system may tell its part: a shop that an order
is paid, a warehouse what it handed over. What it means for points, invoices or stock is
up to the modules that extend ``retail.order.progress``.
"""

from odoo import api, models

from ..schemas.order_progressed import OrderProgressed
from ..tools.errors import MappingMissing, RetailError
from ..tools.order_progress import Progress
from .handler import Outcome
from .order_progress import Place

Said = tuple[Place, Progress]


class RetailHandlerOrder(models.AbstractModel):
    _name = "retail.handler.order"
    _inherit = "retail.handler"
    _description = "Note the order's progress"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, Said | RetailError]:
        documents, refusals = self._read_documents(events)
        verdicts: dict[int, Said | RetailError] = {**refusals}
        stores = self.env["retail.resolver"]._find_stores(
            events.backend_id, {one.order.store for one in documents.values()}
        )
        for event_id, document in documents.items():
            store = stores.get(document.order.store)
            verdicts[event_id] = (
                (_place(document, store.id), document.to_progress())
                if store
                else MappingMissing("store", document.order.store)
            )
        return verdicts

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Said | RetailError]
    ) -> dict[int, Outcome]:
        rows = self.env["retail.order.progress"].with_company(events.company_id)
        news = rows._receive([prepared[event.id] for event in events])
        done = Outcome("done", self.env._("Noted"))
        known = Outcome("ignored", self.env._("Nothing new: this was known"))
        return {
            event.id: done if is_news else known
            for event, is_news in zip(events, news, strict=True)
        }


def _place(document: OrderProgressed, store_id: int) -> Place:
    order = document.order
    return Place(store_id, order.channel, order.external_id)
