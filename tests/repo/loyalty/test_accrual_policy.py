"""Ordered, paid, fulfilled, returned: when points are promised, spendable and gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.accrual_policy import (
    AccrualPolicy,
    LineProgress,
    Parcel,
    Position,
    Step,
    position,
    steps,
)
from retail_loyalty_connector.tools.rounding import part_of

NOW = datetime(2026, 11, 27, 12)
WEB = AccrualPolicy("paid", "window_over", window_days=14)
MILESTONES = ("ordered", "paid", "fulfilled", "window_over")


def progress(
    qty: int, *parcels: tuple[int, int], cancelled: int = 0, returned: int = 0
) -> LineProgress:
    """Return a line; parcels as (pieces, days ago)."""
    return LineProgress(
        Decimal(qty),
        Decimal(cancelled),
        tuple(Parcel(Decimal(n), NOW - timedelta(days=days)) for n, days in parcels),
        Decimal(returned),
    )


def numbers(one: Position) -> tuple[int, int, int, int]:
    return one.waiting, one.pending, one.posted, one.cancelled


def test_a_web_order_goes_from_waiting_to_pending_to_posted():
    ordered = position(WEB, 100, progress(2), is_paid=False, now=NOW)
    assert numbers(ordered) == (100, 0, 0, 0)
    paid = position(WEB, 100, progress(2), is_paid=True, now=NOW)
    assert numbers(paid) == (0, 100, 0, 0)
    sent = position(WEB, 100, progress(2, (2, 13)), is_paid=True, now=NOW)
    assert numbers(sent) == (0, 100, 0, 0)
    assert sent.matures == ((NOW + timedelta(days=1), 100),)
    over = position(WEB, 100, progress(2, (2, 14)), is_paid=True, now=NOW)
    assert numbers(over) == (0, 0, 100, 0)
    assert steps(ordered, paid) == [Step("pend", 100)]
    assert steps(sent, over) == [Step("mature", 100)]


def test_a_sale_at_the_till_is_posted_at_once():
    policy = AccrualPolicy("paid", "fulfilled")
    done = position(policy, 45, progress(3, (3, 0)), is_paid=True, now=NOW)
    assert steps(Position(waiting=45), done) == [Step("post", 45)]


def test_each_parcel_has_its_own_window():
    line = progress(3, (1, 20), (1, 10))
    done = position(WEB, 10, line, is_paid=True, now=NOW)
    assert numbers(done) == (0, 7, 3, 0)
    assert done.matures == ((NOW + timedelta(days=4), 3),)


def test_a_return_within_the_window_cancels_pending_points_only():
    before = position(WEB, 10, progress(2, (1, 20), (1, 3)), is_paid=True, now=NOW)
    line = progress(2, (1, 20), (1, 3), returned=1)
    after = position(WEB, 10, line, is_paid=True, now=NOW)
    assert numbers(after) == (0, 0, 5, 5)
    assert steps(before, after) == [Step("cancel", 5)]


def test_a_return_after_the_window_takes_posted_points_back():
    before = position(WEB, 10, progress(2, (2, 20)), is_paid=True, now=NOW)
    line = progress(2, (2, 20), returned=1)
    after = position(WEB, 10, line, is_paid=True, now=NOW)
    assert steps(before, after) == [Step("take_back", 5)]


def test_a_cancelled_piece_never_earns():
    line = progress(3, (2, 20), cancelled=1)
    done = position(WEB, 10, line, is_paid=True, now=NOW)
    assert numbers(done) == (0, 0, 7, 3)


def test_goods_sent_but_not_paid_wait_unless_the_program_trusts():
    policy = AccrualPolicy("ordered", "fulfilled")
    line = progress(1, (1, 3))
    assert position(policy, 9, line, is_paid=False, now=NOW).pending == 9
    trusting = AccrualPolicy("ordered", "fulfilled", needs_payment=False)
    assert position(trusting, 9, line, is_paid=False, now=NOW).posted == 9


def test_a_return_that_is_heard_of_before_its_parcel_changes_nothing_in_the_end():
    early = position(WEB, 10, progress(2, returned=1), is_paid=True, now=NOW)
    assert early.cancelled == 5
    assert early.posted == 0
    line = progress(2, (2, 20), returned=1)
    assert numbers(position(WEB, 10, line, is_paid=True, now=NOW)) == (0, 0, 5, 5)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: AccrualPolicy("paid", "delivered"),
        lambda: AccrualPolicy("fulfilled", "paid"),
        lambda: AccrualPolicy(window_days=-1),
        lambda: progress(0),
        lambda: progress(2, returned=-1),
    ],
)
def test_policies_and_counters_that_make_no_sense_are_refused(mistake):
    with pytest.raises(ValueError, match="."):
        mistake()


POLICIES = st.builds(
    lambda first, second, days, needs: AccrualPolicy(
        MILESTONES[min(first, second)], MILESTONES[max(first, second)], days, needs
    ),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 30),
    st.booleans(),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[LineProgress]]:
    """Draw a line and its states, one after each event."""
    qty = draw(st.integers(1, 6))
    cancelled = draw(st.integers(0, qty))
    sent = draw(st.integers(0, qty - cancelled))
    events = ["cancel"] * cancelled + ["send"] * sent
    events = draw(st.permutations(events))
    events += ["return"] * draw(st.integers(0, sent))
    states, now = [progress(qty)], {"cancel": 0, "send": 0, "return": 0}
    days: list[tuple[int, int]] = []
    for event in events:
        now[event] += 1
        if event == "send":
            days.append((1, draw(st.integers(0, 40))))
        one = progress(qty, *days, cancelled=now["cancel"], returned=now["return"])
        states.append(one)
    return qty, states


@given(POLICIES, st.integers(0, 500), histories(), st.booleans())
def test_every_point_is_somewhere_and_steps_lead_there(policy, points, drawn, is_paid):
    qty, states = drawn
    at = Position(waiting=points)
    posted = pending = 0
    for state in states:
        then = position(policy, points, state, is_paid, NOW)
        assert sum(numbers(then)) == points
        assert min(numbers(then)) >= 0
        gone = state.cancelled + state.returned
        assert then.cancelled == part_of(points, gone, qty)
        for step in steps(at, then):
            assert step.points > 0
            sign = {"pend": (1, 0), "post": (0, 1), "mature": (-1, 1)}
            sign |= {"cancel": (-1, 0), "take_back": (0, -1)}
            pending += sign[step.kind][0] * step.points
            posted += sign[step.kind][1] * step.points
            assert min(posted, pending) >= 0
        assert (pending, posted) == (then.pending, then.posted)
        at = then


@given(POLICIES, st.integers(0, 500), histories(), st.integers(0, 60))
def test_time_alone_only_matures_what_it_promised(policy, points, drawn, days):
    line = drawn[1][-1]
    now = position(policy, points, line, True, NOW)
    later_at = NOW + timedelta(days=days)
    later = position(policy, points, line, True, later_at)
    promised = sum(n for at, n in now.matures if at <= later_at)
    assert later.posted - now.posted == promised
    assert later.cancelled == now.cancelled


@given(POLICIES, st.integers(0, 500), st.integers(1, 6))
def test_everything_returned_leaves_nothing(policy, points, qty):
    line = progress(qty, (qty, 20), returned=qty)
    assert numbers(position(policy, points, line, True, NOW)) == (0, 0, 0, points)
