"""How long points live, and who is warned when."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.dates import add_months, day_after, month_end
from retail_loyalty_connector.tools.expiry import (
    ExpiryPolicy,
    LotLife,
    RestoredLot,
    due_warnings,
    restored,
)

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
POLICIES = st.one_of(
    st.builds(
        ExpiryPolicy,
        st.sampled_from(["after_months", "inactivity"]),
        months=st.integers(1, 48),
        grace_days=st.integers(0, 60),
        to_month_end=st.booleans(),
    ),
    st.builds(
        ExpiryPolicy,
        st.just("year_end"),
        years=st.integers(0, 3),
        grace_days=st.integers(0, 90),
    ),
)
STEPS = (60, 30, 7)


@pytest.mark.parametrize(
    ("policy", "last_day"),
    [
        (ExpiryPolicy(), None),
        (ExpiryPolicy("after_months", months=12), date(2027, 1, 31)),
        (ExpiryPolicy("after_months", months=13), date(2027, 2, 28)),
        (ExpiryPolicy("after_months", months=25), date(2028, 2, 29)),
        (ExpiryPolicy("after_months", months=12, grace_days=14), date(2027, 2, 14)),
        (ExpiryPolicy("year_end"), date(2026, 12, 31)),
        (ExpiryPolicy("year_end", years=1, grace_days=90), date(2028, 3, 30)),
        (ExpiryPolicy("inactivity", months=18), date(2027, 7, 31)),
    ],
)
def test_points_earned_on_31_january_2026_live_as_promised(policy, last_day):
    assert policy.last_day(date(2026, 1, 31)) == last_day


def test_points_may_live_to_the_end_of_the_month():
    policy = ExpiryPolicy("after_months", months=12, to_month_end=True)
    assert policy.last_day(date(2026, 2, 3)) == date(2027, 2, 28)


def test_every_purchase_carries_all_points_on():
    policy = ExpiryPolicy("inactivity", months=18)
    assert policy.last_day(date(2026, 1, 1), date(2026, 11, 27)) == date(2028, 5, 27)
    assert policy.last_day(date(2026, 1, 1), date(2025, 1, 1)) == date(2027, 7, 1)


def test_points_are_usable_through_their_last_day_on_the_stores_clock():
    at = day_after(date(2026, 12, 31), "Europe/Brussels")
    assert at == datetime(2026, 12, 31, 23, 0, tzinfo=timezone.utc)
    summer = day_after(date(2026, 7, 31), "America/New_York")
    assert summer == datetime(2026, 8, 1, 4, 0, tzinfo=timezone.utc)


def test_restored_points_live_as_long_as_before_or_as_the_policy_says():
    today = date(2026, 6, 1)
    lapse, grace = ExpiryPolicy(), ExpiryPolicy(restore_days=30)
    for policy in (lapse, grace):
        assert restored(policy, None, today) == RestoredLot(None)
        assert restored(policy, today, today) == RestoredLot(today)
    over = date(2026, 5, 31)
    assert restored(lapse, over, today).lapsed
    assert restored(grace, over, today) == RestoredLot(date(2026, 7, 1))


def test_warning_names_the_sum_of_all_lots_that_expire_that_day():
    last_day = date(2026, 12, 31)
    lots = [LotLife(300, last_day), LotLife(200, last_day), LotLife(50, None)]
    (warning,) = due_warnings(lots, date(2026, 12, 1), STEPS)
    assert (warning.points, warning.days_left, warning.days_before) == (500, 30, 30)
    assert due_warnings(lots, date(2026, 10, 1), STEPS) == []


def test_after_an_outage_only_what_is_true_today_is_sent():
    lots = [LotLife(300, date(2026, 12, 31))]
    (warning,) = due_warnings(lots, date(2026, 12, 28), STEPS)
    assert (warning.days_left, warning.days_before) == (3, 7)
    again = due_warnings(lots, date(2026, 12, 29), STEPS, {warning.key})
    assert again == []


def test_on_the_last_day_there_is_still_time_for_a_warning():
    today = date(2026, 12, 31)
    (warning,) = due_warnings([LotLife(300, today)], today, STEPS)
    assert (warning.days_left, warning.days_before) == (0, 7)


def test_expired_and_used_lots_warn_nobody():
    today = date(2026, 12, 31)
    lots = [LotLife(300, today - timedelta(days=1)), LotLife(0, today)]
    assert due_warnings(lots, today, STEPS) == []


@pytest.mark.parametrize(
    "mistake",
    [
        {"kind": "sometimes"},
        {"kind": "after_months"},
        {"kind": "inactivity", "months": 0},
        {"kind": "year_end", "years": -1},
        {"restore_days": -1},
    ],
)
def test_policies_that_make_no_sense_are_refused(mistake):
    with pytest.raises(ValueError, match="."):
        ExpiryPolicy(**mistake)


@given(POLICIES, DAYS, DAYS)
def test_points_never_expire_before_they_are_earned_nor_later_ones_first(
    policy, first, second
):
    early, late = sorted([first, second])
    assert policy.last_day(early) >= early
    assert policy.last_day(early) <= policy.last_day(late)
    assert policy.last_day(early, late) >= policy.last_day(early)


@given(DAYS, st.integers(-40, 40), st.integers(0, 40))
def test_months_keep_their_order_and_their_end(day, months, more):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, month_end(moved).day)
    assert add_months(day, months + more) >= moved


@given(
    st.lists(st.builds(LotLife, st.integers(0, 99), st.none() | DAYS), max_size=8),
    DAYS,
)
def test_nobody_is_warned_twice_of_one_step_over_a_quarter(lots, start):
    sent: set[tuple[date, int]] = set()
    for n in range(90):
        for warning in due_warnings(lots, start + timedelta(days=n), STEPS, sent):
            assert warning.key not in sent
            assert 0 <= warning.days_left <= warning.days_before
            sent.add(warning.key)
    per_day = [last_day for last_day, _step in sent]
    assert all(per_day.count(last_day) <= len(STEPS) for last_day in per_day)
