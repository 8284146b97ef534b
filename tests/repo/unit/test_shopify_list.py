"""Shopify's list of orders, fetched: what was pushed and what was fetched are one.

Against the simulated shop of ``tests/simulators``, without a network.
"""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from retail_integration_base.tools import shopify, shopify_list, strict_json
from retail_integration_base.tools.errors import (
    ConfigurationError,
    PageInvalid,
    PayloadInvalid,
)
from retail_integration_base.tools.paging import PageQuery
from tests.simulators.orders import OrderGenerator
from tests.simulators.shopify import PATH, Shop

TOKEN = "shpat_example"
HEADERS = {"X-Shopify-Access-Token": TOKEN, "Content-Type": "application/json"}
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)


@pytest.fixture
def shop() -> Shop:
    orders = OrderGenerator(seed=7).shopify_orders(30)
    return Shop(TOKEN, orders)


def ask(shop: Shop, body: bytes) -> bytes:
    answer = shop.respond(PATH, HEADERS, body)
    assert answer is not None and answer[0] == 200
    return answer[2]


def read_all(shop: Shop, query: PageQuery) -> list[dict]:
    found, cursor = [], None
    while True:
        body = shopify_list.orders_request(
            PageQuery(query.resource, cursor, query.since, query.until, query.limit)
        )
        nodes, cursor = shopify_list.parse_orders(ask(shop, body))
        found += shopify_list.page_of_orders(nodes, cursor).items
        if cursor is None:
            return found


def read_as_stored(order: dict) -> dict:
    raw = json.dumps(order).encode()
    return strict_json.loads(raw, parse_float=Decimal)


def test_fetched_order_says_what_its_webhook_says(shop):
    fetched = read_all(shop, PageQuery("orders", limit=7))
    assert len(fetched) == 30
    pushed = {order["id"]: order for order in shop.orders}
    for order in fetched:
        own = pushed[order["id"]]
        document = shopify.order_to_canonical(read_as_stored(order), "WEB")
        expected = shopify.order_to_canonical(read_as_stored(own), "WEB")
        # A webhook names the customer's own phone, the list the order's only.
        expected["order"]["customer"].pop("phone", None)
        assert document == expected


def test_pushed_and_fetched_have_one_key_and_the_same_facts(shop):
    pushed = shop.orders[0]
    fetched = read_all(shop, PageQuery("orders"))[0]
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Event-Id": "e-1"}
    own = shopify.delivery_of(headers, pushed)
    assert shopify.fetched(fetched, "shop.example").event_id == own.event_id
    assert shopify.placed_facts(fetched) == shopify.placed_facts(pushed)
    changed = {**pushed, "updated_at": "2026-11-21T00:00:00Z", "total_price": "1.00"}
    assert shopify.placed_facts(changed) == shopify.placed_facts(pushed)
    other = {**pushed, "name": "#9999"}
    assert shopify.placed_facts(other) != shopify.placed_facts(pushed)


def test_only_what_changed_since_is_asked_for(shop):
    moments = sorted(order["updated_at"] for order in shop.orders)
    since, until = (datetime.fromisoformat(moments[n]) for n in (10, 20))
    found = read_all(shop, PageQuery("orders", since=since, until=until, limit=4))
    assert [order["id"] for order in found] == [
        order["id"] for order in shop.orders[10:20]
    ]


def test_orders_of_the_time_before_are_left_out(shop):
    old = copy.deepcopy(shop.orders[0])
    shop.orders[0]["updated_at"] = "2026-11-25T00:00:00+00:00"
    begin = datetime.fromisoformat(shop.orders[1]["created_at"])
    body = shopify_list.orders_request(PageQuery("orders", since=DAY, begin=begin))
    nodes, _cursor = shopify_list.parse_orders(ask(shop, body))
    assert old["name"] not in [node["name"] for node in nodes]
    assert len(nodes) == 25


def test_lines_that_a_page_leaves_out_are_asked_for(shop):
    shop.lines_max = 1
    large = next(order for order in shop.orders if len(order["line_items"]) > 2)
    shop.orders = [large]
    nodes, _cursor = shopify_list.parse_orders(
        ask(shop, shopify_list.orders_request(PageQuery("orders")))
    )
    lines = nodes[0]["lineItems"]["nodes"]
    cursor = shopify_list.lines_left(nodes[0])
    while cursor:
        body = shopify_list.lines_request(nodes[0]["id"], cursor)
        more, cursor = shopify_list.parse_lines(ask(shop, body))
        lines += more
    fetched = shopify_list.page_of_orders(nodes, None).items[0]
    assert [line["id"] for line in fetched["line_items"]] == [
        line["id"] for line in large["line_items"]
    ]


def test_no_page_costs_more_than_is_allowed(shop):
    body = shopify_list.orders_request(PageQuery("orders", limit=1000))
    answer = json.loads(ask(shop, body))
    assert "errors" not in answer
    assert json.loads(body)["variables"]["first"] == shopify_list.ORDERS_MAX


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"<html>", PageInvalid),
        (b"[]", PageInvalid),
        (b'{"data": null}', PageInvalid),
        (b'{"data": {"orders": {"nodes": [1]}}}', PageInvalid),
        (b'{"data": {"orders": {"nodes": []}}}', PageInvalid),
        (
            b'{"data": {"orders": {"nodes": [], "pageInfo":'
            b' {"hasNextPage": true, "endCursor": null}}}}',
            PageInvalid,
        ),
        (b'{"errors": [{"message": "oops"}]}', PageInvalid),
        (b'{"errors": "Not Found"}', PageInvalid),
        (
            b'{"errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}]}',
            ConfigurationError,
        ),
        (
            b'{"errors": [{"extensions": {"code": "MAX_COST_EXCEEDED"}}]}',
            ConfigurationError,
        ),
    ],
)
def test_strange_answers_are_errors_with_a_name(answer, error):
    with pytest.raises(error):
        shopify_list.parse_orders(answer)


def test_order_without_an_id_is_no_message():
    with pytest.raises(PayloadInvalid):
        shopify.fetched({"name": "#1"}, None)


def test_shop_refuses_a_field_that_does_not_exist(shop):
    body = json.dumps({"query": "query { orders(first: 1) { nodes { nonsense } } }"})
    answer = json.loads(ask(shop, body.encode()))
    assert answer["errors"][0]["extensions"]["code"] == "undefinedField"
