"""``/retail/v1/events/<id>``: what became of a message that the caller sent."""

from odoo import http
from odoo.models import BaseModel as Records

from ..schemas.api_event import (
    STATUS,
    EventEffect,
    EventPlace,
    EventReason,
    EventStatus,
)
from ..tools.clock import to_rfc3339
from ..tools.error_api import NotFound
from ..tools.error_base import ALL_CODES
from .api import Call, operation


class RetailEventsController(http.Controller):
    @operation(
        "GET",
        "/retail/v1/events/{id}",
        summary="See what became of a message",
        description="202 at the door means kept. This says whether it is booked.",
        tag="Messages",
        scope="events:read",
        places=EventPlace,
        has_long_place=True,
        answers={200: EventStatus},
    )
    def event(self, call: Call) -> EventStatus:
        """Return the state of one of the caller's own messages."""
        found = call.env["retail.inbox.event"].search(
            [
                ("backend_id", "=", call.key.backend_id),
                ("event_key", "=", call.places.id),
            ]
        )
        if not found:
            raise NotFound("There is no message of this id from you.")
        return _status_of(found)


def _status_of(event: Records) -> EventStatus:
    return EventStatus(
        id=event.event_key,
        type=event.topic_id.name or None,
        status=STATUS[event.state],
        received_at=to_rfc3339(event.received_at),
        finished_at=_moment(event.finished_at),
        attempts=event.attempt_count,
        next_attempt_at=_moment(event.next_attempt_at),
        result=event.result or None,
        reason=_reason(event),
        transactions=[
            EventEffect(
                uuid=transaction.uuid,
                ref=transaction.ref,
                url=f"/retail/v1/transactions/{transaction.uuid}",
            )
            for transaction in event.transaction_ids
        ],
        correlation_id=event.correlation_id,
    )


def _reason(event: Records) -> EventReason | None:
    error = ALL_CODES.get(event.error_code or "")
    if error is None or STATUS[event.state] in ("done", "ignored"):
        return None
    # What is about our inside is nobody's business outside, as at the door.
    detail = event.error_message if error.public else None
    return EventReason(code=error.code, title=error.title, detail=detail or None)


def _moment(value: object) -> str | None:
    return to_rfc3339(value) if value else None
