"""``retail.gateway``: what stands between a route and the inbox.

Who may speak (signature or key), what is being said (envelope, topic, schema), and
the one INSERT. Controllers hand over raw bytes and headers; nothing here knows HTTP
objects. Configuration of a backend is kept in each worker's memory, because this is
the path of every message.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import to_json

from odoo import api, models

from ..schemas import registry
from ..schemas.envelope import EventEnvelope
from ..tools import canonical, correlation, problem, strict_json
from ..tools.clock import to_naive
from ..tools.errors import (
    Conflict,
    PayloadInvalid,
    UnknownTopic,
)
from ..tools.lanes import lane_number
from ..tools.message_hash import MessageHash
from ..tools.minimisation import (
    NOTHING_MORE,
    Minimising,
    is_suspect,
    masked_text,
    minimised_text,
)
from ..tools.signature_spec import SignatureSpec
from ..tools.signing import Secret
from .connector import WebhookHead
from .inbox_event import StoredEvent

BATCH_EVENTS_MAX = 1000
KEY_CHARS_MAX = 255
#: Stands in no payload, and makes no number of the digits on both sides.
_NO_TEXT = "\0"


@dataclass(frozen=True)
class Door:
    """A backend's door, as the worker remembers it."""

    backend_id: int
    company_id: int
    is_open: bool
    spec: SignatureSpec
    secrets: tuple[Secret, ...]
    payload_bytes_max: int
    lane_ids: tuple[int, ...]
    topic_ids: Mapping[str, int]
    public_url: str | None
    runs_here: bool = True

    @property
    def signs_url(self) -> bool:
        """Whether the address that was called is part of what the sender signs."""
        return "url" in self.spec.parts


class Receipt(NamedTuple):
    """What became of one message of a request."""

    event_key: str
    verdict: str
    correlation_id: str
    topic_id: int


class RetailGateway(models.AbstractModel):
    _name = "retail.gateway"
    _description = "Gateway"

    # --- canonical messages ---------------------------------------------------

    @api.model
    def _receive_events(
        self, door: Door, body: bytes, *, ndjson: bool
    ) -> tuple[list[Receipt], bool]:
        """Store one canonical message, an array of them, or lines of them.

        All of them are checked before any is stored: a request with one wrong message
        leaves nothing behind.

        :return: one receipt per message, and whether the request was a single one
        :raises MalformedBody, PayloadInvalid, UnknownTopic: nothing was stored
        """
        parsed = strict_json.iter_ndjson(body) if ndjson else strict_json.loads(body)
        single = isinstance(parsed, dict)
        items = [parsed] if single else parsed
        if not isinstance(items, list) or not 0 < len(items) <= BATCH_EVENTS_MAX:
            raise PayloadInvalid(
                "", f"expected one event or a list of 1 to {BATCH_EVENTS_MAX} events"
            )
        # One story per message: only a single one goes by the request's id.
        story = correlation.current() if single else None
        events = [
            self._prepare_canonical(door, item, "" if single else f"/{position}", story)
            for position, item in enumerate(items)
        ]
        return self._store(door, events), single

    @api.model
    def _prepare_canonical(
        self, door: Door, item: Any, pointer: str, story: str | None
    ) -> StoredEvent:
        try:
            envelope = EventEnvelope.model_validate(item)
        except ValidationError as error:
            raise problem.payload_invalid(error, pointer) from None
        topic_id = _get_topic_id(door, envelope.type, f"{pointer}/type")
        data = item["data"]
        document = registry.validate(envelope.type, data, prefix=f"{pointer}/data")
        payload = to_json(data)
        key = envelope.partitionkey or document.partition_key()
        return StoredEvent(
            event_key=envelope.id,
            topic_id=topic_id,
            content_hash=hashlib.sha256(
                b"\n".join((envelope.type.encode(), payload))
            ).hexdigest(),
            partition_key=key,
            lane_id=door.lane_ids[lane_number(key, len(door.lane_ids))],
            payload=payload.decode(),
            correlation_id=envelope.correlationid or story or correlation.new_id(),
            causation_id=envelope.causationid,
            subject=envelope.subject,
            source=envelope.source,
            event_at=to_naive(envelope.time) if envelope.time else None,
        )

    # --- vendor webhooks ------------------------------------------------------

    @api.model
    def _receive_webhook(
        self, door: Door, body: bytes, headers: Mapping[str, str]
    ) -> Receipt:
        """Store one message in the vendor's own format, named by its connector.

        :raises MalformedBody, PayloadInvalid, UnknownTopic: nothing was stored
        """
        parsed = strict_json.loads(body)
        backend = self.env["retail.backend"].sudo().browse(door.backend_id)
        head: WebhookHead = backend._connector()._webhook_head(backend, headers, parsed)
        event = self._prepare_webhook(door, head, parsed, body.decode())
        return self._store(door, [event])[0]

    @api.model
    def _prepare_webhook(
        self, door: Door, head: WebhookHead, body: Any, payload: str
    ) -> StoredEvent:
        """Return a vendor's message as the inbox stores it.

        :param payload: ``body`` as text
        :raises PayloadInvalid: a name that cannot be stored; ``UnknownTopic``
        """
        for name in ("event_key", "partition_key", "subject", "source"):
            # Keys are indexed: PostgreSQL refuses long ones when it is too late.
            if len(getattr(head, name) or "") > KEY_CHARS_MAX:
                raise PayloadInvalid("", f"{name} is longer than {KEY_CHARS_MAX}")
        return StoredEvent(
            event_key=head.event_key,
            topic_id=_get_topic_id(door, head.topic, "/type"),
            content_hash=_hash_of(head, body),
            partition_key=head.partition_key,
            lane_id=door.lane_ids[lane_number(head.partition_key, len(door.lane_ids))],
            payload=payload,
            correlation_id=correlation.current() or correlation.new_id(),
            subject=head.subject,
            source=head.source,
            event_at=head.event_at,
            transport="webhook",
        )

    # --- storing --------------------------------------------------------------

    @api.model
    def _store(self, door: Door, events: Sequence[StoredEvent]) -> list[Receipt]:
        rules = self.env["retail.topic"]._minimisings()
        # Looked through together: nearly always there is nothing to leave out.
        texts = _NO_TEXT.join(event.payload for event in events)
        harmless = not is_suspect(texts.encode())
        events = [_minimised(event, rules, harmless=harmless) for event in events]
        verdicts = self.env["retail.inbox.event"]._store(
            door.backend_id, door.company_id, events
        )
        receipts = [
            Receipt(event.event_key, verdict, event.correlation_id, event.topic_id)
            for event, verdict in zip(events, verdicts, strict=True)
        ]
        lane_ids = frozenset(
            event.lane_id
            for event, verdict in zip(events, verdicts, strict=True)
            if verdict == "accepted"
        )
        self._announce_after_commit(door, receipts, lane_ids)
        for receipt in receipts:
            if receipt.verdict == "conflict":
                self._report_conflict(door, receipt)
        return receipts

    @api.model
    def _report_conflict(self, door: Door, receipt: Receipt) -> None:
        backend = self.env["retail.backend"].sudo().browse(door.backend_id)
        self.env["retail.exception"].sudo()._open(
            backend,
            Conflict(
                f"Message {receipt.event_key} came again with other content. The first "
                "one was kept; compare both with the sender.",
                context={"number": receipt.event_key},
            ),
            dedupe_key=f"conflict:{backend.id}:{receipt.event_key}",
            inbox_event_id=self._find_event_id(backend.id, receipt.event_key),
            correlation_id=receipt.correlation_id,
        )

    def _find_event_id(self, backend_id: int, event_key: str) -> int | None:
        return (
            self.env["retail.inbox.event"]
            .sudo()
            .search(
                [("backend_id", "=", backend_id), ("event_key", "=", event_key)],
                limit=1,
            )
            .id
            or None
        )


def _get_topic_id(door: Door, name: str, pointer: str) -> int:
    topic_id = door.topic_ids.get(name)
    if topic_id is None:
        raise UnknownTopic(f"unknown topic or version {name[:80]!r}", pointer=pointer)
    return topic_id


def _minimised(
    event: StoredEvent, rules: Mapping[int, Minimising], *, harmless: bool
) -> StoredEvent:
    """Return the message without what is never stored (R142).

    :param harmless: its text is known to hold nothing of that, by the rules for all
        topics

    The hash of one that changed is over what is left: one over the rest as well would
    let a card number be guessed, six unknown digits long.
    """
    subject, source = masked_text(event.subject), masked_text(event.source)
    if (subject, source) != (event.subject, event.source):
        event = event._replace(subject=subject, source=source)
    own = rules.get(event.topic_id)
    if harmless and own is None:
        return event
    payload = _kept(event.payload, own)
    if payload == event.payload:
        return event
    known = MessageHash.parse(event.content_hash)
    if not known.is_fetched():
        left = strict_json.loads(payload.encode())
        known = known._replace(contents=canonical.content_hash([event.topic_id, left]))
    return event._replace(payload=payload, content_hash=str(known))


def _hash_of(head: WebhookHead, body: Any) -> str:
    if head.identity is None:
        return canonical.content_hash(body)
    contents = "" if head.is_fetched else canonical.content_hash(body)
    return str(MessageHash(contents, canonical.content_hash(head.identity)))


def _kept(payload: str, own: Minimising | None) -> str:
    """Return a message's text without what is never stored; mostly as it is."""
    raw = payload.encode()
    if own is None and not is_suspect(raw):
        return payload
    return minimised_text(raw, own or NOTHING_MORE).decode()
