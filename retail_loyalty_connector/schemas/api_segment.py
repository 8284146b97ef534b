"""Segments of members, and who is in them, in the partner API."""

from __future__ import annotations

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.api_common import (
    Answer,
    Page,
    PageParameters,
    Parameters,
)
from odoo.addons.retail_integration_base.schemas.common import Code

from .api_loyalty_common import MEMBER_ID

SEGMENT_EXAMPLE = {
    "code": "win-back",
    "url": "/retail/v1/loyalty/segments/win-back/members",
    "name": "Not seen for a quarter",
    "program": "club",
    "members": 1834,
    "generation": 42,
    "evaluated_at": "2026-11-21T03:00:00Z",
}
SEGMENT_MEMBER_EXAMPLE = {"member_id": MEMBER_ID, "since": "2026-11-20T03:00:00Z"}


class Segment(Answer):
    """A group of members."""

    code: str = Field(examples=["win-back"])
    url: str = Field(description="Where its members are.")
    name: str = Field(examples=["Not seen for a quarter"])
    program: str = Field(examples=["club"])
    members: int = Field(description="How many are in it.", examples=[1834])
    generation: int = Field(description="Counts its renewals.", examples=[42])
    evaluated_at: str | None = Field(
        description="As of when; `null` before its first renewal.",
        examples=["2026-11-21T03:00:00Z"],
    )


class SegmentPage(Page[Segment]):
    """A page of segments."""


class SegmentMember(Answer):
    """A member who is in a segment."""

    member_id: str = Field(examples=[MEMBER_ID])
    since: str = Field(
        description="In it without a break since.", examples=["2026-11-20T03:00:00Z"]
    )


class SegmentMemberPage(Page[SegmentMember]):
    """A page of a segment's members.

    Members who withdrew their consent since the last renewal are left out, so that a
    page may hold fewer than asked for; go on as long as there is a `next`.
    """


class SegmentPlace(Parameters):
    """Which segment."""

    code: Code = Field(description="Code of the segment.", examples=["win-back"])


class SegmentParameters(PageParameters):
    """Which page."""
