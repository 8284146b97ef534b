"""``/retail/v1/backends/<code>/events`` and ``/webhook``: messages come in.

Verify the raw bytes, store, answer; work happens later in a lane. Both routes are
server-wide, so that a missing database is answered with 503 and not with Odoo's 404.
"""

from odoo import http
from odoo.http import Response, request

from ..models.backend import PAYLOAD_BYTES_DEFAULT, PAYLOAD_BYTES_MAX
from ..models.gateway import Door, Receipt
from ..schemas.api_examples import EVENT_EXAMPLE, RECEIPT_EXAMPLES
from ..schemas.api_receipt import (
    EVENTS_BODY,
    WEBHOOK_BODY,
    BatchReceipt,
    EventsReceipt,
    MessageReceipt,
)
from ..tools.api_deprecation import ending_headers
from ..tools.errors import Conflict, UnknownTopic
from .api import Call, charge, operation
from .dispatcher import (
    JSON_TYPES,
    NDJSON_TYPES,
    json_response,
    media_type,
    problem_response,
    read_body,
)

DOORS = "/retail/v1/backends/{code}"
DOOR = {"tag": "Messages", "extra": {"max_content_length": PAYLOAD_BYTES_MAX}}
STATUS = {"accepted": 202, "duplicate": 200, "conflict": 409}


class RetailIngestController(http.Controller):
    @operation(
        "POST",
        f"{DOORS}/events",
        summary="Send events",
        description="One event, an array of up to 1000, or lines of them "
        "(`application/x-ndjson`). They "
        "are checked as a whole: one wrong event, and none is kept. Repeating is safe: "
        "an `id` that is known is a `duplicate`.",
        proof="either",
        scope="events:write",
        body=EVENTS_BODY,
        body_types=JSON_TYPES,
        answers={202: EventsReceipt, 200: EventsReceipt, 409: BatchReceipt},
        errors=[Conflict, UnknownTopic],
        examples={"body": {"receipt": EVENT_EXAMPLE}, "answer": RECEIPT_EXAMPLES},
        **DOOR,
    )
    def events(self, call: Call) -> Response:
        """Take canonical events: one, an array, or lines of them."""
        door, body = self._enter(call, accepts_key=True)
        ndjson = media_type(request.httprequest) in NDJSON_TYPES
        receipts, single = call.env["retail.gateway"]._receive_events(
            door, body, ndjson=ndjson
        )
        _announce_endings(call, receipts)
        return _answer_one(receipts[0]) if single else _answer_many(receipts)

    @operation(
        "POST",
        f"{DOORS}/webhook",
        summary="Send one message in your system's own format",
        description="For systems whose webhooks cannot be shaped, such as Shopify. "
        "Only a signature opens this door.",
        proof="signature",
        body=WEBHOOK_BODY,
        answers={202: MessageReceipt, 200: MessageReceipt},
        errors=[Conflict, UnknownTopic],
        **DOOR,
    )
    def webhook(self, call: Call) -> Response:
        """Take one message in the vendor's own format."""
        door, body = self._enter(call, accepts_key=False)
        receipt = call.env["retail.gateway"]._receive_webhook(
            door, body, request.httprequest.headers
        )
        _announce_endings(call, [receipt])
        return _answer_one(receipt)

    def _enter(self, call: Call, *, accepts_key: bool) -> tuple[Door, bytes]:
        """Read the body and let the sender in, or raise what the answer says."""
        gateway = call.env["retail.gateway"]
        door = gateway._find_door(call.places["code"])
        httprequest = request.httprequest
        # An unknown backend has the usual limit: the answer must not tell it apart.
        limit = door.payload_bytes_max if door else PAYLOAD_BYTES_DEFAULT
        body = read_body(httprequest, limit)
        # Putting an address together costs as much as checking a signature.
        url = httprequest.url if door and door.signs_url else ""
        door, key = gateway._authenticate(
            door,
            httprequest.headers,
            body,
            url,
            accepts_key=accepts_key,
            address=httprequest.remote_addr,
        )
        if key:
            charge(key)
        return door, body


def _announce_endings(call: Call, receipts: list[Receipt]) -> None:
    """Tell the sender in the headers if a contract that it used is to end."""
    endings = call.env["retail.topic"]._endings()
    used = {receipt.topic_id for receipt in receipts} & set(endings) if endings else ()
    if used:
        headers = ending_headers(endings[topic_id] for topic_id in sorted(used))
        request.dispatcher.headers.update(headers)


def _answer_one(receipt: Receipt) -> Response:
    if receipt.verdict == "conflict":
        # Returned, not raised: raising would roll back the exception that was opened.
        return problem_response(
            Conflict(f"Message {receipt.event_key} is known with other content.")
        )
    return json_response(_as_dict(receipt), status=STATUS[receipt.verdict])


def _answer_many(receipts: list[Receipt]) -> Response:
    verdicts = [receipt.verdict for receipt in receipts]
    counts = {verdict: verdicts.count(verdict) for verdict in STATUS}
    status = 202 if counts["accepted"] else max(STATUS[v] for v in verdicts)
    return json_response(
        {"counts": counts, "results": [_as_dict(receipt) for receipt in receipts]},
        status=status,
    )


def _as_dict(receipt: Receipt) -> dict[str, str]:
    return {
        "id": receipt.event_key,
        "status": receipt.verdict,
        "correlation_id": receipt.correlation_id,
    }
