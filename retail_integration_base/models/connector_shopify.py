"""``retail.connector.shopify``: Shopify's webhooks in the suite's words.

Only the translation of the order webhook lives here so far. Facts about headers and
bodies are in ``tools/shopify.py``.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo import api, models

from ..tools import shopify, shopify_rate, strict_json
from ..tools.clock import parse_rfc3339, to_naive
from ..tools.errors import RateLimited, RetailError
from ..tools.http_client import OutboundResponse
from ..tools.rate_hints import RateHint
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

    @api.model
    def _error_of_response(
        self, response: OutboundResponse, now: datetime, retry_after_cap_s: float
    ) -> RetailError | None:
        error = super()._error_of_response(response, now, retry_after_cap_s)
        if error is None and shopify_rate.is_throttled(_graphql(response)):
            return RateLimited(
                "Shopify refused the query for its cost (THROTTLED)",
                context={"status": response.status, "unknown_outcome": False},
            )
        return error

    @api.model
    def _rate_hint(self, response: OutboundResponse, now: datetime) -> RateHint | None:
        hint = shopify_rate.hint_of_answer(response.headers, _graphql(response))
        return hint or super()._rate_hint(response, now)


def _graphql(response: OutboundResponse) -> dict[str, Any]:
    return shopify_rate.graphql_body(response.body_excerpt)


def _moment(text: str | None) -> datetime | None:
    """Return an unsigned header's time for display, ``None`` if it is not one."""
    try:
        return to_naive(parse_rfc3339(text)) if text else None
    except ValueError:
        return None
