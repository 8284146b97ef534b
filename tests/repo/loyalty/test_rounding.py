"""The one rounding rule."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools import rounding

SHARES = st.lists(
    st.fractions(min_value=0, max_value=10**6, max_denominator=999), max_size=12
)


def test_points_are_rounded_down_and_costs_up():
    assert rounding.whole(Decimal("10.99")) == 10
    assert rounding.whole_up(Decimal("10.01")) == 11
    assert rounding.whole(Fraction(30, 10)) == rounding.whole_up(3) == 3


def test_floats_are_refused_because_their_meaning_is_lost():
    with pytest.raises(TypeError, match="float"):
        rounding.exact(0.1 + 0.2)


def test_spread_gives_the_unit_to_the_largest_remainder_and_first_of_equals():
    thirds = [Fraction(10, 3)] * 3
    assert rounding.spread(10, thirds) == [4, 3, 3]
    assert rounding.spread(2, [Decimal("0.4"), Decimal("0.9"), Decimal("0.7")]) == [
        *(0, 1, 1)
    ]


@given(SHARES)
def test_spread_sums_to_the_total_and_stays_next_to_each_share(shares):
    total = rounding.whole(sum(shares))
    parts = rounding.spread(total, shares)
    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))


@given(st.integers(0, 10**9), SHARES.filter(bool))
def test_spread_by_weights_sums_to_the_total(total, weights):
    assert sum(rounding.spread_by(total, weights)) == total


@pytest.mark.parametrize(
    ("total", "shares"), [(1, []), (5, [Fraction(3)]), (0, [Fraction(-1, 2)])]
)
def test_a_total_that_is_not_the_shares_sum_is_refused(total, shares):
    with pytest.raises(ValueError, match="share"):
        rounding.spread(total, shares)


def test_weights_must_exist_and_not_be_negative():
    assert rounding.spread_by(0, []) == []
    with pytest.raises(ValueError, match="nothing"):
        rounding.spread_by(1, [])
    with pytest.raises(ValueError, match="negative"):
        rounding.spread_by(1, [2, -1])


@given(st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_whatever_the_steps_they_sum_to_the_whole(total, steps):
    of, done, parts = sum(steps), 0, []
    for step in steps:
        before = rounding.part_of(total, done, of)
        done += step
        parts.append(rounding.part_of(total, done, of) - before)
    assert sum(parts) == total
    assert min(parts) >= 0


@pytest.mark.parametrize(("done", "of"), [(-1, 2), (3, 2), (1, 0)])
def test_more_than_everything_cannot_be_done(done, of):
    with pytest.raises(ValueError, match="cannot share"):
        rounding.part_of(10, done, of)


def test_amounts_and_units_are_the_same_thing():
    assert rounding.to_units(Decimal("12.5"), 2) == 1250
    assert rounding.to_units(Decimal("-0.01"), 2) == -1
    assert str(rounding.from_units(-1, 2)) == "-0.01"
    assert str(rounding.from_units(1250, 0)) == "1250"
    assert str(rounding.floor_amount(Fraction(2, 3), 2)) == "0.66"
    with pytest.raises(ValueError, match="decimals"):
        rounding.to_units(Decimal("0.001"), 2)
