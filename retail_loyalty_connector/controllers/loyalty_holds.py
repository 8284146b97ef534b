"""``/retail/v1/loyalty/holds``: points as a means of payment, in two steps (R4).

What the ledger refuses is stored under the hold's id for good, so that answer is
returned and not raised: raising would roll it back.
"""

from dataclasses import replace

from odoo import http
from odoo.models import BaseModel as Records

from odoo.addons.retail_integration_base.controllers.api import Call, Reply, operation
from odoo.addons.retail_integration_base.tools.clock import to_naive, to_rfc3339
from odoo.addons.retail_integration_base.tools.error_api import NotFound
from odoo.addons.retail_integration_base.tools.error_base import RetailError
from odoo.addons.retail_integration_base.tools.errors import (
    Conflict,
    FlowRefused,
    PayloadInvalid,
)

from ..schemas.api_hold import CaptureBody, Hold, HoldBody, HoldPlace
from ..schemas.api_loyalty_examples import CAPTURE, CAPTURED, HOLD, HOLD_BODY, VOIDED
from ..tools.error_ledger import (
    HoldExpired,
    HoldResolved,
    HoldUnknown,
    InsufficientPoints,
)
from ..tools.error_member import MemberNotActive
from ..tools.outcomes import Held
from ..tools.postings import Capture, HoldRequest
from .loyalty_common import PATH, READ, TAG, place_of, source_of

HOLDS = f"{PATH}/holds"
ONE = f"{HOLDS}/{{uuid}}"
MODEL = "retail.loyalty.hold"
REDEEM = {"tag": TAG, "scope": "loyalty:redeem", "idempotent": True}


class RetailLoyaltyHoldsController(http.Controller):
    @operation(
        "POST",
        HOLDS,
        summary="Reserve points",
        description="The first step of paying with points. What is reserved cannot be "
        "spent elsewhere; it ends by itself after `ttl_s`. Not enough points: 409, "
        "and the problem's member `available` says how many there are. The `hold_id` "
        "is used up then: a new attempt takes a new one.",
        body=HoldBody,
        answers={201: Hold, 200: Hold},
        errors=[NotFound, InsufficientPoints, MemberNotActive, Conflict, FlowRefused],
        examples={"body": {"two hundred": HOLD_BODY}, "answer": {"open": HOLD}},
        **REDEEM,
    )
    def reserve(self, call: Call) -> Reply | RetailError:
        """Reserve points of a member."""
        body = call.body
        place = place_of(call, body.member_id, body.wallet)
        if place.member_state != "active":
            raise MemberNotActive(
                f"This member is {place.member_state} and cannot pay with points."
            )
        program = call.env["retail.loyalty.program"].browse(place.program_id)
        request = HoldRequest(
            uuid=body.hold_id,
            account_id=place.account_id,
            points=body.points,
            ttl_s=_ttl_of(program, body.ttl_s),
            source=source_of(call, body.source),
        )
        held = call.env["retail.loyalty.ledger"]._reserve(request)
        if held.conflict:
            held = _of_old_account(call, held, request)
        if held.conflict:
            raise Conflict("This hold_id was used for another hold; take a new one.")
        if not held.done:
            return _insufficient(held)
        if not held.repeated:
            # Raised: nothing of it stays, so that the same hold may be asked for again
            # when the platform is back. What was promised before is kept.
            member = call.env["retail.loyalty.member"].browse(place.member_id)
            program._check_spending(member, body.points)
        hold = call.env[MODEL].browse(held.hold_id)
        return Reply(_hold(hold), status=200 if held.repeated else 201)

    @operation(
        "GET",
        ONE,
        summary="See what became of a hold",
        places=HoldPlace,
        answers={200: Hold},
        errors=[HoldUnknown],
        examples={"answer": {"open": HOLD}},
        **READ,
    )
    def hold(self, call: Call) -> Hold:
        """Return one hold."""
        return _hold(_find(call))

    @operation(
        "POST",
        f"{ONE}/capture",
        summary="Spend what is held",
        description="The second step, when the sale is done. Fewer points than were "
        "reserved may be spent; the rest is free again. A hold is resolved once: the "
        "same capture again gets the same answer, another one 409, and one after "
        "`expires_at` 410.",
        places=HoldPlace,
        body=CaptureBody,
        answers={200: Hold},
        errors=[HoldUnknown, HoldExpired, HoldResolved],
        examples={"body": {"in part": CAPTURE}, "answer": {"captured": CAPTURED}},
        **REDEEM,
    )
    def capture(self, call: Call) -> Hold | RetailError:
        """Spend held points."""
        hold, body = _find(call), call.body
        at = to_naive(body.effective_at) if body.effective_at else None
        held = call.env["retail.loyalty.ledger"]._capture(
            Capture(
                hold.uuid,
                body.points,
                effective_at=at,
                source=source_of(call, body.source),
            )
        )
        if held.done:
            return _hold(hold)
        if held.state == "expired":
            # Returned: that its points are free now is to stay.
            return HoldExpired(
                f"This hold ended at {to_rfc3339(hold.expires_at)}; its points are"
                " free again. Reserve anew.",
            )
        if held.state == "refused":
            return _insufficient(held)
        if held.state == "open":
            raise PayloadInvalid("/points", f"the hold has {held.points} only")
        raise _resolved(held)

    @operation(
        "POST",
        f"{ONE}/void",
        summary="Let go of a hold",
        description="Its points are free again. Safe to repeat, also for a hold that "
        "has expired; 409 if it was captured.",
        places=HoldPlace,
        answers={200: Hold},
        errors=[HoldUnknown, HoldResolved],
        examples={"answer": {"voided": VOIDED}},
        **REDEEM,
    )
    def void(self, call: Call) -> Hold:
        """Free held points."""
        hold = _find(call)
        held = call.env["retail.loyalty.ledger"]._void(hold.uuid)
        if not held.done:
            raise _resolved(held)
        return _hold(hold)


def _find(call: Call) -> Records:
    """Return the hold that the path names.

    :raises HoldUnknown: there is none that the caller may see
    """
    found = call.env[MODEL].search([("uuid", "=", call.places.uuid)], limit=1)
    if not found:
        raise HoldUnknown("There is no hold of this id.")
    return found


def _of_old_account(call: Call, held: Held, request: HoldRequest) -> Held:
    """Ask again for a hold that ended before its member was merged into this one."""
    accounts = call.env["retail.loyalty.account"].sudo()
    first = call.env[MODEL].sudo().browse(held.hold_id).account_id
    asked = accounts.browse(request.account_id)
    if first == asked or first.member_id._survivor() != asked.member_id:
        return held
    same = replace(request, account_id=first.id)
    return call.env["retail.loyalty.ledger"]._reserve(same)


def _ttl_of(program: Records, ttl_s: int | None) -> int:
    if ttl_s is None:
        return program.hold_ttl_s
    if ttl_s > program.hold_ttl_s_max:
        raise PayloadInvalid("/ttl_s", f"at most {program.hold_ttl_s_max} seconds")
    return ttl_s


def _insufficient(held: Held) -> InsufficientPoints:
    available = max(0, held.available or 0)
    return InsufficientPoints(
        f"{available} points are available, {held.points} were asked.",
        context={"available": available},
    )


def _resolved(held: Held) -> HoldResolved:
    how = f"captured with {held.captured} points" if held.captured else held.state
    return HoldResolved(f"This hold was {how} before; that stays.")


def _hold(hold: Records) -> Hold:
    # Who sees the hold may see whose it is; the rest follows from it.
    record = hold.sudo()
    program, currency = record.program_id, record.program_id.currency_id.name
    wallet = record.account_id.wallet_id.code
    return Hold(
        hold_id=record.uuid,
        url=f"{HOLDS}/{record.uuid}",
        member_id=record.member_id.uuid,
        state=record.state,
        points=record.points,
        captured=record.captured,
        value=program._worth(record.points, currency, wallet),
        currency=currency,
        expires_at=to_rfc3339(record.expires_at),
    )
