"""``/retail/v1/loyalty/members``: who a person is, and what points there are."""

from odoo import http
from odoo.fields import Domain
from odoo.models import BaseModel as Records

from odoo.addons.retail_integration_base.controllers.api import Call, Reply, operation
from odoo.addons.retail_integration_base.controllers.paging import page_of, page_reply
from odoo.addons.retail_integration_base.tools.clock import (
    to_naive,
    to_rfc3339,
    utc_now,
)
from odoo.addons.retail_integration_base.tools.error_api import ParameterInvalid
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid

from ..models.loyalty_member_reading import Place
from ..schemas.api_loyalty_common import MemberPlace
from ..schemas.api_loyalty_examples import BALANCE, BALANCE_AT, ENROLMENT, ENTRY, MEMBER
from ..schemas.api_member import (
    KEYS,
    Balance,
    BalanceParameters,
    EnrolmentRequest,
    Entry,
    EntryPage,
    EntryParameters,
    Member,
    MemberList,
    MemberParameters,
)
from ..tools.error_member import KeyOfOrganisation, KeysOfSeveralPeople
from .loyalty_common import PATH, READ, TAG, member_of, place_of, program_of, there

MEMBERS = f"{PATH}/members"
ONE = f"{MEMBERS}/{{id}}"
MODEL = "retail.loyalty.member"


class RetailLoyaltyMembersController(http.Controller):
    @operation(
        "POST",
        MEMBERS,
        summary="Enrol a person, or find the member",
        description="201: a new member. 200: the person was a member before. Keys are "
        "compared in one form (phones as E.164, e-mail addresses in lower case); new "
        "ones are kept. Keys of several people are refused with 409.",
        tag=TAG,
        scope="loyalty:enrol",
        body=EnrolmentRequest,
        answers={201: Member, 200: Member},
        errors=[KeysOfSeveralPeople, KeyOfOrganisation],
        examples={"body": {"at the till": ENROLMENT}, "answer": {"enrolled": MEMBER}},
        idempotent=True,
    )
    def enrol(self, call: Call) -> Reply:
        """Return the member with these keys, new or known."""
        body, members = call.body, call.env[MODEL]
        program = program_of(call, body.program)
        keys = [
            members._key(kind, value, call.backend)
            for kind in KEYS
            if (value := getattr(body, kind, None))
        ]
        member, is_new = members._enrol(program, keys, body.name)
        return Reply(_member(call, member), status=201 if is_new else 200)

    @operation(
        "GET",
        MEMBERS,
        summary="Find members",
        description="By exactly one key. Somebody who is a member of several of your "
        "programs is found once for each; nobody is an empty list.",
        parameters=MemberParameters,
        answers={200: MemberList},
        examples={"answer": {"found": {"items": [MEMBER]}}},
        **READ,
    )
    def find(self, call: Call) -> MemberList:
        """Return the members that a key belongs to."""
        query, members = call.query, call.env[MODEL]
        given = [(kind, value) for kind in KEYS if (value := getattr(query, kind))]
        if len(given) != 1:
            name = given[1][0] if given else KEYS[-1]
            raise ParameterInvalid(
                [{"parameter": name, "detail": "exactly one key is asked for"}]
            )
        try:
            key = members._key(*given[0], call.backend)
        except PayloadInvalid as error:
            raise ParameterInvalid(
                [{"parameter": given[0][0], "detail": error.problem}]
            ) from None
        program = program_of(call, query.program) if query.program else None
        found = members._find_by_key(key, program)
        return MemberList(items=[_member(call, one) for one in found])

    @operation(
        "GET",
        ONE,
        summary="Get one member",
        description="The id of a member who was merged into another finds the other "
        "one: keep the `id` of the answer. All operations do alike.",
        places=MemberPlace,
        answers={200: Member},
        examples={"answer": {"member": MEMBER}},
        **READ,
    )
    def member(self, call: Call) -> Member:
        """Return one member."""
        return _member(call, member_of(call, call.places.id))

    @operation(
        "GET",
        f"{ONE}/balance",
        summary="Ask a balance",
        description="Now, or with `at` at any moment in the past.",
        places=MemberPlace,
        parameters=BalanceParameters,
        answers={200: Balance},
        examples={"answer": {"now": BALANCE, "in the past": BALANCE_AT}},
        **READ,
    )
    def balance(self, call: Call) -> Balance:
        """Return what a member has or had."""
        if call.query.at is None:
            return _balance(call, call.places.id, call.query.wallet)
        return _balance_at(call, place_of(call, call.places.id, call.query.wallet))

    @operation(
        "GET",
        f"{ONE}/entries",
        summary="List a member's entries",
        description="Every movement of points, the last one first.",
        places=MemberPlace,
        parameters=EntryParameters,
        answers={200: EntryPage},
        examples={"answer": {"one": {"items": [ENTRY], "next": None}}},
        **READ,
    )
    def entries(self, call: Call) -> Reply:
        """Return one page of a member's entries."""
        place = place_of(call, call.places.id, call.query.wallet)
        domain = Domain("account_id", "=", place.account_id)
        # By number: the index of the chain answers, however long the ledger is.
        found = page_of(call, "retail.loyalty.entry", domain, "sequence")
        entries = found.records.sudo()
        # An entry outlives the sale and the store that it names.
        known = {*entries.transaction_id.exists(), *entries.store_id.exists()}
        return page_reply(call, EntryPage, found, lambda one: _entry(one, known))


def _member(call: Call, member: Records) -> Member:
    person = member.sudo().partner_id.name
    return Member(
        id=member.uuid,
        url=f"{MEMBERS}/{member.uuid}",
        number=member.number,
        program=member.program_id.code,
        # Whoever gave no name is called by the number.
        name=person if person != member.number else None,
        status=member.state,
        enrolled_at=to_rfc3339(member.enrolled_at),
        merged_ids=member._absorbed().mapped("uuid"),
        balance=_balance(call, member.uuid, None),
    )


def _balance(call: Call, uuid: str, wallet: str | None) -> Balance:
    place, found = there(call.env[MODEL]._find_balance(uuid, wallet), wallet)
    program = call.env["retail.loyalty.program"].browse(place.program_id)
    return Balance(
        member_id=place.member_uuid,
        wallet=place.wallet_code,
        posted=found.posted,
        held=found.held,
        pending=found.pending,
        available=found.available,
        value=program._worth(found.available, place.currency, place.wallet_code),
        currency=place.currency,
        at=to_rfc3339(utc_now().replace(microsecond=0)),
    )


def _balance_at(call: Call, place: Place) -> Balance:
    at = call.query.at.replace(microsecond=0)
    if at > utc_now():
        raise ParameterInvalid([{"parameter": "at", "detail": "lies in the future"}])
    env = call.env
    account = env["retail.loyalty.account"].browse(place.account_id)
    return Balance(
        member_id=place.member_uuid,
        wallet=place.wallet_code,
        posted=env["retail.loyalty.ledger"]._balance_at(
            account, to_naive(at), basis=call.query.basis
        ),
        held=None,
        pending=None,
        available=None,
        value=None,
        currency=place.currency,
        at=to_rfc3339(at),
    )


def _entry(entry: Records, known: set[Records]) -> Entry:
    # Where programs are shared, a sale or a store may be another company's: its name
    # on the statement is all that is told of it.
    record = entry.sudo()
    transaction, store = record.transaction_id, record.store_id
    return Entry(
        id=record.uuid,
        number=record.sequence,
        kind=record.kind,
        points=record.amount,
        balance=record.balance_after,
        effective_at=to_rfc3339(record.effective_at),
        recorded_at=to_rfc3339(record.recorded_at),
        expires_at=to_rfc3339(record.expires_at) if record.expires_at else None,
        hold_id=record.hold_id.uuid or None,
        reverses=record.reverses_id.uuid or None,
        transaction=transaction.uuid if transaction in known else None,
        channel=record.channel or None,
        store=store.code if store in known else None,
        ref=record.ref or None,
        reason=record.reason or None,
    )
