"""``retail.connector.shopify``: Shopify's webhooks in the suite's words.

Only the translation of the order webhook lives here so far. Facts about headers and
bodies are in ``tools/shopify.py``.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo import api, models

from ..tools import shopify, strict_json
from ..tools.clock import parse_rfc3339, to_naive
from ..tools.stake import Stake, parse_stake
from .connector import WebhookHead


class RetailConnectorShopify(models.AbstractModel):
    _name = "retail.connector.shopify"
    _inherit = "retail.connector.generic"
    _description = "Shopify"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"webhooks_in"})

    @api.model
    def _webhook_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        order_id = shopify.unwrap_order(body).get("id")
        delivery = shopify.delivery_of(headers, body)
        return WebhookHead(
            event_key=delivery.event_id,
            topic=delivery.canonical_topic,
            partition_key=f"order:{backend.code}/{order_id}",
            subject=f"order/{order_id}",
            source=delivery.shop,
            event_at=_moment(delivery.triggered_at),
        )

    @api.model
    def _translate_event(self, event: models.BaseModel) -> dict:
        # Shopify writes some numbers as JSON reals; none may become a binary float.
        body = strict_json.loads(event.payload.encode(), parse_float=Decimal)
        store_code = event.backend_id.external_store_code or event.backend_id.code
        return shopify.order_to_canonical(body, store_code)

    @api.model
    def _find_stake(self, event: models.BaseModel) -> Stake | None:
        body = strict_json.loads(event.payload.encode(), parse_float=Decimal)
        order = shopify.unwrap_order(body)
        return parse_stake(order.get("total_price"), order.get("currency"))


def _moment(text: str | None) -> datetime | None:
    """Return an unsigned header's time for display, ``None`` if it is not one."""
    try:
        return to_naive(parse_rfc3339(text)) if text else None
    except ValueError:
        return None
