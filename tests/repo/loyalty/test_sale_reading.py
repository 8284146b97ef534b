"""Receipts and orders become baskets: the same goods, the same points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from baskets import make_member, make_program, rule
from pure_factories import line, make_order, make_receipt, order_line

from retail_integration_base.schemas.order_placed import OrderPlaced
from retail_integration_base.schemas.pos_receipt import PosReceipt
from retail_loyalty_connector.tools.earning_rules import LineFilter
from retail_loyalty_connector.tools.quote import quote
from retail_loyalty_connector.tools.sale_reading import (
    Article,
    ReadingContext,
    ReadSale,
    read_sale,
)

BRUSSELS = ReadingContext("Europe/Brussels")
ORIGINAL = {"store": "12", "register": "3", "sequence": 88, "line": 1}


def read_receipt(context: ReadingContext = BRUSSELS, **changes: object) -> ReadSale:
    """Return a receipt, read."""
    data = make_receipt() | changes
    document = PosReceipt.model_validate(data).to_transaction()
    return read_sale(document, context)


def read_order(**changes: object) -> ReadSale:
    """Return an order, read."""
    document = OrderPlaced.model_validate(make_order(**changes)).to_transaction()
    return read_sale(document, BRUSSELS)


def test_probe_9_receipt_and_order_of_one_price_earn_the_same():
    price = {
        "qty": "1",
        "unit_price": "10.06",
        "discounts": [],
        "taxes": [],
        "total": "10.06",
    }
    tenth = make_program(rule(step=Decimal(10)))
    receipt, order = (
        read_receipt(lines=[line(**price)]),
        read_order(lines=[order_line(**price)], shipping_lines=[]),
    )
    answers = [
        quote(tenth, one.basket, make_member()).earned for one in (receipt, order)
    ]
    assert [one.points() for one in answers] == [1, 1]
    assert answers[0].exact() == answers[1].exact()


def test_lines_keep_amounts_tax_discount_and_article():
    mug = Article("42", frozenset({"kitchen", "all"}))
    context = ReadingContext("Europe/Brussels", articles={"MUG-1": mug})
    first, second, _third = read_receipt(context).basket.lines
    assert (first.key, first.qty, first.amount) == ("1", 2, Decimal("22.99"))
    assert (first.amount_tax, first.amount_discount) == (Decimal("3.99"), 1)
    assert (first.product, first.categories) == ("42", mug.categories)
    assert (second.product, second.categories) == ("MUG-2", frozenset())


def test_an_offline_sale_has_the_time_of_its_own_store():
    basket = read_receipt(offline=True).basket
    assert basket.local_at.replace(tzinfo=None) == datetime(2026, 11, 20, 11, 31, 2)
    assert (basket.channel, basket.store) == ("pos", "12")


def test_shipping_of_an_order_is_a_line_of_its_own_kind():
    kinds = [one.kind for one in read_order().basket.lines]
    assert kinds == ["item", "shipping"]
    every = make_program(rule(lines=LineFilter(kinds=frozenset({"item", "shipping"}))))
    assert quote(every, read_order().basket, make_member()).earned.points() == 26


def test_complaint_4_returned_lines_are_no_purchase():
    back = line(1, qty="-2", total="-22.99", original=ORIGINAL)
    for part in ("discounts", "taxes"):
        back[part] = [{**one, "amount": "-" + one["amount"]} for one in back[part]]
    read = read_receipt(type="exchange", lines=[back, line(2)])
    assert [one.key for one in read.basket.lines] == ["2"]
    (goods,) = read.returned
    assert (goods.key, goods.qty, goods.amount) == ("1", 2, Decimal("22.99"))
    assert (goods.original.sequence, goods.original.line) == (88, 1)
    assert quote(make_program(), read.basket, make_member()).earned.points() == 22


def test_goods_back_without_their_sale_are_set_apart():
    back = line(1, qty="-1", discounts=[], taxes=[], total="-10.00")
    deposit = line(2, qty="-1", discounts=[], taxes=[], total="-10.00", kind="fee")
    read = read_receipt(type="sale", lines=[back, deposit, line(3)])
    (goods,) = read.unreferenced
    assert (goods.key, goods.qty, goods.amount) == ("1", 1, 10)
    assert [one.key for one in read.basket.lines] == ["2", "3"]
    assert read.returned == ()


def test_complaint_19_lines_of_a_reward_promotion_are_rewards():
    context = ReadingContext(reward_promotions=frozenset({"FREE-MUG"}))
    free = line(1, promotion={"id": "FREE-MUG", "version": 1})
    read = read_receipt(context, lines=[free, line(2)])
    assert [one.is_reward for one in read.basket.lines] == [True, False]
    assert quote(make_program(), read.basket, make_member()).earned.points() == 22


@pytest.mark.parametrize("changes", [{"type": "void"}, {"training": True}])
def test_voided_and_training_receipts_hold_nothing(changes):
    read = read_receipt(**changes)
    assert (read.basket.lines, read.basket.tenders) == ((), ())
    assert quote(make_program(), read.basket, make_member()).earned.points() == 0
