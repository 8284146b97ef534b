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

__all__ = ["TOPICS", "Delivery", "delivery_of", "order_to_canonical"]

TOPICS = {"orders/create": "retail.order.placed.v1"}


@dataclass(frozen=True)
class Delivery:
    """What the headers of a webhook say; only the body is signed, not these.

    ``event_id`` is the same for every delivery of one event under one topic: it is
    what duplicates are recognised by.
    """

    topic: str
    canonical_topic: str
    event_id: str
    webhook_id: str | None
    shop: str | None
    triggered_at: str | None


def delivery_of(headers: Mapping[str, str], body: Mapping[str, Any]) -> Delivery:
    """Return the facts of a webhook delivery.

    Header names count with and without ``X-`` (newer deliveries drop it). Without any
    id in the headers the object's id and last change stand for it.

    :raises UnknownTopic: a topic that has no canonical counterpart.
    :raises PayloadInvalid: neither headers nor body tell the event.
    """
    named = {name.lower().removeprefix("x-"): value for name, value in headers.items()}
    topic = named.get("shopify-topic", "")
    canonical_topic = TOPICS.get(topic)
    if canonical_topic is None:
        raise UnknownTopic(f"the webhook topic {topic[:64]!r} is not translated")
    webhook_id = named.get("shopify-webhook-id")
    event_id = named.get("shopify-event-id") or webhook_id or _id_of_body(body)
    return Delivery(
        topic=topic,
        canonical_topic=canonical_topic,
        event_id=f"{topic}:{event_id}",
        webhook_id=webhook_id,
        shop=named.get("shopify-shop-domain"),
        triggered_at=named.get("shopify-triggered-at"),
    )


def _id_of_body(body: Mapping[str, Any]) -> str:
    order = unwrap_order(body)
    if not order.get("id"):
        raise PayloadInvalid("/id", "missing, and the headers hold no event id")
    return f"{order['id']}@{order.get('updated_at')}"
