"""``retail.connector.square``: Square Loyalty.

Conversations are in ``tools/square.py``. Messages of the canonical kind are neither
sent there nor understood by it.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.models.connector import WebhookHead
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..tools import square_webhook
from ..tools.platform import Notice
from ..tools.square import SquareClient
from ..tools.square_calls import SquareSettings


class RetailConnectorSquare(models.AbstractModel):
    _name = "retail.connector.square"
    _inherit = "retail.connector.generic"
    _description = "Square Loyalty"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"webhooks_in", "poll"})

    @api.model
    def _webhook_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        return self._platform_head(backend, headers, body)

    @api.model
    def _translate_event(self, event: models.BaseModel) -> dict:
        return self._platform_translated(event)

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        return self._fetch_platform(backend, query)

    @api.model
    def _prepare_polled(self, door: Any, resource: str, item: Any) -> Any:
        return self._platform_polled(door, item)

    @api.model
    def _platform_notice(self, headers: Mapping[str, str], body: Any) -> Notice:
        return square_webhook.read(body)

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> SquareClient:
        currencies = self.env["res.currency"].sudo().search([], limit=500)
        return SquareClient(
            backend._platform_connection(),
            SquareSettings(
                location_id=backend._platform_setting("platform_location"),
                program_id=backend.platform_program or "main",
                currency_decimals={one.name: one.decimal_places for one in currencies},
            ),
        )
