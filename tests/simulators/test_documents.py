"""Made-up receipts and orders are exact, plausible and the same for the same seed."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal

import pytest

from .catalogue import CATALOGUE, gtin13
from .documents import Discount, Money, price_line, return_line
from .orders import OrderGenerator
from .receipts import Mix, ReceiptGenerator

MONIES = [
    Money("EUR", 2, True),
    Money("USD", 2, False),
    Money("JPY", 0, True),
    Money("KWD", 3, False),
]


def total(values, key="amount") -> Decimal:
    return sum((Decimal(value[key]) for value in values), Decimal(0))


@pytest.mark.parametrize("money", MONIES, ids=lambda money: money.currency)
def test_sums_of_receipts_add_up_to_the_last_unit(money):
    step = Decimal("0.05") if money.currency == "EUR" else None
    mix = Mix(returns=0.15, exchanges=0.1, voids=0.02, no_sales=0.02, training=0.02)
    tills = ReceiptGenerator(money=money, mix=mix, cash_step=step, seed=11)
    kinds = set()
    for receipt in tills.receipts(1500):
        kinds.add(receipt["type"])
        grand = Decimal(receipt["totals"]["grand"])
        assert grand == total(receipt["lines"], "total")
        net = Decimal(receipt["totals"]["subtotal"])
        assert grand == net + Decimal(receipt["totals"]["tax"])
        if receipt["type"] not in ("void", "no_sale"):
            due = grand + Decimal(receipt["rounding"])
            assert total(receipt["tenders"]) == due
        for line in receipt["lines"]:
            check_line(line, money)
    assert kinds == {"sale", "return", "exchange", "void", "no_sale"}


def check_line(line: dict, money: Money) -> None:
    base = money.rounded(Decimal(line["qty"]) * Decimal(line["unit_price"]))
    expected = base - total(line.get("discounts", ()))
    if not money.tax_included:
        expected += total(line["taxes"])
    assert Decimal(line["total"]) == expected
    assert -Decimal(line["total"]).as_tuple().exponent == money.decimals


def test_returns_name_their_sale_and_never_exceed_it():
    sold, returned = {}, defaultdict(Decimal)
    for receipt in ReceiptGenerator(mix=Mix(returns=0.4), seed=2).receipts(1500):
        key = (receipt["store"], receipt["register"], receipt["sequence"])
        for line in receipt["lines"]:
            if Decimal(line["qty"]) > 0:
                sold[(*key, line["n"])] = Decimal(line["qty"])
                continue
            origin = line["original"]
            origin_key = (origin["store"], origin["register"], origin["sequence"])
            returned[(*origin_key, origin["line"])] -= Decimal(line["qty"])
    assert len(returned) > 100
    assert all(qty <= sold[key] for key, qty in returned.items())


def test_partial_returns_sum_to_exactly_what_was_paid():
    item = CATALOGUE[0]
    for money in MONIES:
        off = money.rounded(Decimal("4.97"))
        sold = price_line(item, Decimal(3), money, [Discount("P", off)])
        parts = [return_line(sold, Decimal(1), Decimal(n), money) for n in range(3)]
        assert -sum(part.total for part in parts) == sold.total
        assert -sum(part.tax for part in parts) == sold.tax
        assert -sum(part.discount for part in parts) == sold.discount


def test_sequences_of_a_register_have_no_gap():
    numbers = defaultdict(list)
    for receipt in ReceiptGenerator(first_sequence=40).receipts(300):
        numbers[receipt["store"], receipt["register"]].append(receipt["sequence"])
    assert len(numbers) == 4
    assert all(n == list(range(40, 40 + len(n))) for n in numbers.values())


def test_a_new_business_day_starts_after_closing():
    tills = ReceiptGenerator(stores=["S01"], registers=1)
    days = [receipt["business_date"] for receipt in tills.receipts(900)]
    assert days == sorted(days)
    assert len(set(days)) > 1


@pytest.mark.parametrize("money", MONIES, ids=lambda money: money.currency)
def test_sums_of_orders_add_up_in_both_shapes(money):
    shop = OrderGenerator(money=money, seed=4)
    for _n in range(300):
        made_up = shop.order()
        order = shop.canonical(made_up)["order"]
        for line in order["lines"]:
            check_line(line, money)
        totals = {name: Decimal(text) for name, text in order["totals"].items()}
        assert totals["grand"] == (
            totals["subtotal"] + totals["tax"] + totals["shipping"]
        )
        shopify = shop.shopify(made_up)
        assert Decimal(shopify["total_price"]) == totals["grand"]
        assert Decimal(shopify["total_tax"]) == totals["tax"]


def test_same_seed_same_documents():
    def everything(seed: int) -> str:
        receipts = list(ReceiptGenerator(seed=seed).receipts(50))
        return json.dumps([receipts, list(OrderGenerator(seed=seed).orders(20))])

    assert everything(1) == everything(1)
    assert everything(1) != everything(2)


def test_barcodes_have_their_check_digit():
    # GS1's own example of a check digit: 629104150021 -> 3, here with our prefix.
    assert gtin13(1001) == "2000000010014"
    assert len({item.gtin for item in CATALOGUE}) == len(CATALOGUE)
