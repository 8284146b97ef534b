"""Subscriptions and their deliveries, as the partner reads and changes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    WithJsonSchema,
)

from .api_common import (
    OUTGOING_TOPIC,
    Answer,
    Page,
    PageParameters,
    Parameters,
    Request,
)
from .common import Rfc3339, Uuid

Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,1990}$")]
# The description lists the outgoing topics there; which of them were offered to the
# caller is no matter of form.
TopicName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_.]{1,128}$"),
    WithJsonSchema({"$ref": f"#/components/schemas/{OUTGOING_TOPIC}"}),
]
Topics = Annotated[list[TopicName], Field(min_length=1, max_length=50)]

#: Our states of an outgoing message -> what they mean to the receiver.
STATUS = {
    "pending": "waiting",
    "sending": "sending",
    "retry": "retrying",
    "held": "held",
    "dead": "failed",
    "sent": "delivered",
    "cancelled": "cancelled",
    "approval": "waiting",
    # What a command came to is told elsewhere; it was delivered.
    "acknowledged": "delivered",
    "refused": "delivered",
    "expired": "delivered",
}


class SubscriptionPlace(Parameters):
    """Which subscription."""

    id: Uuid = Field(description="The id that was answered when it was made.")


class SubscriptionRequest(Request):
    """A subscription to make."""

    name: Name = Field("Default", description="For people.", examples=["Feed"])
    url: Url = Field(
        description="Where messages are posted to; `https://`, without user, password "
        "and fragment.",
        examples=["https://partner.example.com/hooks/retail"],
    )
    topics: Topics = Field(
        description="Outgoing topics that were offered to you.",
        examples=[["retail.transaction.recorded.v1"]],
    )


class SubscriptionChange(Request):
    """What to change; the rest stays."""

    name: Name | None = Field(None, examples=["Feed"])
    url: Url | None = Field(None, examples=["https://partner.example.com/hooks/new"])
    topics: Topics | None = Field(None, examples=[["retail.transaction.recorded.v1"]])


class RotationRequest(Request):
    """How to change the secret."""

    overlap_s: int = Field(
        86_400,
        ge=0,
        le=30 * 86_400,
        description="How long messages carry a signature with the old secret too.",
        examples=[86_400],
    )


class RedeliveryRequest(Request):
    """Which messages to send again; they keep their ids."""

    since: Rfc3339 = Field(
        description="Created at this time or later.", examples=["2026-11-20T00:00:00Z"]
    )
    until: Rfc3339 | None = Field(
        None, description="Created before.", examples=["2026-11-21T00:00:00Z"]
    )
    what: Literal["failed", "all"] = Field(
        "failed",
        description="`failed`: those that were given up. `all`: delivered ones too.",
        examples=["failed"],
    )


class Subscription(Answer):
    """A subscription of yours."""

    id: str
    name: str
    url: str | None
    topics: list[str]
    status: Literal["active", "paused", "disabled"] = Field(
        description="`paused`: messages are kept and wait. `disabled`: none are kept."
    )
    reason: str | None = Field(description="Why it is not active, for people.")
    delivering: bool = Field(
        description="Whether messages leave now: the subscription is active, and so "
        "is sending events to you at all."
    )
    signature_scheme: str = Field(examples=["standard-webhooks"])
    last_success_at: str | None
    failing_since: str | None = Field(
        description="The first failure since which nothing got through."
    )


class SubscriptionWithSecret(Subscription):
    """A subscription and its new secret."""

    secret: str = Field(description="Shown in this answer only: keep it now.")


class SubscriptionParameters(PageParameters):
    """Which subscriptions."""


class SubscriptionPage(Page[Subscription]):
    """One page of your subscriptions."""


class DeliveryAttempt(Answer):
    """One try to deliver a message."""

    number: int
    started_at: str
    outcome: str = Field(
        description="`succeeded`, `failed`, or `unknown`: no answer came back."
    )
    http_status: int | None
    latency_ms: int
    code: str | None = Field(description="Why it failed.", examples=["RET-2101"])
    answer: str | None = Field(
        description="How your answer began, without what looks secret."
    )


class Delivery(Answer):
    """A message for this subscription."""

    id: str = Field(description="`webhook-id`, the same at every repetition.")
    type: str = Field(examples=["retail.transaction.recorded.v1"])
    status: str = Field(
        description="`waiting`, `sending`, `retrying`, `held` (an earlier message of "
        "its key is unresolved), `failed`, `delivered`, `cancelled`."
    )
    created_at: str
    finished_at: str | None
    next_attempt_at: str | None
    attempts: list[DeliveryAttempt]
    correlation_id: str


class DeliveryParameters(PageParameters):
    """Which deliveries."""

    status: (
        Literal["waiting", "retrying", "held", "failed", "delivered", "cancelled"]
        | None
    ) = Field(None, description="Only those.")


class DeliveryPage(Page[Delivery]):
    """One page of deliveries, the newest first."""


class DeliveryPlace(SubscriptionPlace):
    """Which delivery."""

    message_id: Uuid = Field(description="Its `webhook-id`.")


class Redelivery(Answer):
    """How many messages are sent again."""

    count: int
    more: bool = Field(description="There are more than one call takes: call again.")


class TestEvent(Answer):
    """A test event that is on its way."""

    id: str = Field(description="Its `webhook-id`; see the deliveries.")
