"""Points for a sale, as a marketing person would check them by hand."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from baskets import (
    item,
    make_basket,
    make_member,
    make_program,
    points_of,
    rule,
    times,
    why_of,
)

from retail_loyalty_connector.tools.earning_rules import (
    Cap,
    Conditions,
    EarningTerms,
    LineFilter,
    Window,
)
from retail_loyalty_connector.tools.quote import quote

MUGS = item("MUG", "45.90", 3, categories=frozenset({"kitchen"}))
COFFEE = item("COFFEE", "12.95", categories=frozenset({"food", "coffee"}))
CARD = item("CARD", "50.00", kind="gift_card")
SHIPPING = item("SHIP", "4.90", kind="shipping")


def test_one_point_per_euro_is_rounded_once_per_sale_not_per_line():
    cheap = [item(f"PEN-{n}", "0.60") for n in range(5)]
    assert points_of(make_program(), make_basket(*cheap)) == 3


def test_gift_cards_and_shipping_earn_only_where_a_rule_says_so():
    basket = make_basket(MUGS, CARD, SHIPPING)
    assert points_of(make_program(), basket) == 45
    every = LineFilter(kinds=frozenset({"item", "gift_card", "shipping"}))
    assert points_of(make_program(rule(lines=every)), basket) == 100


def test_tax_counts_or_not():
    line = item("MUG", "121.00", amount_tax=Decimal("21.00"))
    assert points_of(make_program(), make_basket(line)) == 121
    assert points_of(make_program(rule(with_tax=False)), make_basket(line)) == 100


def test_complaint_19_a_reward_line_earns_no_points():
    free = item("GIFT", "10.00", is_reward=True)
    assert points_of(make_program(), make_basket(free)) == 0
    assert points_of(make_program(), make_basket(MUGS, free)) == 45


def test_what_is_paid_with_points_earns_nothing_unless_the_rule_says_so():
    basket = make_basket(item("TV", "300.00"), tenders={"points": "100", "card": "200"})
    assert points_of(make_program(), basket) == 200
    counting = rule(excluded_tenders=frozenset())
    assert points_of(make_program(counting), basket) == 300


def test_points_pay_goods_first_a_gift_card_is_paid_with_money():
    both = rule(lines=LineFilter(kinds=frozenset({"item", "gift_card"})))
    basket = make_basket(item("TV", "100"), CARD, tenders={"points": "100"})
    assert points_of(make_program(both), basket) == 50


def test_staff_vouchers_may_be_excluded_too():
    terms = rule(excluded_tenders=frozenset({"points", "staff_credit"}))
    basket = make_basket(item("TV", "200"), tenders={"staff_credit": "50"})
    assert points_of(make_program(terms), basket) == 150


def test_sale_items_may_be_excluded():
    reduced = item("OLD", "80.00", amount_discount=Decimal("20.00"))
    full_price = rule(lines=LineFilter(discounted=False))
    assert points_of(make_program(full_price), make_basket(MUGS, reduced)) == 45


def test_points_per_visit_per_piece_and_per_category_add_up():
    program = make_program(
        rule(),
        rule("visit", 5, basis="visit"),
        rule(
            "coffee", 10, basis="quantity",
            lines=LineFilter(categories=frozenset({"coffee"})),
        ),
    )  # fmt: skip
    answer = quote(program, make_basket(MUGS, COFFEE), make_member())
    assert answer.earned.points() == 58 + 5 + 10
    by_rule = {part.source: part.why.sentence for part in answer.earned.parts}
    assert by_rule["visit"] == "5 points for the visit"
    assert by_rule["coffee"] == "10 points per 1 pieces, on 1 pieces"
    assert by_rule["base"] == "1 points per 1 EUR, on 12.95 EUR"


def test_only_full_steps_count_over_the_whole_sale():
    stamps = rule("stamp", 1, step=Decimal(10), whole_steps=True)
    basket = make_basket(item("A", "9.99"), item("B", "9.99"), item("C", "5.00"))
    answer = quote(make_program(stamps), basket, make_member())
    assert answer.earned.points() == 2
    assert "per full 10 EUR, on 24.98 EUR" in answer.earned.parts[0].why.sentence
    pairs = rule("pair", 3, basis="quantity", step=Decimal(2), whole_steps=True)
    assert points_of(make_program(pairs), make_basket(item("SOCK", "9", 5))) == 6


def test_a_line_earns_by_the_first_rule_of_a_group():
    program = make_program(
        rule("food", 5, group="base", lines=LineFilter(categories=frozenset({"food"}))),
        rule("base", 1, group="base"),
    )
    answer = quote(program, make_basket(MUGS, COFFEE), make_member())
    assert {part.line: part.rule for part in answer.earned.parts} == {
        "COFFEE": "food",
        "MUG": "base",
    }
    assert answer.earned.points() == int(Decimal("12.95") * 5 + Decimal("45.90"))


def test_a_deposit_that_comes_back_lowers_what_counts():
    crate = item("CRATE", "-10.00", -1)
    assert points_of(make_program(), make_basket(MUGS, crate)) == 35
    assert points_of(make_program(), make_basket(crate, item("MUG", "5"))) == 0


@pytest.mark.parametrize(
    ("combination", "points"), [("multiply", 300), ("add", 250), ("best", 200)]
)
def test_tier_and_campaign_work_together_as_the_program_says(combination, points):
    gold = times("1.5", "gold", conditions=Conditions(tiers=frozenset({"gold"})))
    weekend = times(
        "2", "weekend", conditions=Conditions(window=Window(weekdays=frozenset({4, 5})))
    )
    program = make_program(rule(), gold, weekend, combination=combination)
    basket = make_basket(item("TV", "100.00"))
    assert points_of(program, basket, make_member(tier="gold")) == points
    assert points_of(program, basket, make_member(tier="silver")) == 200


def test_multiplier_says_what_it_did():
    answer = quote(
        make_program(rule(), times("1.5")), make_basket(COFFEE), make_member()
    )
    sentences = [(part.points, part.why.sentence) for part in answer.earned.parts]
    assert sentences == [
        (13, "1 points per 1 EUR, on 12.95 EUR"),
        (6, "times 1.5 on 12.95 points"),
    ]
    assert answer.earned.points() == 19  # 19.425, rounded once


def test_multiplier_of_one_category_and_one_rule():
    kitchen = LineFilter(categories=frozenset({"kitchen"}))
    program = make_program(
        rule(),
        rule("visit", 5, basis="visit"),
        times("3", lines=kitchen, rules=frozenset({"base"})),
    )
    basket = make_basket(item("MUG", "10", categories=kitchen.categories), COFFEE)
    assert points_of(program, basket) == int(10 * 3 + Decimal("12.95") + 5)


def test_campaign_starts_and_ends_with_the_day_of_the_store():
    window = Window(date(2026, 11, 27), date(2026, 11, 29))
    program = make_program(rule(conditions=Conditions(window=window)))
    for at, points in (
        (datetime(2026, 11, 26, 23, 59), 0),
        (datetime(2026, 11, 27), 45),
        (datetime(2026, 11, 29, 23, 59, 59), 45),
        (datetime(2026, 11, 30), 0),
    ):
        assert points_of(program, make_basket(MUGS, local_at=at)) == points


def test_night_shopping_belongs_to_the_evening_it_began():
    friday_night = Window(
        weekdays=frozenset({4}), from_time=time(22), to_time=time(2)
    )  # fmt: skip
    assert friday_night.holds(datetime(2026, 11, 27, 22, 0))
    assert friday_night.holds(datetime(2026, 11, 28, 1, 59))
    assert not friday_night.holds(datetime(2026, 11, 28, 2, 0))
    assert not friday_night.holds(datetime(2026, 11, 27, 1, 0))
    assert not friday_night.holds(datetime(2026, 11, 27, 21, 59))
    assert friday_night.text == "Fri, 22:00 – 02:00"


def test_every_condition_says_why_it_was_not_met():
    def only(key: str, **conditions: object):
        return rule(key, conditions=Conditions(**conditions))

    program = make_program(
        only("a", tiers=frozenset({"gold"})),
        only("b", segments=frozenset({"students"})),
        only("c", not_segments=frozenset({"staff"})),
        only("d", channels=frozenset({"web"})),
        only("e", stores=frozenset({"21"})),
        only("f", currency="CHF"),
        only("g", window=Window(to_date=date(2026, 1, 31))),
        rule("h", minimum=Decimal(100)),
        rule("i", lines=LineFilter(products=frozenset({"TEA"}))),
        times("2", "j", lines=LineFilter(products=frozenset({"TEA"}))),
    )
    basket = make_basket(MUGS, channel="pos", store="12")
    answer = quote(program, basket, make_member(segments=frozenset({"staff"})))
    assert answer.earned.points() == 0
    assert why_of(answer) == {
        "a": "only for the tiers gold",
        "b": "only for the segments students",
        "c": "not for the segment staff",
        "d": "not in the channel pos",
        "e": "not in the store 12",
        "f": "only for sales in CHF",
        "g": "not at this time: … – 2026-01-31",
        "h": "from 100 EUR on; 45.9 EUR count",
        "i": "no line of this sale counts",
        "j": "no line of this sale counts",
    }


def test_steps_and_the_reason_count_the_deposit_that_came_back():
    stamps = rule("stamp", 1, step=Decimal(10), whole_steps=True)
    basket = make_basket(item("A", "25.00"), item("CRATE", "-7.00", -1))
    answer = quote(make_program(stamps), basket, make_member())
    assert answer.earned.points() == 1
    assert "on 18 EUR" in answer.earned.parts[0].why.sentence


def test_change_is_no_payment():
    basket = make_basket(item("TV", "45"), tenders={"cash": "50", "points": "-5"})
    assert points_of(make_program(), basket) == 45


def test_wallets_are_counted_and_rounded_apart():
    program = make_program(
        rule("points"), rule("status", 2, wallet="status", step=Decimal("1.00"))
    )
    answer = quote(program, make_basket(COFFEE), make_member())
    assert answer.earned.wallets == {"main": 12, "status": 25}


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: rule(points=-1),
        lambda: rule(basis="weight"),
        lambda: rule(step=Decimal(0)),
        lambda: times("0.5"),
        lambda: Cap("x", 1, "year"),
        lambda: EarningTerms((rule(), rule())),
        lambda: EarningTerms((rule(),), (times("2", rules=frozenset({"gone"})),)),
        lambda: EarningTerms(combination="worst"),
        lambda: make_basket(MUGS, MUGS),
        lambda: make_basket(item("A", "1", kind="tip")),
    ],
)
def test_promises_that_make_no_sense_are_refused(mistake):
    with pytest.raises(ValueError, match="."):
        mistake()
