"""Holds of the partner API: points reserved, spent, let go."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.api_common import (
    Answer,
    Parameters,
    Request,
)
from odoo.addons.retail_integration_base.schemas.common import Rfc3339, Uuid

from .api_loyalty_common import (
    HOLD_ID,
    MEMBER_ID,
    MemberId,
    Points,
    SourceBody,
    Wallet,
)

HoldId = Annotated[
    Uuid,
    Field(
        description="A UUID that you make and keep before the first try; the same at "
        "every repetition, a new one for a new attempt.",
        examples=[HOLD_ID],
    ),
]
#: A year: whatever the program allows is less.
TTL_S_MAX = 31_536_000


class HoldBody(Request):
    """Points to reserve for a payment."""

    hold_id: HoldId
    member_id: MemberId
    points: Points = Field(description="How many.", examples=[200])
    wallet: Wallet = None
    ttl_s: Annotated[int, Field(ge=1, le=TTL_S_MAX)] | None = Field(
        None,
        description="Seconds until the hold ends by itself; the program's usual time "
        "without it, and never more than the program allows.",
        examples=[900],
    )
    source: SourceBody | None = Field(None, description="Where it comes from.")


class HoldPlace(Parameters):
    """Which hold."""

    uuid: Uuid = Field(
        description="The `hold_id` it was made with.", examples=[HOLD_ID]
    )


class CaptureBody(Request):
    """Spend what is held; an empty object spends all of it."""

    points: Points | None = Field(
        None,
        description="How many, at most what is held; the rest is free again.",
        examples=[150],
    )
    effective_at: Rfc3339 | None = Field(
        None,
        description="When it was paid; now without it.",
        examples=["2026-11-20T10:31:02Z"],
    )
    source: SourceBody | None = Field(
        None, description="Where it comes from; that of the hold without it."
    )


class Hold(Answer):
    """Reserved points, and what became of them."""

    hold_id: str = Field(examples=[HOLD_ID])
    url: str = Field(description="Where this answer is.")
    member_id: str = Field(examples=[MEMBER_ID])
    state: Literal["open", "captured", "voided", "expired", "refused"]
    points: int = Field(description="Reserved.", examples=[200])
    captured: int = Field(description="Spent of them.", examples=[0])
    value: str | None = Field(
        description="What `points` are worth as a payment; `null` where points are no "
        "means of payment.",
        examples=["2.00"],
    )
    currency: str = Field(description="Of `value`.", examples=["EUR"])
    expires_at: str = Field(
        description="Ends by itself then, if still open.",
        examples=["2026-11-20T10:46:02Z"],
    )
