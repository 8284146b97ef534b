"""``retail.connector.shopify``: Shopify's orders in the suite's words.

Pushed by webhook or fetched from its list, an order is one message: both are stored in
the shape of the webhook, under the order's own id. Facts about headers and bodies are
in ``tools/shopify.py``, about the list in ``tools/shopify_list.py``.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from odoo import api, models

from ..tools import correlation, shopify, shopify_list, shopify_rate, strict_json
from ..tools.clock import parse_rfc3339, to_naive
from ..tools.errors import ConfigurationError, PagesEndless, RateLimited, RetailError
from ..tools.http_client import OutboundRequest, OutboundResponse
from ..tools.paging import Page, PageQuery
from ..tools.rate_hints import RateHint
from ..tools.stake import Stake, parse_stake
from .connector import WebhookHead
from .connector_generic import PAGE_BYTES_MAX


class RetailConnectorShopify(models.AbstractModel):
    _name = "retail.connector.shopify"
    _inherit = "retail.connector.generic"
    _description = "Shopify"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"webhooks_in", "poll"})

    @api.model
    def _webhook_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        return self._head_of(backend, shopify.delivery_of(headers, body), body)

    def _head_of(
        self, backend: models.BaseModel, delivery: shopify.Delivery, body: Any
    ) -> WebhookHead:
        order_id = shopify.unwrap_order(body).get("id")
        return WebhookHead(
            event_key=delivery.event_id,
            topic=delivery.canonical_topic,
            partition_key=f"order:{backend.code}/{order_id}",
            subject=f"order/{order_id}",
            source=delivery.shop,
            event_at=_moment(delivery.triggered_at),
            identity=shopify.placed_facts(body),
        )

    # --- fetching -------------------------------------------------------------------

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        if not backend.api_url:
            raise ConfigurationError(f"{backend.code} has no API address to poll.")
        if query.resource != shopify_list.RESOURCE:
            raise ConfigurationError(
                f"Shopify has no list {query.resource!r} here; it has "
                f"{shopify_list.RESOURCE!r}."
            )
        response = self._ask(backend, shopify_list.orders_request(query))
        nodes, cursor = shopify_list.parse_orders(response.body_excerpt)
        for node in nodes:
            self._fetch_lines(backend, node)
        return shopify_list.page_of_orders(nodes, cursor)

    def _fetch_lines(self, backend: models.BaseModel, node: dict[str, Any]) -> None:
        """Add the lines to a large order that its page left out."""
        cursor = shopify_list.lines_left(node)
        for _page in range(shopify_list.LINE_PAGES_MAX):
            if cursor is None:
                return
            body = shopify_list.lines_request(str(node.get("id")), cursor)
            response = self._ask(backend, body)
            lines, cursor = shopify_list.parse_lines(response.body_excerpt)
            node["lineItems"]["nodes"] += lines
        raise PagesEndless(f"the lines of order {node.get('name')} have no end")

    def _ask(self, backend: models.BaseModel, body: bytes) -> OutboundResponse:
        return backend._get_answer(
            OutboundRequest(
                method="POST",
                url=f"{backend.api_url.rstrip('/')}/graphql.json",
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                    "X-Correlation-Id": correlation.current() or correlation.new_id(),
                    **backend._api_token("X-Shopify-Access-Token"),
                },
                body=body,
                timeout_connect_s=float(backend.timeout_connect_s),
                timeout_read_s=float(backend.timeout_read_s),
                deadline_s=float(backend.deadline_s),
                response_bytes_max=PAGE_BYTES_MAX,
            )
        )

    @api.model
    def _prepare_polled(self, door: Any, resource: str, item: Any) -> Any:
        backend = self.env["retail.backend"].sudo().browse(door.backend_id)
        delivery = shopify.fetched(item, urlsplit(backend.api_url or "").hostname)
        head = replace(self._head_of(backend, delivery, item), is_fetched=True)
        payload = json.dumps(item, ensure_ascii=False)
        return self.env["retail.gateway"]._prepare_webhook(door, head, item, payload)

    # --- meaning --------------------------------------------------------------------

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
