"""``retail.loyalty.platform.movement.v1``: points moved at a loyalty platform.

Lives here: the contract. Translated by the vendors' connectors, from webhooks and from
lists alike; worked by ``retail.handler.platform.movement``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.common import (
    Document,
    ExternalId,
    LongText,
    Rfc3339,
)

TOPIC = "retail.loyalty.platform.movement.v1"
Points = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]


class PlatformMovement(Document):
    """One entry of the platform's own ledger."""

    movement: ExternalId = Field(
        description="The entry's id there; the same however often it is told.",
        examples=["6737ae6e-9ac4-3f5c-8b2f-1d2f6a5a4a11"],
    )
    member: ExternalId = Field(
        description="The member's id there.", examples=["79b807d2-d786-46a9-933b"]
    )
    kind: Literal[
        "accrual",
        "redemption",
        "hold",
        "release",
        "reversal",
        "adjustment",
        "expiry",
        "other",
    ] = Field(description="What it was.", examples=["adjustment"])
    points: Points = Field(
        description="What it did to the points to spend, in the program's smallest "
        "unit; 0 for points that a hold had taken out before.",
        examples=[-10],
    )
    at: Rfc3339 = Field(description="When.", examples=["2026-11-20T10:31:02Z"])
    key: ExternalId | None = Field(
        None,
        description="The key of the order that caused it, if the platform tells it.",
    )
    hold: ExternalId | None = Field(None, description="The hold that it belongs to.")
    ref: ExternalId | None = Field(None, description="The order or sale there.")
    reason: LongText | None = Field(None, description="Why, in words.")
    by_interface: bool = Field(
        False,
        description="Written by a program, perhaps by us; else by the platform.",
        examples=[True],
    )

    def partition_key(self) -> str:
        """Return the key that keeps a member's movements in order."""
        return f"member:{self.member}"
