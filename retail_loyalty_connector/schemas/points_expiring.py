"""``retail.loyalty.points.expiring.v1``: points can soon be used for the last time.

Lives here: the contract. Built by ``retail.loyalty.warning``, sent by the outbox, once
per member, day of expiry and step of the program's warnings.
"""

from __future__ import annotations

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    Document,
    IsoDate,
    Uuid,
)

TOPIC = "retail.loyalty.points.expiring.v1"


class PointsExpiring(Document):
    """A member should use points."""

    member: Uuid = Field(
        description="The member's id.",
        examples=["0f8fad5b-d9cb-469f-a165-70867728950e"],
    )
    program: Code = Field(description="The program.", examples=["friends"])
    points: int = Field(ge=1, description="How many.", examples=[250])
    last_date: IsoDate = Field(
        description="Last day on which they can be used.", examples=["2026-12-31"]
    )
    days_left: int = Field(ge=0, description="Until then.", examples=[30])
