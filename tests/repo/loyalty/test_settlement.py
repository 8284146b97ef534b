"""Points that are gone already when their goods come back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from baskets import cents
from hypothesis import example, given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.redemption import RedemptionTerms
from retail_loyalty_connector.tools.settlement import (
    POLICIES,
    Settlement,
    points_paid,
    reduction,
    settle,
)


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


def worth(points: int, amount: str, decimals: int = 2) -> RedemptionTerms:
    """Return terms: ``points`` are worth ``amount``."""
    return RedemptionTerms("EUR", points, Decimal(amount), decimals)


def test_points_worth_less_than_a_cent_are_not_paid_for():
    assert reduction(1, Decimal("9.00"), worth(250, "1.00")) == (0, 0)


def test_a_refund_smaller_than_a_point_pays_for_none():
    assert reduction(5, Decimal("0.60"), worth(1, "1.00")) == (0, 0)


@pytest.mark.parametrize("amount", ["-1.00", "0.00", "0.60"])
def test_money_that_is_no_points_worth_is_refused(amount):
    with pytest.raises(ValueError, match="exactly"):
        points_paid(Decimal(amount), 5, worth(1, "1.00"))


@given(
    st.integers(0, 2000),
    st.integers(0, 3000),
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(0, 900),
)
@example(missing=2, refund=0, points=2, cent=1, more=0)
def test_what_a_quote_keeps_pays_for_the_points_it_said(
    missing, refund, points, cent, more
):
    terms = worth(points, f"{cent / 100:.2f}")
    most = Decimal(refund) / 100
    settled, kept = reduction(missing, most, terms)
    assert settled <= missing
    assert kept <= most
    assert terms.value(settled) == kept
    if kept:
        assert points_paid(kept, missing, terms) == settled
        # Points came in meanwhile: as many are paid for as the money is worth.
        fewer = points_paid(kept, max(0, missing - more), terms)
        assert terms.value(fewer) == kept
    # No more could be paid for: the next ones that are worth anything are worth more.
    further = max(settled + 1, terms.points_for(terms.unit))
    assert further > missing or terms.value(further) > most


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
