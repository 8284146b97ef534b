"""What periods book: differences of running sums, to the unit in both currencies."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.finance import (
    Booked,
    Figures,
    Sums,
    book_line,
    entry_items,
)
from retail_loyalty_connector.tools.liability import Estimate

ESTIMATE = Estimate(1, date(2026, 1, 1), Decimal("0.9"))
RATES = st.decimals(Decimal("0.001"), Decimal(200), places=4)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 900),
        st.integers(0, 900),
        st.integers(0, 300),
        st.decimals(0, 500, places=6),
        RATES,
    ),
    min_size=1,
    max_size=8,
)


def book(sums: Sums, booked: Booked, rate: Decimal = Decimal(1)):
    return book_line("2026", "EUR", (2, 0), sums, booked, ESTIMATE, rate)


@given(STEPS)
def test_whatever_the_periods_and_rates_nothing_is_left_when_no_point_is(steps):
    sums, booked, total = Sums(), Booked(), [Decimal(0)] * 2
    for issued, used, lapsed, price, rate in steps:
        sums = sums.plus(Sums(issued, allocated=price))
        left = sums.issued - sums.redeemed - sums.lapsed
        used = min(used, left)
        sums = sums.plus(Sums(0, used, min(lapsed, left - used)))
        line = book(sums, booked, rate)
        booked = line.booked
        for index, figures in enumerate((line.amounts, line.books)):
            closing = figures.opening + figures.added
            closing -= figures.redeemed + figures.breakage
            assert closing == figures.closing
            total[index] += figures.added - figures.redeemed - figures.breakage
    assert total == [line.amounts.closing, line.books.closing]
    left = sums.issued - sums.redeemed - sums.lapsed
    line = book(sums.plus(Sums(0, 0, left)), booked)
    assert (line.amounts.closing, line.books.closing) == (0, 0)


def test_small_prices_are_rounded_together():
    sums = Sums()
    for _sale in range(1000):
        sums = sums.plus(Sums(1, allocated=Decimal("0.004")))
    assert book(sums, Booked()).amounts.closing == Decimal("4.00")


def test_what_stood_in_for_points_that_came_back_is_counted_once():
    assert Sums(100, -20, 30, Decimal(5)).settled() == Sums(100, 0, 10, Decimal(5))
    assert Sums(100, 40, 0, Decimal("-1E-18")).settled().allocated == 0


@given(st.lists(st.tuples(*[st.decimals(-999, 999, places=2)] * 6), max_size=5))
def test_journal_entries_balance_in_both_currencies(rows):
    pairs = [
        (Figures(0, *row[:3], 0), Figures(0, *row[3:], 0))  # type: ignore[arg-type]
        for row in rows
    ]
    items = entry_items(pairs)
    assert sum(item.amount for item in items) == 0
    assert sum(item.balance for item in items) == 0
    owed = -sum(item.balance for item in items if item.account == "liability")
    assert owed == sum(row[3] - row[4] - row[5] for row in rows)


def test_rates_that_move_later_move_no_liability():
    first = book(Sums(100, allocated=Decimal("10.00")), Booked(), Decimal(100))
    assert first.books.closing == 1000
    later = book(Sums(100, allocated=Decimal("10.00")), first.booked, Decimal(250))
    assert (later.books.added, later.books.closing) == (0, 1000)
    gone = book(Sums(), later.booked, Decimal(250))
    # Taken back at another rate than received: the difference is recognised, not kept.
    assert (gone.books.added, gone.books.closing) == (-2500, 0)
