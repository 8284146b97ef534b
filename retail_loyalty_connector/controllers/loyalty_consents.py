"""``/retail/v1/loyalty/members/<id>/consents``: what members agreed to (R13)."""

from odoo import http
from odoo.fields import Domain
from odoo.models import BaseModel as Records

from odoo.addons.retail_integration_base.controllers.api import Call, Reply, operation
from odoo.addons.retail_integration_base.controllers.paging import page_of, page_reply
from odoo.addons.retail_integration_base.tools.clock import to_naive, to_rfc3339
from odoo.addons.retail_integration_base.tools.error_api import NotFound
from odoo.addons.retail_integration_base.tools.errors import (
    Conflict,
    OwnershipRefused,
    PayloadInvalid,
)

from ..models.loyalty_consent_reading import Standing
from ..schemas.api_consent import (
    Consent,
    ConsentList,
    ConsentPage,
    ConsentParameters,
    ConsentRequest,
    ConsentStanding,
)
from ..schemas.api_loyalty_common import MemberPlace
from ..schemas.api_loyalty_examples import CONSENT, CONSENT_BODY, CONSENT_STANDING
from ..tools.consent import Proof, Word
from ..tools.postings import derived_uuid
from .loyalty_common import PATH, READ, TAG, member_of

CONSENTS = f"{PATH}/members/{{id}}/consents"
MODEL = "retail.loyalty.consent"


class RetailLoyaltyConsentsController(http.Controller):
    @operation(
        "GET",
        CONSENTS,
        summary="See what a member agreed to",
        description="Every purpose, and the word that counts: the newest, whenever it "
        "arrived; of two of one second the withdrawal. Ask before you address anybody: "
        "`is_allowed` is the answer.",
        places=MemberPlace,
        answers={200: ConsentList},
        examples={"answer": {"one purpose": {"items": [CONSENT_STANDING]}}},
        **READ,
    )
    def standing(self, call: Call) -> ConsentList:
        """Return where a member stands about every purpose."""
        member = member_of(call, call.places.id)
        consents = call.env[MODEL]
        found = consents._standing(member)[member.id]
        words = consents.browse(one.consent_id for one in found if one.consent_id)
        by_id = {word.id: word for word in words}
        return ConsentList(
            items=[_standing(member, one, by_id.get(one.consent_id)) for one in found]
        )

    @operation(
        "GET",
        f"{CONSENTS}/history",
        summary="List everything a member said",
        description="Every word that was recorded, the last one first; none is ever "
        "changed.",
        places=MemberPlace,
        parameters=ConsentParameters,
        answers={200: ConsentPage},
        examples={"answer": {"one": {"items": [CONSENT], "next": None}}},
        **READ,
    )
    def history(self, call: Call) -> Reply:
        """Return one page of a member's words."""
        member = member_of(call, call.places.id)
        domain = Domain("member_id", "=", member.id)
        if call.query.purpose:
            domain &= Domain("purpose", "=", call.query.purpose)
        return page_reply(
            call, ConsentPage, page_of(call, MODEL, domain), lambda one: _word(one)
        )

    @operation(
        "POST",
        CONSENTS,
        summary="Give or withdraw a consent",
        description="201: recorded. 200: it was told before. The same moment with "
        "another text is a conflict. Where another system keeps the consents of a "
        "purpose, `given` is refused with 409 RET-1302; a withdrawal never is.",
        tag=TAG,
        scope="loyalty:consent",
        places=MemberPlace,
        body=ConsentRequest,
        answers={201: Consent, 200: Consent},
        errors=[NotFound, Conflict, OwnershipRefused],
        examples={"body": {"given": CONSENT_BODY}, "answer": {"recorded": CONSENT}},
        idempotent=True,
    )
    def say(self, call: Call) -> Reply:
        """Keep what a member said."""
        member = member_of(call, call.places.id)
        consent, is_new = call.env[MODEL]._say(
            member, _word_asked(call, member), backend=call.backend
        )
        return Reply(_word(consent), status=201 if is_new else 200)


def _word_asked(call: Call, member: Records) -> Word:
    body = call.body
    decided_at = to_naive(body.decided_at).replace(microsecond=0)
    store_id = None
    if body.store:
        stores = call.env["retail.resolver"]._find_stores(call.backend, {body.store})
        if body.store not in stores:
            raise PayloadInvalid("/store", "there is no such store")
        store_id = stores[body.store].id
    # Of the word itself: told by whatever retry, under whatever key, it is the same.
    moment = f"{body.purpose}:{body.decision}:{decided_at.isoformat()}"
    return Word(
        purpose=body.purpose,
        decision=body.decision,
        decided_at=decided_at,
        channel=body.channel,
        proof=Proof(
            text_version=body.text_version,
            text_hash=body.text_hash,
            ip=body.ip,
            ref=body.ref,
        ),
        store_id=store_id,
        uuid=derived_uuid(member.uuid, f"consent:{call.backend.code}:{moment}"),
    )


def _standing(member: Records, found: Standing, word: Records | None) -> object:
    return ConsentStanding(
        purpose=found.purpose,
        decision=found.decision,
        is_allowed=found.decision == "given" and member.state == "active",
        consent=_word(word) if word else None,
    )


def _word(consent: Records) -> Consent:
    record = consent.sudo()
    # A word outlives the store that it names.
    store = record.store_id.exists()
    return Consent(
        id=record.uuid,
        member_id=record.member_id.uuid,
        purpose=record.purpose,
        decision=record.decision,
        decided_at=to_rfc3339(record.decided_at),
        recorded_at=to_rfc3339(record.recorded_at),
        channel=record.channel,
        store=store.code if store else None,
        origin=record.origin,
        text_version=record.text_version or None,
        text_hash=record.text_hash or None,
    )
