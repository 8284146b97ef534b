"""Caps and minimums: what a program gives at most, and from when on."""

from __future__ import annotations

from decimal import Decimal

from baskets import (
    item,
    make_basket,
    make_member,
    make_program,
    points_of,
    rule,
    times,
)

from retail_loyalty_connector.tools.earning_rules import Cap, LineFilter
from retail_loyalty_connector.tools.quote import quote

MUGS = item("MUG", "45.90", 3)


def test_caps_cut_a_rule_a_campaign_and_the_whole_order():
    tv = make_basket(item("TV", "999.00"))
    capped = rule(caps=(Cap("base-day", 500, "day"),))
    assert points_of(make_program(capped), tv) == 500
    used = make_member(used={"base-day": 450})
    answer = quote(make_program(capped), tv, used)
    assert answer.earned.points() == 50
    assert answer.earned.cuts[0].why.sentence == (
        "at most 500 points per day; 450 were given before"
    )
    bonus = times("3", caps=(Cap("campaign", 100, "period"),))
    assert points_of(make_program(rule(), bonus), tv) == 1099
    total = (("main", Cap("order", 1000)),)
    answer = quote(make_program(rule(), bonus, caps=total), tv, make_member())
    assert answer.earned.points() == 1000
    assert answer.earned.cuts[-1].why.sentence == "at most 1000 points per order"


def test_a_minimum_is_reached_by_the_cent():
    program = make_program(rule(minimum=Decimal("45.90")))
    assert points_of(program, make_basket(MUGS)) == 45
    assert points_of(program, make_basket(item("MUG", "45.89"))) == 0


def test_a_cap_is_not_passed_by_the_fraction_that_rounding_gives_away():
    capped = rule("capped", caps=(Cap("order", 500),))
    free = rule("free", lines=LineFilter(products=frozenset({"PEN"})))
    basket = make_basket(item("TV", "500.30"), item("PEN", "0.70"))
    earned = quote(make_program(capped, free), basket, make_member()).earned
    by_rule = {part.source: 0 for part in earned.parts}
    for part in earned.parts:
        by_rule[part.source] += part.points
    assert by_rule == {"capped": 500, "free": 0}


def test_no_line_collects_the_units_of_many_rules():
    visits = [rule(f"v{n}", 1, basis="visit") for n in range(6)]
    basket = make_basket(item("A", "51.00"), item("B", "49.00"))
    earned = quote(make_program(*visits), basket, make_member()).earned
    assert [earned.points("main", line) for line in "AB"] == [3, 3]


def test_a_cap_that_is_used_up_gives_nothing_even_if_overdrawn():
    capped = rule(caps=(Cap("base-day", 500, "day"),))
    used = make_member(used={"base-day": 510})
    assert points_of(make_program(capped), make_basket(MUGS), used) == 0
