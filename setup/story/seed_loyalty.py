"""The demo's loyalty programs: promises, members, and points from before today.

*Acme Friends* is run by Odoo alone; *Partner Club* by a platform (Square, simulated).
Members are numbers without people behind them. Runs inside Odoo's shell, called by
``seed``; the same on every start, but for points that have to expire today.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.simulators.receipts import customer_document

from .records import ensure
from .setting import (
    CLUB,
    CLUB_MEMBERS,
    CLUB_PLATFORM,
    FRIENDS,
    LAPSING,
    LAPSING_POINTS,
    PLATFORM_LOCATION,
    PLATFORM_TOKEN,
    SOON_POINTS,
    SOON_TO_LAPSE,
    TIME_ZONE,
)

JOINED_AT = datetime(2024, 2, 1, 9)
NAMESPACE = uuid.UUID("5b0a9f5e-60e3-5c55-8f52-6d55f6cbb0c3")


class Past(NamedTuple):
    """Points that a known customer earned so many days ago."""

    customer: int
    points: int
    days: int


#: What the members brought along from the old system.
PAST = (
    Past(9, 1800, 200),
    Past(9, 545, 60),
    Past(15, 640, 40),
    Past(21, 210, 90),
    Past(33, 75, 30),
    Past(45, 1120, 150),
)
#: code, points in twelve months, factor
TIERS = (("blue", 0, 1), ("silver", 600, 1.25), ("gold", 1500, 1.5))
#: Short, so that the story shows in seconds what takes minutes in real life.
IMPATIENT = {
    "retry_base_s": 1,
    "retry_cap_s": 5,
    "breaker_open_s": 2,
    "timeout_connect_s": 2,
    "timeout_read_s": 5,
    "deadline_s": 10,
}


def seed(env: Any, play: int) -> None:
    """Create what is missing of the programs, their members and their past."""
    program = _seed_friends(env)
    members = {
        number: _seed_member(program, number) for number in {p.customer for p in PAST}
    }
    _seed_past(env, members, play)
    _seed_club(env)


# --- a program of our own -------------------------------------------------------------


def _seed_friends(env: Any) -> Any:
    program = ensure(
        env,
        "retail.loyalty.program",
        {"code": FRIENDS},
        {
            "name": "Acme Friends",
            "currency_id": env.ref("base.EUR").id,
            "tz": TIME_ZONE,
            "pending_on": "paid",
            "posted_on": "fulfilled",
            "expiry": "after_months",
            "expiry_months": 24,
            "warning_days": "30 7",
            "adjustment_limit": 100,
            "retroactive_days": 7,
            "spent_policy": "reduce_refund",
        },
    )
    _seed_promises(program)
    return program


def _seed_promises(program: Any) -> None:
    """Let the program promise what the story is about."""
    beans = program.env["product.product"].search([("default_code", "like", "BEANS-")])
    euro = {"currency_id": program.currency_id.id}
    worth = {"points": 100, "amount": 1, "minimum": 200, "step": 100}
    visit = {"points": 5, "basis": "visit", "channel_codes": "pos", "cap_day": 5}
    coffee = {"factor": 2, "product_ids": [(6, 0, beans.ids)], "cap_period": 200}
    for kind, key, values in (
        ("rule", {"name": "A point per euro"}, {"points": 1, "step": 1}),
        ("rule", {"name": "Welcome in the store"}, visit),
        ("redemption.terms", euro, worth),
        ("campaign", {"name": "Coffee weeks"}, coffee),
        *(
            (
                "tier",
                {"code": code},
                {"name": code.title(), "threshold": threshold, "factor": factor},
            )
            for code, threshold, factor in TIERS
        ),
    ):
        own = {"program_id": program.id, **key}
        ensure(program.env, f"retail.loyalty.{kind}", own, values)


def _seed_member(program: Any, customer: int) -> Any:
    number = customer_document(customer)["loyalty_id"]
    person = program.env["res.partner"].search([("ref", "=", number)], limit=1)
    return ensure(
        program.env,
        "retail.loyalty.member",
        {"program_id": program.id, "partner_id": person.id},
        {"number": number, "enrolled_at": JOINED_AT},
    )


def _seed_past(env: Any, members: dict[int, Any], play: int) -> None:
    now = datetime.utcnow().replace(microsecond=0)
    for past in PAST:
        earned_at = now - timedelta(days=past.days)
        _give(
            members[past.customer],
            past.points,
            f"{past.customer}-{past.days}",
            earned_at,
        )
    # Nearly two years old: gone when the story comes to them, or in a few days.
    for customer, points, life in (
        (LAPSING, LAPSING_POINTS, timedelta(seconds=1)),
        (SOON_TO_LAPSE, SOON_POINTS, timedelta(days=6)),
    ):
        end = now + life
        _give(
            members[customer],
            points,
            f"{customer}-play-{play}",
            now - timedelta(days=725),
            end,
        )
    env["retail.loyalty.tiering"]._cron_assess()


def _give(
    member: Any,
    points: int,
    name: str,
    earned_at: datetime,
    end: datetime | None = None,
) -> None:
    """Post points under an id of their own; what is posted already stays as it is."""
    from odoo.addons.retail_loyalty_connector.tools.postings import Posting, Source

    posting_id = str(uuid.uuid5(NAMESPACE, f"{member.number} {name}"))
    entries = member.env["retail.loyalty.entry"]
    if entries.search_count([("uuid", "=", posting_id)]):
        return
    posting = Posting(
        uuid=posting_id,
        account_id=member._account().id,
        kind="accrual",
        points=points,
        effective_at=earned_at,
        expires_at=end or member.program_id._expires_at(earned_at),
        source=Source(channel="import", ref="Old system"),
    )
    [answer] = member.env["retail.loyalty.ledger"]._post([posting])
    if not answer.ok:
        raise RuntimeError(f"{points} points of {member.number}: {answer.state}")


# --- a program that a platform runs ---------------------------------------------------


def _seed_club(env: Any) -> None:
    platform = _seed_platform(env)
    program = ensure(
        env,
        "retail.loyalty.program",
        {"code": CLUB},
        {
            "name": "Partner Club",
            "currency_id": env.ref("base.EUR").id,
            "tz": TIME_ZONE,
            "backend_id": platform.id,
            "outage_policy": "cap",
            "outage_cap": 300,
        },
    )
    rule = {"program_id": program.id, "name": "A point per euro"}
    ensure(env, "retail.loyalty.rule", rule, {"points": 1})
    for number, phone in CLUB_MEMBERS.items():
        _seed_club_member(program, number, phone)
    _seed_comparisons(env, platform)


def _seed_platform(env: Any) -> Any:
    scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
    platform = ensure(
        env,
        "retail.backend",
        {"code": CLUB_PLATFORM},
        {
            "name": "Square",
            "kind": "loyalty",
            "connector": "retail.connector.square",
            "environment": "test",
            "platform_location": PLATFORM_LOCATION,
            "plain_http": True,
            "private_networks": "127.0.0.0/8",
            "signature_scheme_id": scheme.id,
            **IMPATIENT,
        },
    )
    if not platform.credential_ids.filtered(lambda one: one.purpose == "api"):
        env["retail.credential"].create(
            {"backend_id": platform.id, "purpose": "api", "secret": PLATFORM_TOKEN}
        )
    if platform.state != "active":
        platform.action_activate()
    return platform


def _seed_comparisons(env: Any, platform: Any) -> None:
    """Let ledger and platform be compared, when the story says so."""
    tomorrow = datetime.utcnow().replace(microsecond=0) + timedelta(days=1)
    for name in ("balances", "movements"):
        rule = env.ref(f"retail_loyalty_connector.reconciliation_rule_loyalty_{name}")
        if rule.state != "active":
            rule.write({"backend_id": platform.id, "lookback_days": 0})
            rule.action_activate()
        rule.next_run_at = tomorrow


def _seed_club_member(program: Any, number: str, phone: str) -> None:
    env = program.env
    person = ensure(
        env, "res.partner", {"ref": number}, {"name": f"Club member {number}"}
    )
    for kind, value in (("loyalty", number), ("phone", phone)):
        key = {"kind": kind, "value": value}
        ensure(env, "retail.identity", key, {"partner_id": person.id})
    key = {"program_id": program.id, "partner_id": person.id}
    values = {"number": number, "enrolled_at": JOINED_AT}
    ensure(env, "retail.loyalty.member", key, values)
