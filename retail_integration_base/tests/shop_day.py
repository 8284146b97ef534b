"""A morning in two stores and a webshop, for the screens to have something to show.

Sales that went through, and one of each thing that needs a person: an unknown product,
sums that do not add up, the same message with other content, a partner that refuses.
Only data lives here; ``test_screens.py`` looks at what the screens make of it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from odoo.api import Environment
from odoo.models import BaseModel

from . import factories as make
from . import messages

CATALOGUE = {
    "MUG-BLUE": ("Enamel mug, blue", "12.50"),
    "TEE-M": ("T-shirt organic cotton, M", "24.00"),
    "TOTE": ("Canvas tote bag", "15.00"),
    "CANDLE": ("Beeswax candle", "9.90"),
    "SCARF": ("Merino scarf", "49.00"),
}
ROLES = {
    "store.operations": ("Store Operations", "group_steward"),
    "integration.desk": ("Integration Desk", "group_operator"),
}
TILLS, WEBSHOP, INSIGHTS = "tills-benelux", "webshop-eu", "customer-insights"


def open_shop(env: Environment, insights_url: str) -> None:
    """Create stores, products, owners and the three connected systems."""
    make.make_tax_map(env)
    for code, name in (("12", "Brussels Central"), ("31", "Ghent Korenmarkt")):
        make.make_store(env, code, name=name)
    for sku, (name, price) in CATALOGUE.items():
        make.make_product(env, sku, name=name, list_price=float(price))
    customer = env["res.partner"].create({"name": "Ada Example"})
    env["retail.identity"].create(
        {"kind": "email", "value": "ada@example.com", "partner_id": customer.id}
    )
    steward, engineer = (_make_owner(env, login) for login in ROLES)
    owners = {"steward_id": steward.id, "engineer_id": engineer.id}
    make.make_backend(env, TILLS, name="Tills Benelux", kind="pos", **owners)
    make.make_backend(
        env,
        WEBSHOP,
        name="Webshop Europe",
        kind="webshop",
        external_store_code="31",
        **owners,
    )
    topic = env.ref("retail_integration_base.topic_transaction_recorded_v1")
    make.make_backend(
        env,
        INSIGHTS,
        name="Customer Insights",
        kind="analytics",
        phase_read=False,
        phase_events=True,
        event_url=insights_url,
        subscribed_topic_ids=[(6, 0, topic.ids)],
        **owners,
    )


def _make_owner(env: Environment, login: str) -> BaseModel:
    name, group = ROLES[login]
    groups = env.ref("base.group_user") + env.ref(f"retail_integration_base.{group}")
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": name,
                "login": login,
                "email": f"{login}@example.com",
                "group_ids": [(6, 0, groups.ids)],
            }
        )
    )


def play(env: Environment, pause: Callable[[], None]) -> None:
    """Let the morning's messages come in and be worked, then go out.

    :param pause: called between the steps; commits where the messages are worked by
        cursors of their own.
    """
    for code, events in (
        (TILLS, _till_events()),
        (WEBSHOP, _webshop_events()),
        (TILLS, [_changed_copy()]),
    ):
        for event in events:
            messages.receive(env, _backend(env, code), event)
        pause()
        messages.work(env, _backend(env, code))
        pause()
    messages.work(env, _backend(env, INSIGHTS), "out")
    pause()
    _age(env)
    pause()


def _till_events() -> list[dict[str, Any]]:
    wrong = receipt("12", 1048, _line("SCARF"), register="4")
    wrong["totals"]["grand"] = "50.29"
    return [
        _event("12-3-1041", receipt("12", 1041, _line("MUG-BLUE", 2), _line("TOTE"))),
        _event(
            "12-3-1042",
            receipt("12", 1042, _line("TEE-M"), customer={"email": "ada@example.com"}),
        ),
        _event("12-3-1043", receipt("12", 1043, _line("CANDLE", 4), _line("SCARF"))),
        _event(
            "12-3-1044",
            receipt("12", 1044, _line("MUG-BLUE", -1), type="return"),
        ),
        _event("31-1-877", receipt("31", 877, _line("TEE-M", 2), register="1")),
        _event("12-3-1047", receipt("12", 1047, _line("MUG-GREEN"), _line("TOTE"))),
        _event("12-4-1048", wrong),
        _event("31-1-878", receipt("31", 878, _line("TOTE", 3), register="1")),
        _event("31-1-879", receipt("31", 879, _line("MUG-GREEN", 2), register="1")),
        _event("12-3-1050", receipt("12", 1050, _line("CANDLE"), _line("TEE-M"))),
    ]


def _webshop_events() -> list[dict[str, Any]]:
    return [
        make.make_event(
            order(number, *lines),
            f"order-{number}",
            "retail.order.placed.v1",
            source="webshop-eu",
            subject=f"order/{number}",
            time=_minutes_ago(30),
            correlationid=f"corr-order-{number}",
        )
        for number, lines in (
            (60113, [_line("SCARF"), _line("CANDLE", 2)]),
            (60114, [_line("TEE-M", 3)]),
        )
    ]


def _changed_copy() -> dict[str, Any]:
    return _event("12-3-1043", receipt("12", 1043, _line("CANDLE", 5)))


def receipt(store: str, sequence: int, *lines: dict, **values: Any) -> dict[str, Any]:
    """Return a receipt of today."""
    return make.make_receipt(
        list(lines),
        sequence,
        store=store,
        business_date=date.today().isoformat(),
        ended_at=_minutes_ago(45),
        **values,
    )


def order(number: int, *lines: dict) -> dict[str, Any]:
    """Return an order of the webshop that is paid by card."""
    paid = make.make_receipt(list(lines))
    amount = paid["totals"]["grand"]
    return {
        "order": {
            "ref": f"#{number}",
            "external_id": str(number),
            "channel": "web",
            "store": "31",
            "placed_at": _minutes_ago(31),
            "currency": "EUR",
            "customer": {"email": "ada@example.com"},
            "lines": [{"id": f"{number}-{n}", **one} for n, one in enumerate(lines)],
            "totals": paid["totals"],
            "payments": [
                {
                    "id": f"pay-{number}",
                    "kind": "sale",
                    "type": "card",
                    "amount": amount,
                    "status": "success",
                }
            ],
        }
    }


def _minutes_ago(minutes: int) -> str:
    moment = datetime.now(timezone.utc) - timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(sku: str, qty: int = 1) -> dict[str, Any]:
    price = CATALOGUE.get(sku, ("", "13.50"))[1]
    return make.line(sku, str(qty), price)


def _event(key: str, document: dict, source: str = "tills/benelux") -> dict[str, Any]:
    return make.make_event(
        document,
        key,
        source=source,
        subject=f"{document['store']}/{document['register']}/{document['sequence']}",
        partitionkey=f"{document['store']}/{document['register']}",
        time=document["ended_at"],
        correlationid=f"corr-{key}",
    )


def _backend(env: Environment, code: str) -> BaseModel:
    return env["retail.backend"].search([("code", "=", code)])


def _age(env: Environment) -> None:
    """Make one exception late and put another in somebody's hands."""
    waiting = env["retail.exception"].search([("state", "=", "open")], order="id")
    late = waiting[:1].with_context(tracking_disable=True)
    late.deadline_at = datetime.now() - timedelta(hours=2)
    taken = waiting.filtered(lambda one: one.category == "amount")[:1]
    taken.with_user(env.ref("base.user_admin")).action_take()
