"""``retail.loyalty.tier.changed.v1``: a member went up or down.

Lives here: the contract. Built by ``retail.loyalty.member``, sent by the outbox. Names
the member by its id; nothing personal.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    Document,
    IsoDate,
    Rfc3339,
    Uuid,
)

TOPIC = "retail.loyalty.tier.changed.v1"


class TierChanged(Document):
    """The member's tier is another one now."""

    member: Uuid = Field(
        description="The member's id.",
        examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
    )
    program: Code = Field(description="The program.", examples=["friends"])
    change: Literal["up", "down"] = Field(description="Which way.", examples=["up"])
    from_tier: Code = Field(description="The tier before.", examples=["silver"])
    tier: Code = Field(description="The tier now.", examples=["gold"])
    since: IsoDate = Field(description="First day.", examples=["2026-11-20"])
    until: IsoDate | None = Field(
        None, description="Last day, unless it is kept.", examples=["2027-11-20"]
    )
    changed_at: Rfc3339 = Field(
        description="When, UTC.", examples=["2026-11-20T10:31:05Z"]
    )
