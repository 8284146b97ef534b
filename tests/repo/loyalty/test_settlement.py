"""Points that are gone already when their goods come back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from baskets import cents
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.settlement import POLICIES, Settlement, settle


def test_points_that_are_still_there_are_simply_taken():
    assert settle(80, available=100) == Settlement(taken=80)


def test_pending_points_of_the_sale_go_first():
    assert settle(80, available=100, pending=50) == Settlement(cancelled=50, taken=30)


def test_restored_points_of_the_same_return_count():
    assert settle(80, available=0, restored=100) == Settlement(taken=80)


def test_debt_takes_them_all_and_says_how_far_below_zero():
    assert settle(80, available=30) == Settlement(taken=80, debt=50)
    assert settle(80, available=-20) == Settlement(taken=80, debt=80)


def test_refund_is_reduced_by_what_the_missing_points_are_worth():
    done = settle(
        80,
        available=30,
        policy="reduce_refund",
        refund=Decimal("20.00"),
        terms=cents(),
    )
    assert done == Settlement(taken=30, repaid=50, repaid_amount=Decimal("0.50"))


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (
            "debt",
            Settlement(taken=40, debt=40, repaid=40, repaid_amount=Decimal("0.4")),
        ),
        ("write_off", Settlement(0, 0, 0, 40, Decimal("0.40"), 40)),
    ],
)
def test_what_the_refund_does_not_cover_is_debt_or_written_off(rest, expected):
    refund = Decimal("0.40")
    done = settle(
        80,
        available=0,
        policy="reduce_refund",
        refund=refund,
        terms=cents(),
        rest=rest,
    )
    assert done == expected


def test_write_off_takes_what_is_there():
    assert settle(80, available=30, policy="write_off") == Settlement(
        taken=30, written_off=50
    )


def test_policies_are_checked():
    with pytest.raises(ValueError, match="policy"):
        settle(1, available=0, policy="forgive")
    with pytest.raises(ValueError, match="terms"):
        settle(1, available=0, policy="reduce_refund")


@given(
    st.integers(0, 500),
    st.integers(-100, 500),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from(POLICIES),
    st.decimals(0, 3, places=2),
    st.sampled_from(["debt", "write_off"]),
)
def test_every_point_is_accounted_for(
    points, available, pending, restored, policy, refund, rest
):
    done = settle(
        points,
        available=available,
        pending=pending,
        restored=restored,
        policy=policy,
        refund=refund,
        terms=cents(),
        rest=rest,
    )
    assert done.cancelled + done.taken + done.repaid + done.written_off == points
    assert done.cancelled <= pending
    assert done.debt <= done.taken
    assert 0 <= done.repaid_amount <= refund
    if policy != "debt":
        there = max(0, available + restored)
        assert done.taken - done.debt <= there
    if policy == "write_off":
        assert done.debt == 0
