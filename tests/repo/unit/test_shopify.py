"""Shopify's orders in our own words: synthetic bodies for every branch.

The vendor's own fixtures are tried in ``tests/conformance``.
"""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest

from retail_integration_base.schemas import registry
from retail_integration_base.tools import shopify, sums
from retail_integration_base.tools.errors import PayloadInvalid, UnknownTopic

TOPIC = "retail.order.placed.v1"
ORDER = {
    "id": 5726128734520,
    "name": "#1001",
    "created_at": "2026-11-20T11:31:02+01:00",
    "updated_at": "2026-11-20T11:31:02+01:00",
    "currency": "EUR",
    "presentment_currency": "USD",
    "taxes_included": False,
    "total_tax": "4.83",
    "subtotal_price": "19.00",
    "total_discounts": "1.00",
    "total_price": "27.83",
    "total_outstanding": "0.00",
    "financial_status": "paid",
    "payment_gateway_names": ["shopify_payments"],
    "source_name": "web",
    "email": "ada@example.com",
    "phone": None,
    "buyer_accepts_marketing": True,
    "customer": {"id": 77, "phone": "+32470123456"},
    "line_items": [
        {
            "id": 1,
            "sku": "MUG",
            "name": "Mug - blue",
            "quantity": 2,
            "price": "10.00",
            "discount_allocations": [{"amount": "1.00"}],
            "tax_lines": [{"title": "VAT", "rate": Decimal("0.21"), "price": "3.99"}],
            "properties": [{"name": "engraving", "value": "Ada"}],
        }
    ],
    "shipping_lines": [
        {
            "code": "std",
            "title": "Standard",
            "price": "4.00",
            "discounted_price": "4.00",
            "tax_lines": [{"title": "VAT", "rate": Decimal("0.21"), "price": "0.84"}],
        }
    ],
}


def make(**changes):
    return copy.deepcopy({**ORDER, **changes})


def transaction(body):
    data = shopify.order_to_canonical(body, "acme-eu")
    return registry.validate(TOPIC, data).to_transaction()


def canonical(body):
    return shopify.order_to_canonical(body, "acme-eu")["order"]


def refused_at(body):
    with pytest.raises(PayloadInvalid) as caught:
        shopify.order_to_canonical(body, "acme-eu")
    return caught.value.pointer


def test_a_whole_order_is_translated_and_adds_up():
    document = transaction(make())
    sums.check_sums(document, 2)
    assert document.external_ref == "5726128734520"
    assert document.customer.external_id == "77"
    assert document.customer.phone == "+32470123456"
    assert document.customer.consents == {"email": True}
    assert [entry.kind for entry in document.lines] == ["item", "shipping"]
    assert document.totals.shipping == 4
    assert document.tenders[0].type == "shopify_payments"
    assert document.tenders[0].settled


def test_no_vendor_word_passes():
    order = canonical(make())
    known = set(registry.json_schema(TOPIC)["$defs"]["Order"]["properties"])
    assert set(order) <= known
    assert order["lines"][0]["properties"] == {"engraving": "Ada"}


def test_tax_included_orders_add_up_in_our_terms():
    body = make(
        taxes_included=True,
        total_tax="3.99",
        subtotal_price="19.00",
        total_price="23.00",
    )
    body["line_items"][0]["tax_lines"][0]["price"] = "3.30"
    body["shipping_lines"][0]["tax_lines"][0]["price"] = "0.69"
    document = transaction(body)
    sums.check_sums(document, 2)
    assert document.totals.subtotal == Decimal("15.70")
    assert document.totals.shipping == Decimal("3.31")
    assert document.totals.grand == 23


def test_taxes_of_the_order_are_split_over_taxable_lines():
    items = [
        {"id": n, "quantity": 1, "price": "3.33", "taxable": n != 3} for n in (1, 2, 3)
    ]
    body = make(
        line_items=items,
        shipping_lines=[],
        tax_lines=[
            {"title": "State", "rate": Decimal("0.06"), "price": "0.41"},
            {"title": "City", "rate": Decimal("0.01"), "price": "0.07"},
        ],
        total_tax="0.48",
        subtotal_price="9.99",
        total_discounts="0.00",
        total_price="10.47",
    )
    document = transaction(body)
    sums.check_sums(document, 2)
    shares = [[str(tax.amount) for tax in entry.taxes] for entry in document.lines]
    assert shares == [["0.21", "0.04"], ["0.20", "0.03"], []]


def test_taxes_on_lines_win_over_those_of_the_order():
    body = make(tax_lines=[{"title": "VAT", "price": "4.83"}])
    sums.check_sums(transaction(body), 2)


def test_older_bodies_have_one_discount_per_line():
    body = make()
    del body["line_items"][0]["discount_allocations"]
    body["line_items"][0]["total_discount"] = "1.00"
    sums.check_sums(transaction(body), 2)


def test_discounted_shipping_counts():
    body = make(total_discounts="5.00", total_price="22.99", total_tax="3.99")
    body["shipping_lines"][0] |= {"discounted_price": "0.00", "tax_lines": []}
    document = transaction(body)
    sums.check_sums(document, 2)
    assert document.totals.shipping == 0


def test_a_tip_is_a_fee():
    body = make(total_tip_received="2.00", total_price="29.83")
    document = transaction(body)
    sums.check_sums(document, 2)
    assert [entry.kind for entry in document.lines] == ["item", "fee", "shipping"]


def test_gift_cards_are_told_apart():
    body = make()
    body["line_items"][0]["gift_card"] = True
    assert transaction(body).lines[0].kind == "gift_card"


@pytest.mark.parametrize(
    ("status", "outstanding", "payments"),
    [
        ("paid", "0.00", [("sale", "27.83")]),
        ("authorized", "0.00", [("authorization", "27.83")]),
        ("partially_paid", "7.83", [("sale", "20.00")]),
        ("pending", "27.83", []),
        ("voided", "0.00", []),
        (None, None, []),
    ],
)
def test_payments_follow_the_financial_status(status, outstanding, payments):
    body = make(financial_status=status, total_outstanding=outstanding)
    found = canonical(body)["payments"]
    assert [(entry["kind"], entry["amount"]) for entry in found] == payments


def test_listed_transactions_win_over_the_status():
    listed = [
        {
            "id": 9,
            "kind": "capture",
            "gateway": "bogus",
            "amount": "27.83",
            "status": "success",
            "parent_id": 8,
            "authorization": "A1",
        }
    ]
    payment = canonical(make(transactions=listed))["payments"][0]
    assert (payment["id"], payment["parent"], payment["reference"]) == ("9", "8", "A1")


def test_anonymous_test_orders_of_a_till():
    body = make(
        source_name="pos", test=True, email="", customer=None, payment_gateway_names=[]
    )
    order = canonical(body)
    assert order["channel"] == "pos"
    assert order["test"] is True
    assert "customer" not in order
    assert transaction(body).training


@pytest.mark.parametrize(
    ("price", "text"),
    [("10", "10"), (10, "10"), (Decimal("10.50"), "10.50"), (Decimal("1E+1"), "10")],
)
def test_amounts_become_plain_strings(price, text):
    body = make()
    body["line_items"][0]["price"] = price
    assert canonical(body)["lines"][0]["unit_price"] == text


@pytest.mark.parametrize(
    "price", [10.5, True, "10,5", "1e3", " 1", "", None, [], "NaN"]
)
def test_other_amounts_are_refused_with_a_pointer(price):
    body = make()
    body["line_items"][0]["price"] = price
    assert refused_at(body) == "/line_items/0/price"


@pytest.mark.parametrize(
    "name", ["id", "name", "created_at", "currency", "total_tax", "total_price"]
)
def test_needed_fields_are_required(name):
    assert refused_at(make(**{name: None})) == f"/{name}"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"line_items": "x"}, "/line_items"),
        ({"line_items": [1]}, "/line_items"),
        ({"shipping_lines": {}}, "/shipping_lines"),
        ({"created_at": "2026-11-20"}, "/created_at"),
        ({"line_items": [{"id": 1, "price": "1"}]}, "/line_items/0/quantity"),
    ],
)
def test_fields_of_another_kind_are_refused(changes, pointer):
    assert refused_at(make(**changes)) == pointer


@pytest.mark.parametrize("body", [None, [], "x", {"order": []}])
def test_something_else_than_an_order_is_refused(body):
    assert refused_at(body) == ""


def test_a_delivery_is_known_by_its_topic_and_event():
    headers = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Event-Id": "e-1",
        "X-Shopify-Webhook-Id": "w-1",
        "X-Shopify-Shop-Domain": "acme.example",
        "X-Shopify-Triggered-At": "2026-11-20T10:31:02Z",
    }
    delivery = shopify.delivery_of(headers, {})
    assert delivery.canonical_topic == TOPIC
    assert delivery.event_id == "orders/create:e-1"
    assert delivery.shop == "acme.example"
    newer = {name.removeprefix("X-").lower(): value for name, value in headers.items()}
    assert shopify.delivery_of(newer, {}) == delivery


def test_order_is_known_by_its_own_id_else_by_that_of_the_event():
    topic = {"x-shopify-topic": "orders/create"}
    webhook = {**topic, "x-shopify-webhook-id": "w-1"}
    assert shopify.delivery_of(webhook, {}).event_id == "orders/create:w-1"
    assert shopify.delivery_of(webhook, ORDER).event_id == "orders/create:5726128734520"
    with pytest.raises(PayloadInvalid, match="no event id"):
        shopify.delivery_of(topic, {})


@pytest.mark.parametrize("headers", [{}, {"x-shopify-topic": "carts/update"}])
def test_topics_without_translation_are_refused(headers):
    with pytest.raises(UnknownTopic, match="not translated"):
        shopify.delivery_of(headers, ORDER)
