"""Documents wrapped for the road: canonical envelopes and signed HTTP messages.

Lives here: CloudEvents around a document, what a message is made of, and the disorder
of real networks (duplicates, reordering). Not here: documents (``receipts``,
``orders``), sending (``sender``).
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .signatures import TOKEN_HEADER, shopify_signature, standard_webhook_headers

RECEIPT_TOPIC = "retail.pos.receipt.v1"
ORDER_TOPIC = "retail.order.placed.v1"
NDJSON = "application/x-ndjson"
_NAMESPACE = uuid.UUID("4f3b1f0e-5b52-4a0c-9a2e-0e4f6f3c7a11")


def receipt_event(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the envelope of a receipt; its id follows from the receipt's key."""
    store, register = document["store"], document["register"]
    sequence = document["sequence"]
    name = f"{store}/{register}/{document['business_date']}/{sequence}"
    return _envelope(
        RECEIPT_TOPIC,
        source=f"pos/{store}",
        subject=f"receipt/{name}",
        at=document["ended_at"],
        data=document,
        partitionkey=f"receipt:{store}/{register}",
        sequence=f"{sequence:010d}",
    )


def order_event(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the envelope of a canonical order; its id follows from the order's key."""
    order = document["order"]
    return _envelope(
        ORDER_TOPIC,
        source=f"{order['channel']}/{order['store']}",
        subject=f"order/{order['store']}/{order['external_id']}",
        at=order["placed_at"],
        data=document,
    )


def _envelope(
    topic: str, *, source: str, subject: str, at: str, data: Any, **more: str
) -> dict[str, Any]:
    event_id = uuid.uuid5(_NAMESPACE, f"{topic} {source} {subject}")
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": source,
        "type": topic,
        "time": at,
        "subject": subject,
        "correlationid": f"c-{event_id.hex[:16]}",
        "datacontenttype": "application/json",
        "data": data,
        **more,
    }


@dataclass(frozen=True)
class Message:
    """One HTTP request to the hub, signed anew at every attempt.

    :param id: the sender's id of the delivery; a repetition has the same one.
    :param event_ids: the events inside, for the oracle.
    :param door: ``events`` (canonical) or ``webhook`` (the vendor's own format).
    :param stream: messages of one stream are sent one after the other.
    """

    id: str
    body: bytes
    event_ids: tuple[str, ...]
    door: str = "events"
    content_type: str = "application/json"
    scheme: str = "standard-webhooks"
    stream: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def signed_headers(self, secret: str) -> dict[str, str]:
        """Return all headers, signed with ``secret`` at the present time.

        :raises ValueError: for an unknown scheme.
        """
        headers = {"Content-Type": self.content_type, **self.headers}
        if self.scheme == "standard-webhooks":
            headers |= standard_webhook_headers(secret, self.id, self.body)
        elif self.scheme == "shopify":
            headers["X-Shopify-Hmac-Sha256"] = shopify_signature(secret, self.body)
        elif self.scheme == "static-header":
            headers[TOKEN_HEADER] = secret
        else:
            raise ValueError(f"no such signature scheme: {self.scheme}")
        return headers


def event_message(event: Mapping[str, Any], *, door: str = "events") -> Message:
    """Return one canonical event as a message of its own."""
    return Message(
        id=event["id"],
        body=_json(event),
        event_ids=(event["id"],),
        door=door,
        stream=event.get("partitionkey") or event.get("subject", ""),
    )


def batch_message(
    events: Sequence[Mapping[str, Any]], *, ndjson: bool = False
) -> Message:
    """Return many canonical events in one request: a JSON array or NDJSON lines."""
    ids = tuple(event["id"] for event in events)
    if ndjson:
        body = b"\n".join(_json(event) for event in events) + b"\n"
    else:
        body = _json(events)
    return Message(
        id=f"batch-{uuid.uuid5(_NAMESPACE, ' '.join(ids))}",
        body=body,
        event_ids=ids,
        content_type=NDJSON if ndjson else "application/json",
        stream=ids[0],
    )


def shopify_message(
    order: Mapping[str, Any],
    *,
    topic: str = "orders/create",
    shop: str = "example.myshopify.com",
) -> Message:
    """Return an order as Shopify's webhook delivers it.

    Source: shopify.dev, "Webhooks: headers". The event id stays the same when Shopify
    repeats a delivery.
    """
    event_id = str(uuid.uuid5(_NAMESPACE, f"{shop} {topic} {order['id']}"))
    return Message(
        id=event_id,
        body=_json(order),
        event_ids=(event_id,),
        door="webhook",
        scheme="shopify",
        stream=f"{shop}/{order['id']}",
        headers={
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": event_id,
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Triggered-At": str(order["created_at"]),
        },
    )


def disordered(
    messages: Sequence[Message],
    *,
    duplicates: float = 0.0,
    out_of_order: float = 0.0,
    distance: int = 20,
    seed: int = 0,
) -> list[Message]:
    """Return the messages as a bad network delivers them.

    :param duplicates: share of messages that come a second time, up to five
        ``distance`` later and in a stream of their own, so perhaps at the same moment.
    :param out_of_order: share of messages that come up to ``distance`` too late.
    """
    rng = random.Random(f"disorder/{seed}")
    placed: list[tuple[float, int, Message]] = []
    for position, message in enumerate(messages):
        late = rng.random() < out_of_order
        at = position + (rng.randint(1, distance) + 0.5 if late else 0.0)
        placed.append((at, len(placed), message))
        if rng.random() < duplicates:
            again = replace(message, stream=f"again-{position}")
            at += rng.randint(0, 5 * distance)
            placed.append((at, len(placed), again))
    return [message for _at, _n, message in sorted(placed, key=lambda item: item[:2])]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
