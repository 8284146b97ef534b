"""Points as deferred revenue: the standard's own example, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.liability import (
    Cohort,
    Estimate,
    allocate,
    estimate_on,
    measure,
    period_end,
    points_price,
    take_back,
)

ESTIMATES = [
    Estimate(1, date(2026, 1, 1), Decimal("0.95")),
    Estimate(2, date(2027, 12, 31), Decimal("0.97")),
]
AMOUNTS = st.decimals(0, 10**6, places=2)


def make_cohort(issued: int, allocated: str, **more: object) -> Cohort:
    return Cohort("2026", "EUR", issued, Decimal(allocated), **more)


def test_example_52_of_ifrs_15_comes_out_to_the_unit():
    price = points_price(10_000, Decimal(1), 1, Decimal("0.95"))
    assert price == 9500
    goods, points = allocate(Decimal(100_000), [Decimal(100_000)], price, decimals=0)
    assert (goods, points) == ([Decimal(91_324)], Decimal(8_676))

    cohort = Cohort("2026", "CU", 10_000, points, redeemed=4_500, decimals=0)
    (first,), _totals = period_end([cohort], ESTIMATES, date(2026, 12, 31))
    assert (first.revenue, first.closing) == (4_110, 4_566)

    later = replace(first.booked, redeemed=8_500)
    (second,), (total,) = period_end([later], ESTIMATES, date(2027, 12, 31))
    assert (second.version, second.expected) == (2, 9_700)
    assert (second.revenue, second.closing) == (3_493, 1_073)
    assert (total.opening, total.closing) == (4_566, 1_073)


def test_price_is_allocated_to_each_article_and_the_points():
    goods, points = allocate(
        Decimal("29.97"), [Decimal("9.99"), Decimal("19.98")], Decimal("0.30")
    )
    assert [str(one) for one in (*goods, points)] == ["9.89", "19.78", "0.30"]


def test_free_goods_carry_nothing_and_nothing_is_refused():
    assert allocate(Decimal("5.00"), [Decimal(0)], Decimal(0))[0] == [Decimal("2.50")]
    with pytest.raises(ValueError, match="nothing"):
        allocate(Decimal(5), [], Decimal(0))


def test_raised_estimate_is_caught_up_with_at_once():
    cohort = make_cohort(1000, "100.00", redeemed=500)
    first = measure(cohort, Estimate(1, date(2026, 1, 1), Decimal("0.5")))
    assert (first.revenue, first.closing) == (Decimal("100.00"), 0)
    second = measure(first.booked, Estimate(2, date(2027, 1, 1), Decimal(1)))
    assert (second.revenue, second.closing) == (Decimal("-50.00"), Decimal("50.00"))


def test_when_no_point_is_outstanding_all_is_revenue():
    cohort = make_cohort(1000, "100.00", redeemed=300, lapsed=700)
    assert measure(cohort, ESTIMATES[0]).closing == 0


def test_lapsed_points_bound_what_can_still_be_expected():
    cohort = make_cohort(1000, "100.00", redeemed=300, lapsed=400)
    assert measure(cohort, ESTIMATES[0]).expected == 600
    assert measure(cohort, ESTIMATES[0]).revenue == Decimal("50.00")


def test_returned_goods_take_their_part_of_the_liability_back():
    cohort = make_cohort(3, "1.00", booked_allocated=Decimal("1.00"))
    for left in ("0.67", "0.34", "0.00"):
        cohort = take_back(cohort, 1)
        assert cohort.allocated == Decimal(left)
    assert measure(cohort, ESTIMATES[0]).added == Decimal("-1.00")
    with pytest.raises(ValueError, match="of 0"):
        take_back(cohort, 1)


def test_the_estimate_of_the_day_holds():
    assert estimate_on(ESTIMATES, date(2027, 12, 30)).version == 1
    assert estimate_on(ESTIMATES, date(2028, 1, 1)).version == 2
    with pytest.raises(ValueError, match="no breakage estimate"):
        estimate_on(ESTIMATES, date(2025, 12, 31))


def test_currencies_are_never_added():
    euro, franc = make_cohort(10, "1.00"), Cohort("x", "CHF", 10, Decimal(5))
    _measured, totals = period_end([euro, franc], ESTIMATES, date(2026, 12, 31))
    assert [(one.currency, one.closing) for one in totals] == [("CHF", 5), ("EUR", 1)]


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Estimate(1, date(2026, 1, 1), Decimal("1.01")),
        lambda: make_cohort(-1, "0"),
        lambda: make_cohort(1, "-1"),
        lambda: make_cohort(5, "1", redeemed=3, lapsed=3),
    ],
)
def test_sums_that_make_no_sense_are_refused(mistake):
    with pytest.raises(ValueError, match="."):
        mistake()


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=6), AMOUNTS)
def test_allocation_sums_to_the_price(price, goods, points):
    amounts, of_points = allocate(price, goods, points)
    assert sum(amounts) + of_points == price
    assert min(*amounts, of_points) >= 0


@given(
    AMOUNTS,
    st.integers(1, 10**6),
    st.lists(
        st.tuples(st.integers(0, 10**5), st.integers(0, 10**5), st.decimals(0, 1)),
        min_size=1,
        max_size=8,
    ),
)
def test_over_any_periods_revenue_and_liability_tie_out(allocated, issued, periods):
    cohort = make_cohort(issued, str(allocated))
    recognised = Decimal(0)
    for redeemed, lapsed, share in periods:
        cohort = replace(
            cohort, redeemed=cohort.redeemed + min(redeemed, cohort.outstanding)
        )
        cohort = replace(cohort, lapsed=cohort.lapsed + min(lapsed, cohort.outstanding))
        done = measure(cohort, Estimate(1, date(2026, 1, 1), share))
        assert done.opening + done.added - done.revenue == done.closing
        assert 0 <= done.closing <= allocated
        recognised += done.revenue
        assert recognised + done.closing == allocated
        cohort = done.booked
        again = measure(cohort, Estimate(1, date(2026, 1, 1), share))
        assert (again.revenue, again.added) == (0, 0)
    rest = replace(cohort, lapsed=cohort.issued - cohort.redeemed)
    assert measure(rest, ESTIMATES[0]).closing == 0
