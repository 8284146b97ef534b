"""``retail.loyalty.segment.members.v1``: who came into a segment, and who left it.

Lives here: the contract. Built by ``retail.sync.push.loyalty.segments``, sent by the
outbox. Names members by their ids; nothing personal.
"""

from __future__ import annotations

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    Document,
    IsoDate,
    Rfc3339,
    Uuid,
)

TOPIC = "retail.loyalty.segment.members.v1"
_MEMBER = "0f8fad5b-d9cb-469f-a165-70867728950e"


class SegmentCampaign(Document):
    """A campaign that the segment's members are eligible for."""

    name: str = Field(
        min_length=1, max_length=200, description="Name.", examples=["Double points"]
    )
    from_date: IsoDate | None = Field(
        None, description="First day.", examples=["2026-11-27"]
    )
    to_date: IsoDate | None = Field(
        None, description="Last day.", examples=["2026-11-29"]
    )


class SegmentMembers(Document):
    """A part of what one renewal of a segment changed.

    Take the parts in the order in which they come; one that comes twice says the same.
    """

    segment: Code = Field(description="The segment.", examples=["win-back"])
    program: Code = Field(description="The program.", examples=["friends"])
    generation: int = Field(
        ge=1, description="Counts the segment's renewals.", examples=[42]
    )
    part: int = Field(ge=1, description="Which part of it, from 1.", examples=[1])
    parts: int = Field(ge=1, description="How many there are.", examples=[3])
    added: list[Uuid] = Field(
        max_length=500, description="Members who came in.", examples=[[_MEMBER]]
    )
    removed: list[Uuid] = Field(
        max_length=500, description="Members who left.", examples=[[_MEMBER]]
    )
    evaluated_at: Rfc3339 = Field(
        description="As of when, UTC.", examples=["2026-11-21T03:00:00Z"]
    )
    campaigns: list[SegmentCampaign] = Field(
        default_factory=list,
        max_length=100,
        description="Active campaigns for this segment.",
    )
