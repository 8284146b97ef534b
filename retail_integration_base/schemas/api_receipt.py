"""What becomes known at the door: one receipt per message, or a list of them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, RootModel

from .api_common import Answer

#: As the body of the events route is described; the route reads it itself.
EVENTS_BODY: dict[str, Any] = {
    "oneOf": [
        {"$ref": "#/components/schemas/Event"},
        {
            "title": "Batch",
            "type": "array",
            "items": {"$ref": "#/components/schemas/Event"},
            "minItems": 1,
            "maxItems": 1000,
        },
    ]
}
WEBHOOK_BODY: dict[str, Any] = {
    "type": "object",
    "description": "The message in your system's own format.",
}


class MessageReceipt(Answer):
    """What became of one message at the door."""

    id: str = Field(description="The message's id, as you sent it.")
    status: Literal["accepted", "duplicate", "conflict"] = Field(
        description="`accepted`: kept, work follows. `duplicate`: kept before, with "
        "the same content. `conflict`: kept before with other content; this was not."
    )
    correlation_id: str = Field(
        description="Id of the message's story; quote it to us."
    )


class ReceiptCounts(Answer):
    """How many messages of a batch ended how."""

    accepted: int
    duplicate: int
    conflict: int


class BatchReceipt(Answer):
    """What became of each message of a batch, in the order they came."""

    counts: ReceiptCounts
    results: list[MessageReceipt]


class EventsReceipt(RootModel[MessageReceipt | BatchReceipt]):
    """One receipt for one message, a list for a batch."""
