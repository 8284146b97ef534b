"""Shopify's webhooks in the suite's own words: the door of the translation.

Lives here: the facts of a delivery and the table of topics. Lives elsewhere: the order
itself (``tools/shopify_order.py``), the signature (``tools/signing.py``), calling
Shopify (its connector). Called by the webhook route through the connector. Source:
shopify.dev, "Webhooks".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import PayloadInvalid, UnknownTopic
from .shopify_order import order_to_canonical, unwrap_order
from .vendor_json import moment, text_or_none

__all__ = ["TOPICS", "Delivery", "delivery_of", "order_to_canonical", "unwrap_order"]

PLACED = "orders/create"
TOPICS = {PLACED: "retail.order.placed.v1"}


@dataclass(frozen=True)
class Delivery:
    """What the headers of a webhook say; only the body is signed, not these.

    ``event_id`` is what duplicates are recognised by. An order is placed once, so its
    own id names that event best: the vendor's id of the event is not in the lists that
    we fetch, and what was pushed and fetched must be one message.
    """

    topic: str
    canonical_topic: str
    event_id: str
    webhook_id: str | None
    shop: str | None
    triggered_at: str | None


def delivery_of(headers: Mapping[str, str | None], body: Mapping[str, Any]) -> Delivery:
    """Return the facts of a webhook delivery.

    Header names count with and without ``X-`` (newer deliveries drop it). A body
    without an order's id goes by the id of the event, or of the delivery.

    :raises UnknownTopic: a topic that has no canonical counterpart.
    :raises PayloadInvalid: neither body nor headers tell the event.
    """
    named = {
        name.lower().removeprefix("x-"): value
        for name, value in headers.items()
        if value
    }
    topic = named.get("shopify-topic", "")
    canonical_topic = TOPICS.get(topic)
    if canonical_topic is None:
        raise UnknownTopic(f"the webhook topic {topic[:64]!r} is not translated")
    webhook_id = named.get("shopify-webhook-id")
    event_id = _id_of_order(body) or named.get("shopify-event-id") or webhook_id
    if not event_id:
        raise PayloadInvalid("/id", "missing, and the headers hold no event id")
    return Delivery(
        topic=topic,
        canonical_topic=canonical_topic,
        event_id=f"{topic}:{event_id}",
        webhook_id=webhook_id,
        shop=named.get("shopify-shop-domain"),
        triggered_at=named.get("shopify-triggered-at"),
    )


def fetched(order: Mapping[str, Any], shop: str | None) -> Delivery:
    """Return the facts that the webhook of a fetched order would have had.

    :raises PayloadInvalid: the order has no id.
    """
    return delivery_of({"Shopify-Topic": PLACED, "Shopify-Shop-Domain": shop}, order)


def placed_facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stays the same of a placed order, however it changes later.

    Two messages of one order that agree on this are the same event; what is edited
    afterwards comes under other topics.
    """
    order = unwrap_order(body)
    try:
        created_at = moment(order, "created_at", "")
    except PayloadInvalid:
        created_at = str(order.get("created_at"))
    return {
        "id": str(order.get("id")),
        "name": order.get("name"),
        "created_at": created_at,
        "currency": order.get("currency"),
    }


def _id_of_order(body: Mapping[str, Any]) -> str | None:
    return text_or_none(unwrap_order(body), "id")
