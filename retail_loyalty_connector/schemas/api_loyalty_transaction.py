"""A sale or return told to loyalty, and where to see what came of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from odoo.addons.retail_integration_base.schemas.api_common import Answer, Request

from .api_loyalty_common import MemberId

EventId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
Topic = Literal["retail.pos.receipt.v1", "retail.order.placed.v1"]


class TransactionBody(Request):
    """A canonical document, as the topic describes it, and whose points it moves."""

    id: EventId = Field(
        description="Your id of this message: the same at every repetition.",
        examples=["sale-12-3-160"],
    )
    type: Topic = Field(
        description="The contract of `data`.", examples=["retail.pos.receipt.v1"]
    )
    member_id: MemberId | None = Field(
        None,
        description="The member, if `data` does not name one by a key. Stored as the "
        "document's `customer.loyalty_id`.",
    )
    data: dict[str, Any] = Field(description="The document; see the topic.")


class TransactionReceipt(Answer):
    """What became of the document at the door; booking it follows within seconds."""

    id: str = Field(examples=["sale-12-3-160"])
    status: Literal["accepted", "duplicate"] = Field(
        description="`duplicate`: kept before, with the same content."
    )
    event: str = Field(
        description="Where to see whether it is booked, and as which transaction.",
        examples=["/retail/v1/events/sale-12-3-160"],
    )
    correlation_id: str = Field(description="Id of the whole story; quote it to us.")
