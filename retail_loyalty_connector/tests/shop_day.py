"""One record of each model of loyalty, come about as in real life.

Data for ``test_rights.py``: whoever adds a model lets a record of it come about here.
The sale and the systems around it are the hub's (``common_security.py`` there).
"""

from odoo.api import Environment
from odoo.models import BaseModel

from odoo.addons.retail_integration_base.tests import factories as base
from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

from ..schemas.platform_movement import PlatformMovement
from ..tools.consent import Proof, Word
from . import factories as make
from .shop_books import close_a_period
from .shop_people import sort_people_out
from .shop_segments import address_somebody

JOINED_DATE = "2026-01-01"


def open_program(env: Environment, code: str) -> dict[str, BaseModel]:
    """Return a program, what it promises, and a member of it."""
    euro = env.ref("base.EUR")
    program = make.make_program(
        env, f"{code}-friends", currency_id=euro.id, tz="UTC", cap_day=100
    )
    member = make.make_member(env, program, enrolled_at=JOINED_DATE)
    return by_name(
        program,
        program.wallet_ids,
        make.make_rule(program),
        make.make_campaign(program),
        make.make_tier(program, "blue", 0),
        make.make_worth(program, euro),
        member,
        member._account(),
    )


def live(member: BaseModel, sale: BaseModel) -> dict[str, BaseModel]:
    """Let ``sale`` be the member's, and everything happen that can to points."""
    sale.identity_id.partner_id = member.partner_id
    accruals = member.env["retail.loyalty.accrual"]
    accrual = accruals.search([("transaction_id", "=", sale.id)])._try_again()
    if accrual.state != "done":
        raise AssertionError(accrual.read())
    ledger, account = member.env["retail.loyalty.ledger"], member._account()
    now = ledger._now()
    (given,) = ledger._post(
        [make.accrual(account, 50, expires_at=make.after(now, days=3))]
    )
    ledger._post([make.accrual(account, 5, matures_at=make.after(now, days=9))])
    held = ledger._reserve(make.hold_request(account, 10))
    ledger._capture(make.capture(held.uuid))
    ledger._reverse([make.reversal(make.entry_uuid(given), 10)])
    ledger._post([make.spending(account, 5000)])
    ledger._anchor()
    warnings = member.env["retail.loyalty.warning"]
    warnings._warn(member.program_id, member)
    adjustment = member.env["retail.loyalty.adjustment"].create(
        {"member_id": member.id, "points": 7, "reason": "A complaint."}
    )
    agreed = Word("marketing_email", "given", now, "web", Proof("2026-03", "0" * 64))
    rows = _rows(account)
    return by_name(
        accrual,
        adjustment,
        member.env["retail.loyalty.consent"]._say(member, agreed)[0],
        warnings.search([("member_id", "=", member.id)]),
        member.env["retail.loyalty.cap.use"].search([("member_id", "=", member.id)]),
        _go_up(member),
        *rows,
        *close_a_period(member, sale),
        *address_somebody(member, rows[0]),
        *sort_people_out(member, sale),
    )


def _go_up(member: BaseModel) -> BaseModel:
    """Return the note that the member reached the program's tier."""
    changes = member.env["retail.loyalty.tier.change"]
    return changes.create(
        {
            "member_id": member.id,
            "company_id": member.company_id.id,
            "tier_id": member.program_id.tier_ids[:1].id,
            "change": "up",
            "changed_at": member.enrolled_at,
        }
    )


def _rows(account: BaseModel) -> list[BaseModel]:
    """Return the newest row of each kind that the ledger wrote for an account."""
    env, own = account.env, [("account_id", "=", account.id)]
    entry = env["retail.loyalty.entry"].search(own, order="id desc", limit=1)
    lot = env["retail.loyalty.lot"].search(own, limit=1)
    entries = env["retail.loyalty.entry"].search(own)
    return [
        entry,
        lot,
        env["retail.loyalty.lot.use"].search([("lot_id", "=", lot.id)], limit=1),
        env["retail.loyalty.reversal"].search([("entry_id", "in", entries.ids)]),
        *(
            env[f"retail.loyalty.{name}"].search(own, limit=1)
            for name in ("hold", "pending", "refusal", "anchor.head")
        ),
    ]


def tell_a_platform(env: Environment, code: str) -> dict[str, BaseModel]:
    """Return what waits to be told to a platform that runs another program."""
    platform = base.make_backend(
        env,
        f"{code}-square",
        kind="loyalty",
        connector="retail.connector.square",
        api_url="https://square.example.com",
        platform_location="LOC1",
    )
    program = make.make_program(env, f"{code}-partner", backend_id=platform.id)
    account = make.make_member(env, program)._account()
    env["retail.loyalty.ledger"]._post([make.accrual(account, 5)])
    orders = env["retail.loyalty.platform.order"]
    changes = env["retail.loyalty.platform.change"]
    uuid = make.new_uuid()
    changes._tell(uuid, "erase", account.member_id, "A2")
    said = PlatformMovement(
        movement="M1",
        member="A1",
        kind="adjustment",
        points=5,
        at=to_rfc3339(program.platform_since_at),
    )
    return by_name(
        changes.search([("uuid", "=", uuid)]),
        orders.search([("member_id", "=", account.member_id.id)]),
        env["retail.loyalty.platform.member"]._ensure(platform, "A1"),
        env["retail.loyalty.platform.movement"]._hear(platform, [said]),
    )


def by_name(*records: BaseModel) -> dict[str, BaseModel]:
    """Return records by the name of their model."""
    return {record._name: record for record in records}
