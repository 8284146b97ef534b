"""What became of a message, as its sender may see it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .api_common import Answer, Parameters

#: Our states -> what they mean to the sender.
STATUS = {
    "received": "received",
    "retry": "retrying",
    "held": "held",
    "dead": "attention",
    "done": "done",
    "ignored": "ignored",
}


class EventPlace(Parameters):
    """Which message."""

    id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")] = Field(
        description="The id under which you sent it.", examples=["my-first-receipt"]
    )


class EventReason(Answer):
    """Why a message has had no effect yet."""

    code: str = Field(examples=["RET-1202"])
    title: str = Field(examples=["Mapping missing"])
    detail: str | None = Field(description="For people; not stable.")


class EventEffect(Answer):
    """A transaction that the message recorded."""

    uuid: str
    ref: str = Field(examples=["12/9/1"])
    url: str


class EventStatus(Answer):
    """A message that you sent."""

    id: str = Field(examples=["my-first-receipt"])
    type: str | None = Field(description="Topic.", examples=["retail.pos.receipt.v1"])
    status: Literal["received", "retrying", "held", "attention", "done", "ignored"] = (
        Field(
            description="`received`, `retrying`, `held` (an earlier message of its key "
            "is unresolved): nothing to do. `attention`: somebody here has to decide, "
            "see `reason`. `done`, `ignored`: finished."
        )
    )
    received_at: str = Field(examples=["2026-11-20T10:31:04Z"])
    finished_at: str | None
    attempts: int
    next_attempt_at: str | None
    result: str | None = Field(description="What came of it, in words.")
    reason: EventReason | None = Field(description="Why it is not done, if it is not.")
    transactions: list[EventEffect]
    correlation_id: str
