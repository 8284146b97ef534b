"""``/retail/v1/loyalty/segments``: groups of members, for campaigns elsewhere (R8)."""

from odoo import http
from odoo.fields import Domain
from odoo.models import BaseModel as Records

from odoo.addons.retail_integration_base.controllers.api import Call, Reply, operation
from odoo.addons.retail_integration_base.controllers.paging import page_of, page_reply
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339
from odoo.addons.retail_integration_base.tools.error_api import NotFound

from ..schemas.api_segment import (
    SEGMENT_EXAMPLE,
    SEGMENT_MEMBER_EXAMPLE,
    Segment,
    SegmentMember,
    SegmentMemberPage,
    SegmentPage,
    SegmentParameters,
    SegmentPlace,
)
from .loyalty_common import PATH, TAG

SEGMENTS = f"{PATH}/segments"
READ = {"tag": TAG, "scope": "loyalty:segments"}
MODEL = "retail.loyalty.segment"


class RetailLoyaltySegmentsController(http.Controller):
    @operation(
        "GET",
        SEGMENTS,
        summary="List segments",
        description="Groups of members that are told to partners.",
        parameters=SegmentParameters,
        answers={200: SegmentPage},
        examples={"answer": {"one": {"items": [SEGMENT_EXAMPLE], "next": None}}},
        **READ,
    )
    def segments(self, call: Call) -> Reply:
        """Return one page of segments."""
        found = page_of(call, MODEL, Domain("is_told", "=", True))
        return page_reply(call, SegmentPage, found, _segment)

    @operation(
        "GET",
        f"{SEGMENTS}/{{code}}/members",
        summary="List a segment's members",
        description="As of its last renewal; who withdrew since is left out. For who "
        "came and went subscribe to `retail.loyalty.segment.members.v1`.",
        places=SegmentPlace,
        parameters=SegmentParameters,
        answers={200: SegmentMemberPage},
        examples={"answer": {"one": {"items": [SEGMENT_MEMBER_EXAMPLE], "next": None}}},
        **READ,
    )
    def members(self, call: Call) -> Reply:
        """Return one page of a segment's members."""
        segment = call.env[MODEL].search(
            [("code", "=", call.places.code), ("is_told", "=", True)], limit=1
        )
        if not segment:
            raise NotFound("There is no such segment.")
        domain = Domain("segment_id", "=", segment.id)
        found = page_of(call, "retail.loyalty.segment.member", domain)
        allowed = segment.sudo()._still_allowed(found.records.sudo().member_id)
        shown = found.records.filtered(lambda one: one.sudo().member_id in allowed)
        return page_reply(
            call, SegmentMemberPage, found._replace(records=shown), _member
        )


def _segment(segment: Records) -> Segment:
    at = segment.evaluated_at
    return Segment(
        code=segment.code,
        url=f"{SEGMENTS}/{segment.code}/members",
        name=segment.name,
        program=segment.program_id.code,
        members=segment.member_count,
        generation=segment.generation,
        evaluated_at=to_rfc3339(at) if at else None,
    )


def _member(row: Records) -> SegmentMember:
    return SegmentMember(
        member_id=row.sudo().member_id.uuid, since=to_rfc3339(row.since_at)
    )
