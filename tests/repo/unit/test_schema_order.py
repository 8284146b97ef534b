"""``retail.order.placed.v1``: the contract and its transaction."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pure_factories import make_order, payment

from retail_integration_base.schemas import registry
from retail_integration_base.tools.errors import PayloadInvalid

ORDER = "retail.order.placed.v1"


def transaction(data):
    return registry.validate(ORDER, data).to_transaction()


def pointers(data):
    with pytest.raises(PayloadInvalid) as caught:
        registry.validate(ORDER, data)
    return [found["pointer"] for found in caught.value.errors]


def test_an_order_becomes_a_transaction():
    document = transaction(make_order())
    assert document.kind == "sale"
    assert document.channel == "web"
    assert document.ref == "#1001"
    assert document.external_ref == "5726128734520"
    assert document.natural_key == ("order", "web", "acme-eu", "5726128734520")
    assert document.business_date is None
    assert document.customer.consents == {"email": True}
    assert [(entry.n, entry.kind) for entry in document.lines] == [
        (1, "item"),
        (2, "shipping"),
    ]
    assert document.lines[0].line_id == "li_1"
    assert document.lines[1].total == 4
    assert not document.paid_in_full


def test_everything_about_an_order_shares_a_key():
    document = registry.validate(ORDER, make_order())
    assert document.partition_key() == "order:acme-eu/5726128734520"


def tenders(*payments: dict):
    document = transaction(make_order(payments=list(payments)))
    return [
        (entry.type, str(entry.amount), entry.settled) for entry in document.tenders
    ]


def test_payments_that_count_become_tenders():
    assert tenders() == []
    assert tenders(payment()) == [("card_gateway", "26.99", True)]
    assert tenders(payment(type="gift_card")) == [("gift_card", "26.99", True)]
    assert tenders(payment(gateway="Ünknown!")) == [("online", "26.99", True)]
    assert tenders(payment(status="failure"), payment(status="pending")) == []


def test_an_authorisation_counts_until_it_is_captured_or_voided():
    auth = payment(kind="authorization")
    assert tenders(auth) == [("card_gateway", "26.99", False)]
    capture = payment(id="tx_2", kind="capture", parent="tx_1", amount="20.00")
    assert tenders(auth, capture) == [("card_gateway", "20.00", True)]
    void = payment(id="tx_3", kind="void", parent="tx_1")
    assert tenders(auth, void) == []
    failed = {**capture, "status": "failure"}
    assert tenders(auth, failed) == [("card_gateway", "26.99", False)]


def test_a_refund_is_negative():
    refund = payment(id="tx_2", kind="refund", parent="tx_1", amount="6.99")
    assert [amount for _type, amount, _settled in tenders(payment(), refund)] == [
        "26.99",
        "-6.99",
    ]


def test_shipping_with_tax_included_holds_its_tax():
    charge = {
        "price": "4.00",
        "discounts": [{"amount": "1.00"}],
        "taxes": [{"amount": "0.52"}],
    }
    on_top = transaction(make_order(shipping_lines=[charge])).lines[1]
    within = transaction(make_order(shipping_lines=[charge], tax_included=True)).lines[
        1
    ]
    assert (on_top.total, on_top.net_amount) == (Decimal("3.52"), 3)
    assert (within.total, within.net_amount) == (3, Decimal("2.48"))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": []}, "/data/order/lines"),
        ({"external_id": 5726128734520}, "/data/order/external_id"),
        ({"placed_at": None}, "/data/order/placed_at"),
        ({"totals": {}}, "/data/order/totals/grand"),
        ({"payments": [payment(kind="gift")]}, "/data/order/payments/0/kind"),
        ({"payments": [payment(amount=26.99)]}, "/data/order/payments/0/amount"),
        ({"shipping_lines": [{"price": 4}]}, "/data/order/shipping_lines/0/price"),
        ({"billing": {"country": "Belgium"}}, "/data/order/billing/country"),
        ({"fulfillment_mode": "fly"}, "/data/order/fulfillment_mode"),
    ],
)
def test_known_fields_of_an_order_are_strict(changes, pointer):
    assert pointers(make_order(**changes)) == [pointer]


def test_line_ids_are_unique():
    data = make_order()
    data["order"]["lines"] *= 2
    assert pointers(data) == ["/data/order/lines"]


def test_an_order_is_wrapped():
    assert pointers(make_order()["order"]) == ["/data/order"]
