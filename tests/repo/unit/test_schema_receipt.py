"""``retail.pos.receipt.v1``: the contract and its transaction."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from pure_factories import line, make_receipt

from retail_integration_base.schemas import registry
from retail_integration_base.tools.errors import PayloadInvalid

RECEIPT = "retail.pos.receipt.v1"


def transaction(data):
    return registry.validate(RECEIPT, data).to_transaction()


def pointers(data):
    with pytest.raises(PayloadInvalid) as caught:
        registry.validate(RECEIPT, data)
    return [found["pointer"] for found in caught.value.errors]


def test_a_receipt_becomes_a_transaction():
    document = transaction(make_receipt(lines=2))
    assert document.kind == "sale"
    assert document.channel == "pos"
    assert (document.store_code, document.register, document.sequence) == (
        "12",
        "3",
        160,
    )
    assert document.ref == "12/3/160"
    assert document.natural_key == ("pos", "12", "3", "2026-11-20", "160")
    assert document.business_date == date(2026, 11, 20)
    assert document.occurred_at == datetime(
        2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc
    )
    assert document.occurred_at.tzinfo is timezone.utc
    assert document.customer.loyalty_id == "L-1"
    assert document.paid_in_full
    first = document.lines[0]
    assert (first.qty, first.unit_price, first.total) == (2, 10, Decimal("22.99"))
    assert first.discount_amount == 1
    assert first.tax_amount == Decimal("3.99")
    assert first.net_amount == 19
    assert first.taxes[0].rate == Decimal("0.21")
    assert document.tenders[0].auth == "A1"


def test_receipts_of_one_register_share_a_key():
    document = registry.validate(RECEIPT, make_receipt())
    assert document.partition_key() == "receipt:12/3"


def test_a_return_names_its_original():
    original = {"store": "12", "register": "1", "sequence": 88, "line": 2}
    promotion = {"id": "P7", "version": 3}
    lines = [line(qty="-2", original=original, promotion=promotion)]
    document = transaction(make_receipt(type="return", lines=1) | {"lines": lines})
    returned = document.lines[0]
    assert returned.original.store == "12"
    assert returned.original.register == "1"
    assert (returned.original.sequence, returned.original.line) == (88, 2)
    assert (returned.promotion_id, returned.promotion_version) == ("P7", 3)


def test_a_receipt_may_be_anonymous_and_bare():
    data = make_receipt(type="no_sale", totals={"grand": "0.00"})
    for name in ("customer", "operator", "started_at", "lines", "tenders", "rounding"):
        del data[name]
    document = transaction(data)
    assert document.lines == []
    assert document.customer.email is None
    assert document.rounding == 0
    assert not document.paid_in_full


@pytest.mark.parametrize(("changes", "due"), [({"type": "void"}, False), ({}, True)])
def test_voided_and_suspended_receipts_need_no_payment(changes, due):
    assert transaction(make_receipt(**changes)).paid_in_full is due
    assert not transaction(make_receipt(**changes, suspended=True)).paid_in_full


def test_unknown_fields_are_tolerated_at_every_depth():
    data = make_receipt(lines=1, newer={"a": 1})
    data["lines"][0]["newer"] = 1
    data["totals"]["newer"] = "x"
    transaction(data)


@pytest.mark.parametrize(
    "name",
    ["store", "register", "sequence", "business_date", "type", "currency", "ended_at"],
)
def test_key_fields_of_a_receipt_are_required(name):
    data = make_receipt()
    del data[name]
    assert pointers(data) == [f"/data/{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("store", bad) for bad in ("", "a/b", "a b", 12, "x" * 65, "-a", None)),
        *(("register", bad) for bad in ("", 3, "a/b")),
        *(("sequence", bad) for bad in (-1, "160", 1.0, True, 10**17, None)),
        *(("business_date", bad) for bad in ("20261120", "2026-02-30", 20261120)),
        *(("business_date", bad) for bad in ("2026-11-20T00:00:00Z", None)),
        *(("type", bad) for bad in ("refund", "SALE", 1)),
        *(("currency", bad) for bad in ("eur", "EURO", "€", 978)),
        *(("offline", bad) for bad in ("true", 1, None)),
        *(("ended_at", bad) for bad in ("2026-11-20 10:31:02Z", 1795170662, "")),
        *(("rounding", bad) for bad in (0, 0.02, "0,02", "1e2", "NaN", None)),
        *(("lines", bad) for bad in ({}, None, "x")),
        ("customer", "ada"),
    ],
)
def test_known_fields_of_a_receipt_are_strict(name, value):
    assert pointers(make_receipt() | {name: value}) == [f"/data/{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("qty", bad) for bad in (2, 2.0, "2,0", "", " 2", "+2", "2e0", "٢", "0x2")),
        *(
            ("unit_price", bad)
            for bad in (10, "10.0000001", "1" * 14, "10.", "-", None)
        ),
        *(("total", bad) for bad in (22.99, "22.99\n", "Infinity", True)),
        *(("n", bad) for bad in (0, "1", 1.0)),
        *(("gtin", bad) for bad in ("123", "54101310170A3", 5410013101703)),
        *(("sku", bad) for bad in ("", "a\x00b", "x" * 129, 5)),
        ("kind", "service"),
    ],
)
def test_known_fields_of_a_line_are_strict(name, value):
    data = make_receipt(lines=2)
    data["lines"][1][name] = value
    assert pointers(data) == [f"/data/lines/1/{name}"]


def test_line_numbers_are_unique():
    data = make_receipt(lines=2)
    data["lines"][1]["n"] = 1
    assert pointers(data) == ["/data/lines"]


def test_a_receipt_has_at_most_2000_lines():
    assert pointers(make_receipt(lines=2001)) == ["/data/lines"]
