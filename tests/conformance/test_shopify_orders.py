"""Orders as Shopify's own test fixtures have them, up to the checked transaction."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retail_integration_base.schemas import registry
from retail_integration_base.tools import shopify, strict_json, sums
from retail_integration_base.tools.errors import AmountMismatch, PayloadInvalid

TOPIC = "retail.order.placed.v1"


@pytest.fixture
def order(shared_data):
    raw = (shared_data / "shopify" / "order.json").read_bytes()
    return strict_json.loads(raw, parse_float=Decimal)


def transaction(body):
    data = shopify.order_to_canonical(body, "acme-eu")
    return registry.validate(TOPIC, data).to_transaction()


def test_the_order_is_translated_as_it_is(order):
    document = transaction(order)
    assert document.ref == "#1001"
    assert document.external_ref == "450789469"
    assert document.store_code == "acme-eu"
    assert document.channel == "web"
    assert document.currency == "USD"
    assert document.occurred_at.isoformat() == "2008-01-10T16:00:00+00:00"
    assert document.customer.email == "bob.norman@hostmail.com"
    assert [line.sku for line in document.lines[:3]] == [
        "IPOD2008GREEN",
        "IPOD2008RED",
        "IPOD2008BLACK",
    ]
    assert document.lines[3].kind == "shipping"
    assert [tender.settled for tender in document.tenders] == [False]


def test_taxes_of_the_order_are_split_over_its_lines_exactly(order):
    document = transaction(order)
    taxes = [line.tax_amount for line in document.lines]
    assert sum(taxes) == Decimal("11.94")
    assert taxes == [Decimal("3.98")] * 3 + [0]
    assert {tax.rate for line in document.lines for tax in line.taxes} == {
        Decimal("0.06")
    }


def test_an_order_whose_lines_exceed_its_subtotal_is_refused(order):
    with pytest.raises(AmountMismatch) as caught:
        sums.check_sums(transaction(order), 2)
    assert caught.value.context == {
        "sum": "totals.subtotal",
        "expected": "597.00",
        "found": "398.00",
    }


def test_without_the_surplus_line_the_order_adds_up(order):
    del order["order"]["line_items"][2]
    document = transaction(order)
    sums.check_sums(document, 2)
    assert document.totals.grand == Decimal("409.94")


def test_the_bare_resource_is_the_same_order(order):
    bare = order["order"]
    assert shopify.order_to_canonical(bare, "s") == shopify.order_to_canonical(
        order, "s"
    )


def test_an_order_without_lines_is_refused_with_a_pointer(shared_data):
    raw = (shared_data / "shopify" / "orders.json").read_bytes()
    orders = strict_json.loads(raw, parse_float=Decimal)["orders"]
    with pytest.raises(PayloadInvalid) as caught:
        shopify.order_to_canonical(orders[0], "acme-eu")
    assert caught.value.pointer == "/line_items"


def test_binary_floats_never_get_in(shared_data):
    raw = (shared_data / "shopify" / "order.json").read_bytes()
    with pytest.raises(PayloadInvalid, match="tax_lines/0/rate"):
        shopify.order_to_canonical(strict_json.loads(raw), "acme-eu")
