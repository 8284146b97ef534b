"""``retail.connector.voucherify``: Voucherify's loyalty cards.

Conversations are in ``tools/voucherify.py``. Messages of the canonical kind are neither
sent there nor understood by it.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.models.connector import WebhookHead
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..tools import voucherify_answer
from ..tools.platform import Notice
from ..tools.voucherify import VoucherifyClient, VoucherifySettings


class RetailConnectorVoucherify(models.AbstractModel):
    _name = "retail.connector.voucherify"
    _inherit = "retail.connector.generic"
    _description = "Voucherify"

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
        return voucherify_answer.read_notice(body)

    @api.model
    def _platform_keys(
        self, backend: models.BaseModel, member_ref: str
    ) -> list[tuple[str, str]]:
        return [("card", member_ref)]

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> VoucherifyClient:
        return VoucherifyClient(
            backend._platform_connection(),
            VoucherifySettings(
                app_id=backend._platform_setting("platform_application")
            ),
        )
