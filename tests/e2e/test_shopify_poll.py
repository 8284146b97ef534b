"""Orders whose webhooks were lost are fetched, and no order counts twice.

The real hub, its jobs and a shop on loopback that throttles, cuts and repeats.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..shop.processes import wait_until
from ..simulators.events import shopify_message
from ..simulators.orders import OrderGenerator
from ..simulators.shopify import Shop
from .hub import Hub

WEBSHOP = "webshop"
TOKEN = "shpat_e2e"
SHARED = "webshop-shared-secret"
SETTLED_S = 90.0


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop(TOKEN, OrderGenerator(seed=11, store="S19").shopify_orders(12)) as shop:
        yield shop


@pytest.fixture
def job(hub: Hub, shop: Shop) -> Iterator[int]:
    """A job that fetches the shop's orders, five at a time."""
    hub.wait_settled(SETTLED_S)
    (scheme,) = hub.call(
        "retail.signature.scheme", "search", [[["code", "=", "shopify"]]]
    )
    made = hub.call(
        "retail.backend",
        "create",
        [
            {
                "name": "Webshop",
                "code": WEBSHOP,
                "connector": "retail.connector.shopify",
                "signature_scheme_id": scheme,
                "external_store_code": "S19",
                "api_url": shop.url,
                "plain_http": True,
                "private_networks": "127.0.0.0/8",
                "retry_base_s": 1,
                "retry_cap_s": 2,
                "breaker_open_s": 1,
                "credential_ids": [
                    (0, 0, {"purpose": "webhook_in", "secret": SHARED}),
                    (0, 0, {"purpose": "api", "secret": TOKEN}),
                ],
            }
        ],
    )
    hub.call("retail.backend", "action_activate", [[made]])
    map_taxes(hub, shop)
    values = {
        "name": "Orders that were lost",
        "backend_id": made,
        "resource": "orders",
        "page_size": 5,
        "begin_at": "2026-11-01 00:00:00",
    }
    yield hub.call("retail.sync.job", "create", [values])
    hub.press(WEBSHOP, "action_pause")


def map_taxes(hub: Hub, shop: Shop) -> None:
    """Let the hub know the shop's names of taxes."""
    names = {
        f"{tax['title']} {tax['rate']}"
        for order in shop.orders
        for line in (*order["line_items"], *order["shipping_lines"])
        for tax in line["tax_lines"]
    }
    rows = [
        {
            "kind": "tax",
            "external_value": name,
            "internal_value": name,
            "valid_from": "2020-01-01",
        }
        for name in sorted(names)
    ]
    drafts = hub.call("retail.value.map", "create", [rows])
    second_person(hub).call("retail.value.map", "action_approve", [drafts])


def second_person(hub: Hub) -> Hub:
    """Return the hub as somebody sees it who may approve what we wrote."""
    _model, group = hub.call(
        "ir.model.data",
        "check_object_reference",
        ["retail_integration_base", "group_steward"],
    )
    values = {"name": "Second", "login": "second", "password": "second"}
    hub.call("res.users", "create", [{**values, "group_ids": [[4, group]]}])
    return Hub(hub.system, hub.secret, user="second")


def push(hub: Hub, order: dict[str, Any]) -> int:
    """Deliver the shop's webhook; return the status of the answer."""
    message = shopify_message(order)
    hub_of_shop = Hub(hub.system, SHARED)
    return hub_of_shop.post(WEBSHOP, message).status


def test_lost_orders_are_fetched_through_faults_and_none_counts_twice(
    hub: Hub, shop: Shop, job: int
):
    pushed, lost = shop.orders[:4], shop.orders[4:]
    assert [push(hub, order) for order in pushed] == [202] * 4
    # Paid meanwhile: what is fetched is not what was pushed, and still the same order.
    pushed[0] |= {
        "financial_status": "paid",
        "updated_at": "2026-11-20T23:00:00+00:00",
    }
    shop.faults = ["throttled", "", "cut", "repeat", "429", "garbage", "500"]
    hub.call("retail.sync.job", "action_run_now", [[job]])
    wait_until(lambda: state_of(hub, job) != "running", "the run ends", SETTLED_S)
    assert state_of(hub, job) == "done"
    assert set(shop.answers) >= {"throttled", "cut", "repeat", "429", "garbage", "500"}
    hub.wait_settled(SETTLED_S)
    ids = [f"orders/create:{order['id']}" for order in shop.orders]
    assert hub.effects(ids) == dict.fromkeys(ids, 1)
    counts = hub.sql(
        "SELECT new_count, conflict_count, refused_count FROM retail_sync_run"
        " WHERE job_id = %s",
        job,
    )
    assert counts == [(len(lost), 0, 0)]
    # A webhook that was only late.
    assert push(hub, lost[0]) == 200
    assert hub.effects(ids) == dict.fromkeys(ids, 1)
    mine = [row for row in hub.open_exceptions() if "Webshop" in str(row)]
    assert not mine


def state_of(hub: Hub, job: int) -> str:
    return hub.sql("SELECT state FROM retail_sync_run WHERE job_id = %s", job)[0][0]
