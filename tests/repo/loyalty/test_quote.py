"""The dry run: what holds for every sale, program and channel."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from baskets import (
    LINES,
    PRICES,
    basket_of,
    cents,
    item,
    make_basket,
    make_member,
    make_program,
    points_of,
    rule,
    times,
)
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.basket import MemberFacts
from retail_loyalty_connector.tools.earning_rules import Cap, EarningTerms
from retail_loyalty_connector.tools.quote import ProgramTerms, quote

RULES = st.builds(
    rule,
    points=st.integers(0, 50),
    basis=st.sampled_from(["amount", "quantity", "visit"]),
    step=st.decimals("0.01", 20, places=2),
    whole_steps=st.booleans(),
    minimum=st.sampled_from([Decimal(0), Decimal(50)]),
    caps=st.lists(
        st.builds(Cap, st.just("cap"), st.integers(0, 300), st.just("day")), max_size=1
    ).map(tuple),
)
FACTORS = st.decimals(1, 5, places=2).map(str)
PROGRAMS = st.builds(
    lambda rules, factors, combination, cap: make_program(
        *(replace(one, key=f"r{n}") for n, one in enumerate(rules)),
        *(times(factor, f"m{n}") for n, factor in enumerate(factors)),
        combination=combination,
        caps=() if cap is None else (("main", Cap("all", cap)),),
    ),
    st.lists(RULES, min_size=1, max_size=3),
    st.lists(FACTORS, max_size=2),
    st.sampled_from(["multiply", "add", "best"]),
    st.none() | st.integers(0, 1000),
)


@pytest.mark.parametrize("channel", ["pos", "web", "marketplace", "backoffice"])
def test_probe_9_a_tenth_point_per_euro_is_the_same_in_every_channel(channel):
    tenth = make_program(rule(step=Decimal(10)))
    basket = make_basket(item("MUG", "10.06"), channel=channel)
    answer = quote(tenth, basket, make_member())
    assert answer.earned.exact() == Fraction(1006, 1000)
    assert answer.earned.points() == 1


def test_probe_7_a_quote_leaves_no_trace_so_changed_quantities_cannot_add_up():
    program, member = make_program(), make_member(80)
    assert points_of(program, make_basket(item("TV", "40.00")), member) == 40
    assert points_of(program, make_basket(item("TV", "120.00", 3)), member) == 120
    assert points_of(program, make_basket(item("TV", "40.00")), member) == 40
    assert member.available == {"main": 80}


def test_complaint_20_ten_times_a_tenth_is_one_point_not_a_float():
    lines = [item(f"L{n}", "0.10") for n in range(10)]
    points = quote(make_program(), make_basket(*lines), make_member()).earned.points()
    assert (points, type(points)) == (1, int)
    big = make_basket(item("TV", "268.28"))
    assert quote(make_program(), big, make_member()).earned.points() == 268


def test_complaint_25_paying_with_points_lowers_what_the_same_sale_earns():
    basket = make_basket(item("TV", "300.00"))
    answer = quote(make_program(), basket, make_member(10_000), points=10_000)
    assert answer.redemption.amount == Decimal("100.00")
    assert answer.earned.points() == 200


def test_planned_points_and_paid_points_earn_the_same():
    planned = quote(
        make_program(), make_basket(item("TV", "99.60")), make_member(5000), 3737
    )
    recorded = make_basket(
        item("TV", "99.60"), tenders={"points": "37.37", "card": "62.23"}
    )
    posted = quote(make_program(), recorded, make_member())
    assert posted.earned == planned.earned


def test_refused_points_change_nothing_and_say_why():
    answer = quote(make_program(), make_basket(item("TV", "99")), make_member(5), 100)
    assert answer.redemption.why.sentence == "only 5 points are available"
    assert answer.earned.points() == 99


def test_points_without_value_in_a_currency_are_earned_but_do_not_pay():
    basket = make_basket(item("TV", "99"), currency="CHF")
    answer = quote(make_program(), basket, make_member(5000), 100)
    assert answer.earned.points() == 99
    assert answer.redemption.why.sentence == "points are no means of payment in CHF"
    assert answer.redeemable.points_max == 0


def test_somebody_who_is_no_member_yet_sees_what_joining_would_bring():
    answer = quote(make_program(), make_basket(item("TV", "99")), MemberFacts())
    assert answer.earned.points() == 99
    assert answer.redeemable.why.code == "too_few_points"


def test_two_values_in_one_currency_are_refused():
    with pytest.raises(ValueError, match="two values"):
        ProgramTerms(EarningTerms(), (cents(), cents(step=10)))


@given(PROGRAMS, LINES)
def test_parts_sum_to_the_total_and_each_is_next_to_its_share(program, drawn):
    earned = quote(program, basket_of(drawn), make_member()).earned
    total = earned.points()
    assert 0 <= earned.exact() - total < 1
    assert sum(earned.wallets.values()) == total
    assert all(abs(part.points - part.exact) < 2 for part in earned.parts)
    assert all(one.why.sentence for one in (*earned.parts, *earned.skipped))
    assert all(one.why.sentence for one in earned.cuts)
    for source in {part.source for part in earned.parts}:
        mine = [part for part in earned.parts if part.source == source]
        points, share = sum(p.points for p in mine), sum(p.exact for p in mine)
        assert abs(points - share) < 1


@given(PROGRAMS, LINES)
def test_no_line_is_far_from_what_it_earned_exactly(program, drawn):
    earned = quote(program, basket_of(drawn), make_member()).earned
    for line in {part.line for part in earned.parts}:
        assert abs(earned.points("main", line) - earned.exact("main", line)) < 2


@given(PROGRAMS, LINES, st.integers(0, 400))
def test_caps_are_never_exceeded(program, drawn, used):
    member = make_member(used={"cap": used})
    earned = quote(program, basket_of(drawn), member).earned
    for _wallet, cap in program.earning.caps:
        assert earned.points() <= cap.points
    for one in program.earning.rules:
        mine = sum(part.points for part in earned.parts if part.source == one.key)
        assert all(mine <= cap.left(member) for cap in one.caps)


@given(PROGRAMS, LINES, PRICES)
def test_a_higher_price_never_earns_less(program, drawn, more):
    (amount, qty), *others = drawn
    dearer = [(amount + more, qty), *others]
    before = points_of(program, basket_of(drawn))
    assert points_of(program, basket_of(dearer)) >= before


@given(PROGRAMS, LINES, LINES)
def test_one_more_line_never_earns_less(program, drawn, more):
    before = points_of(program, basket_of(drawn))
    assert points_of(program, basket_of([*drawn, *more])) >= before


@given(LINES, LINES, st.integers(1, 7))
def test_cutting_a_purchase_in_two_never_earns_more(first, second, step):
    program = make_program(rule(step=Decimal(step)))
    apart = points_of(program, basket_of(first)) + points_of(program, basket_of(second))
    together = points_of(program, basket_of([*first, *second]))
    assert apart <= together <= apart + 1


@given(LINES, st.integers(0, 500_000))
def test_paying_with_more_points_never_earns_more(drawn, points):
    program, basket, rich = make_program(), basket_of(drawn), make_member(10**6)
    answer = quote(program, basket, rich, points)
    assert answer.earned.points() <= points_of(program, basket)
    if answer.redemption and answer.redemption.points:
        money = basket.amount - answer.redemption.amount
        assert answer.earned.points() == int(money)


@given(PROGRAMS, LINES, st.randoms())
def test_the_order_of_lines_does_not_change_the_total(program, drawn, random):
    shuffled = list(drawn)
    random.shuffle(shuffled)
    assert points_of(program, basket_of(drawn)) == points_of(
        program, basket_of(shuffled)
    )
