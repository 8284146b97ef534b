"""Tiers: up at once, down with grace."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.tiers import (
    Qualifying,
    Tier,
    TierAssessment,
    TierPolicy,
    TierState,
    assess,
)

TIERS = (
    Tier("blue", "Blue", Decimal(0)),
    Tier("silver", "Silver", Decimal(500)),
    Tier("gold", "Gold", Decimal(1500)),
)
JOINED = date(2024, 2, 29)
BLUE = TierState("blue", JOINED)
ROLLING = TierPolicy(TIERS)
CALENDAR = TierPolicy(TIERS, window="calendar_year")


def spent(*pairs: tuple[date, int]) -> list[Qualifying]:
    return [Qualifying(day, Decimal(value)) for day, value in pairs]


def look(
    policy: TierPolicy, state: TierState, today: date, *pairs: tuple[date, int]
) -> TierAssessment:
    return assess(policy, state, spent(*pairs), JOINED, today)


def test_silver_is_reached_at_once_and_the_next_step_is_told():
    today = date(2026, 11, 27)
    done = look(ROLLING, BLUE, today, (date(2026, 3, 1), 400), (today, 120))
    assert (done.state.tier, done.change) == ("silver", "up")
    assert done.state.valid_until == date(2027, 11, 27)
    assert (done.next_tier, done.missing) == ("gold", 980)


def test_a_big_purchase_jumps_over_a_tier():
    today = date(2026, 11, 27)
    done = look(ROLLING, BLUE, today, (today, 2000))
    assert (done.state.tier, done.next_tier, done.missing) == ("gold", None, 0)


def test_what_is_older_than_the_window_does_not_count():
    today = date(2026, 11, 27)
    old, just = date(2025, 11, 27), date(2025, 11, 28)
    assert look(ROLLING, BLUE, today, (old, 900)).value == 0
    assert look(ROLLING, BLUE, today, (just, 900)).change == "up"


def test_a_return_counts_against_the_day_of_its_sale():
    """C26, not: a return leaves the tier as it was."""
    today, sale = date(2026, 11, 27), date(2026, 11, 1)
    done = look(ROLLING, BLUE, today, (sale, 600), (sale, -200))
    assert (done.state.tier, done.missing) == ("blue", 100)


def test_gold_of_this_year_holds_through_the_next_calendar_year():
    done = look(CALENDAR, BLUE, date(2026, 11, 27), (date(2026, 2, 1), 1500))
    assert done.state.valid_until == date(2027, 12, 31)
    assert done.falls_on == date(2028, 1, 1)
    kept = look(CALENDAR, done.state, date(2027, 6, 1))
    assert (kept.state, kept.change, kept.keep_missing) == (done.state, "", 1500)


def test_reaching_it_again_carries_it_on_once():
    gold = TierState("gold", date(2026, 2, 1), date(2027, 12, 31))
    again = (date(2027, 5, 1), 1500)
    done = look(CALENDAR, gold, date(2027, 5, 1), again)
    assert (done.change, done.state.valid_until) == ("renewed", date(2028, 12, 31))
    assert done.state.since == gold.since
    assert look(CALENDAR, done.state, date(2027, 5, 2), again).change == ""


def test_rolling_tier_is_not_rewritten_every_day():
    today = date(2026, 11, 27)
    state = look(ROLLING, BLUE, today, (today, 600)).state
    for days in range(1, 30):
        later = look(ROLLING, state, today + timedelta(days=days), (today, 600))
        assert (later.state, later.change) == (state, "")
    renewed = look(ROLLING, state, date(2027, 11, 28), (date(2027, 9, 1), 600))
    assert (renewed.change, renewed.state.valid_until) == (
        "renewed",
        date(2028, 11, 28),
    )


@pytest.mark.parametrize(
    ("downgrade", "tier"), [("one_step", "silver"), ("to_qualified", "blue")]
)
def test_gold_falls_after_grace_and_as_far_as_the_program_says(downgrade, tier):
    policy = TierPolicy(TIERS, downgrade=downgrade, grace_days=14)
    gold = TierState("gold", date(2025, 6, 30), date(2026, 6, 30))
    assert look(policy, gold, date(2026, 6, 30)).change == ""
    assert look(policy, gold, date(2026, 7, 1)).change == "grace"
    assert look(policy, gold, date(2026, 7, 14)).state == gold
    done = look(policy, gold, date(2026, 7, 15))
    assert (done.state.tier, done.change) == (tier, "down")
    assert look(policy, gold, date(2026, 7, 1)).falls_on == date(2026, 7, 15)


def test_a_program_may_never_take_a_tier():
    policy = TierPolicy(TIERS, downgrade="never")
    gold = TierState("gold", date(2020, 1, 1), date(2021, 1, 1))
    done = look(policy, gold, date(2026, 1, 1))
    assert (done.state, done.falls_on) == (gold, None)


def test_lifetime_tiers_count_everything_and_last():
    policy = TierPolicy(TIERS, window="lifetime")
    done = look(policy, BLUE, date(2026, 1, 1), (JOINED, 300), (date(2025, 1, 1), 300))
    assert (done.state.tier, done.state.valid_until) == ("silver", None)


def test_membership_year_begins_on_the_day_of_joining():
    policy = TierPolicy(TIERS, window="membership_year")
    assert policy.window_start(JOINED, date(2026, 2, 27)) == date(2025, 2, 28)
    assert policy.window_start(JOINED, date(2026, 2, 28)) == date(2026, 2, 28)
    assert policy.valid_until(JOINED, date(2026, 3, 1)) == date(2028, 2, 28)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: TierPolicy(()),
        lambda: TierPolicy(TIERS[1:]),
        lambda: TierPolicy((TIERS[0], TIERS[2], TIERS[1])),
        lambda: TierPolicy((TIERS[0], Tier("blue", "Blue", Decimal(5)))),
        lambda: TierPolicy(TIERS, window="weekly"),
        lambda: TierPolicy(TIERS, downgrade="maybe"),
        lambda: TierPolicy(TIERS, months=0),
        lambda: look(ROLLING, TierState("platinum", JOINED), JOINED),
    ],
)
def test_policies_that_make_no_sense_are_refused(mistake):
    with pytest.raises(ValueError, match="."):
        mistake()


@given(
    st.builds(
        TierPolicy,
        st.just(TIERS),
        window=st.sampled_from(["rolling", "calendar_year", "membership_year"]),
        months=st.integers(1, 24),
        downgrade=st.sampled_from(["one_step", "to_qualified", "never"]),
        grace_days=st.integers(0, 60),
    ),
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), max_size=12),
)
def test_day_by_day_a_member_has_what_was_earned_and_loses_nothing_early(policy, drawn):
    begin = date(2025, 1, 1)
    activity = [
        Qualifying(begin + timedelta(days=days), Decimal(value))
        for days, value in drawn
    ]
    state = TierState("blue", begin)
    for n in range(0, 1000, 13):
        today = begin + timedelta(days=n)
        done = assess(policy, state, activity, begin, today)
        assert policy.rank(done.state.tier) >= policy.qualified(done.value)
        assert assess(policy, done.state, activity, begin, today).state == done.state
        if done.change == "down":
            assert today >= state.valid_until + timedelta(days=policy.grace_days + 1)
        elif done.change != "up":
            assert done.state.tier == state.tier
        state = done.state
