"""Sums: exact, to the last unit, with words that say which one is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pure_factories import line, make_order, make_receipt

from retail_integration_base.schemas import registry
from retail_integration_base.tools import money, sums
from retail_integration_base.tools.errors import AmountMismatch

RECEIPT = "retail.pos.receipt.v1"
ORDER = "retail.order.placed.v1"
CENT = Decimal("0.01")


def check(data, decimals=2, topic=RECEIPT):
    sums.check_sums(registry.validate(topic, data).to_transaction(), decimals)


def mismatch(data, decimals=2, topic=RECEIPT):
    with pytest.raises(AmountMismatch) as caught:
        check(data, decimals, topic)
    facts = caught.value.context
    assert facts["sum"] in caught.value.message
    return facts["sum"], facts["expected"], facts["found"]


def test_a_sound_receipt_and_order_pass():
    check(make_receipt())
    check(make_order(), topic=ORDER)


@pytest.mark.parametrize("name", ["subtotal", "discount", "tax", "shipping", "grand"])
def test_each_total_is_checked_to_the_cent(name):
    data = make_receipt()
    right = data["totals"][name]
    for off in (CENT, -CENT):
        wrong = money.format_amount(Decimal(right) + off, 2)
        data["totals"][name] = wrong
        assert mismatch(data) == (f"totals.{name}", right, wrong)


@pytest.mark.parametrize("name", ["subtotal", "discount", "tax", "shipping"])
def test_totals_that_are_left_out_are_not_checked(name):
    data = make_receipt()
    del data["totals"][name]
    check(data)


def test_a_line_that_does_not_add_up_is_named():
    data = make_receipt()
    data["lines"][1]["total"] = "23.00"
    assert mismatch(data) == ("line 2 total", "22.99", "23.00")


def test_tenders_pay_the_receipt_exactly():
    data = make_receipt()
    data["tenders"][0]["amount"] = "68.96"
    assert mismatch(data) == ("tenders", "68.97", "68.96")


def test_change_and_cash_rounding_count():
    cash = [{"type": "cash", "amount": "70.00"}, {"type": "cash", "amount": "-1.05"}]
    check(make_receipt(tenders=cash, rounding="-0.02"))
    assert mismatch(make_receipt(tenders=cash)) == ("tenders", "68.97", "68.95")


def test_a_return_has_negative_amounts_throughout():
    returned = line(
        qty="-2",
        discounts=[{"amount": "-1.00"}],
        taxes=[{"amount": "-3.99"}],
        total="-22.99",
    )
    check(
        make_receipt(
            type="return",
            lines=1,
            tenders=[{"type": "card", "amount": "-22.99"}],
            totals={"subtotal": "-19.00", "tax": "-3.99", "grand": "-22.99"},
        )
        | {"lines": [returned]}
    )


def test_an_exchange_nets_out():
    returned = line(
        2,
        qty="-2",
        discounts=[{"amount": "-1.00"}],
        taxes=[{"amount": "-3.99"}],
        total="-22.99",
    )
    data = make_receipt(
        lines=1, type="exchange", tenders=[], totals={"tax": "0.00", "grand": "0.00"}
    )
    data["lines"].append(returned)
    check(data)


@pytest.mark.parametrize("changes", [{"type": "void"}, {"suspended": True}])
def test_unpaid_receipts_need_no_tender_but_right_sums(changes):
    check(make_receipt(**changes, tenders=[]))
    wrong = make_receipt(**changes, tenders=[], totals={"grand": "1.00"})
    assert mismatch(wrong)[0] == "totals.grand"


def test_tax_included_prices_hold_the_tax():
    data = make_receipt(
        lines=1,
        tax_included=True,
        tenders=[{"type": "card", "amount": "19.00"}],
        totals={"subtotal": "15.70", "tax": "3.30", "grand": "19.00"},
    )
    data["lines"] = [line(taxes=[{"amount": "3.30"}], total="19.00")]
    check(data)


@pytest.mark.parametrize(
    ("qty", "price", "decimals", "total"),
    [
        ("0.333", "3.33", 2, "1.11"),
        ("1.5", "0.03", 2, "0.05"),
        ("-1.5", "0.03", 2, "-0.05"),
        ("12.345", "1.899", 2, "23.44"),
        ("3", "99.5", 0, "299"),
        ("1", "1.0005", 3, "1.001"),
    ],
)
def test_weighed_goods_are_rounded_half_up(qty, price, decimals, total):
    goods = line(qty=qty, unit_price=price, discounts=[], taxes=[], total=total)
    data = make_receipt(
        lines=1,
        tenders=[{"type": "card", "amount": total}],
        rounding="0",
        totals={"grand": total},
    ) | {"lines": [goods]}
    check(data, decimals)


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (("totals", "grand"), "68.970001", "totals.grand"),
        (("lines", 0, "total"), "22.990001", "line 1 total"),
        (("lines", 0, "taxes", 0, "amount"), "3.9901", "line 1 tax"),
        (("lines", 0, "discounts", 0, "amount"), "1.001", "line 1 discount"),
        (("tenders", 0, "amount"), "68.971", "tender 1"),
        (("rounding",), "0.001", "rounding"),
    ],
)
def test_amounts_are_no_finer_than_the_currency(path, value, name):
    data = make_receipt()
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    with pytest.raises(AmountMismatch, match="has 2 decimals") as caught:
        check(data)
    assert caught.value.context["sum"] == name


def test_trailing_zeros_are_no_digits():
    check(make_receipt(rounding="0.000000"))


def test_an_order_may_be_paid_later_but_not_twice():
    check(make_order(payments=[]), topic=ORDER)
    paid = {"id": "a", "kind": "sale", "amount": "13.00", "status": "success"}
    check(make_order(payments=[paid]), topic=ORDER)
    twice = [paid, {**paid, "id": "b", "amount": "14.00"}]
    assert mismatch(make_order(payments=twice), topic=ORDER) == (
        "tenders",
        "26.99",
        "27.00",
    )


def test_shipping_has_its_own_sum():
    data = make_order()
    data["order"]["totals"] |= {"shipping": "3.00", "subtotal": "20.00"}
    assert mismatch(data, topic=ORDER) == ("totals.subtotal", "19.00", "20.00")


AMOUNT = st.decimals(0, 9999, places=2)


@given(st.lists(st.tuples(st.integers(1, 20), AMOUNT, AMOUNT), min_size=1, max_size=6))
def test_what_adds_up_passes_and_one_cent_off_never_does(entries):
    lines = []
    for n, (qty, price, tax) in enumerate(entries, start=1):
        total = str(qty * price + tax)
        taxes = [{"amount": str(tax)}]
        lines.append(
            line(
                n,
                qty=str(qty),
                unit_price=str(price),
                discounts=[],
                taxes=taxes,
                total=total,
            )
        )
    grand = sum(Decimal(entry["total"]) for entry in lines)
    data = make_receipt(
        totals={"grand": str(grand)}, tenders=[{"type": "card", "amount": str(grand)}]
    ) | {"lines": lines}
    check(data)
    data["totals"]["grand"] = str(grand + CENT)
    assert mismatch(data)[0] == "totals.grand"


def test_computed_totals_are_what_the_lines_make():
    document = registry.validate(ORDER, make_order()).to_transaction()
    computed = sums.computed_totals(document)
    assert computed == document.totals
