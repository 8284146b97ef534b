"""Points as a means of payment."""

from __future__ import annotations

from decimal import Decimal

import pytest
from baskets import cents, item, make_basket
from hypothesis import given
from hypothesis import strategies as st

from retail_loyalty_connector.tools.redemption import (
    RedemptionTerms,
    redeem,
    redeemable,
)

TERMS = st.builds(
    RedemptionTerms,
    currency=st.just("EUR"),
    points=st.integers(1, 1000),
    amount=st.decimals("0.01", "50", places=2),
    minimum=st.integers(0, 300),
    maximum=st.none() | st.integers(1, 5000),
    step=st.sampled_from([1, 5, 10, 100]),
    share_max=st.decimals(0, 1, places=2),
)
AMOUNTS = st.decimals(0, 500, places=2)
TV = make_basket(item("TV", "99.60"))


def test_complaint_18_the_customer_chooses_how_many_points_to_spend():
    for points, amount in ((1, "0.01"), (137, "1.37"), (5000, "50.00")):
        paid = redeem(cents(), TV, 5000, points)
        assert (paid.points, paid.amount) == (points, Decimal(amount))


def test_offer_names_minimum_maximum_and_value():
    offer = redeemable(cents(minimum=500, step=100), TV, 2345)
    assert (offer.points_min, offer.points_max, offer.step) == (500, 2300, 100)
    assert offer.amount_max == Decimal("23.00")
    assert offer.points_to_cover is None


def test_last_step_covers_what_is_left_if_the_customer_wants_it():
    terms = cents(step=100)
    offer = redeemable(terms, TV, 20_000)
    assert (offer.points_max, offer.amount_max) == (9900, Decimal("99.00"))
    assert offer.points_to_cover == 10_000
    assert redeem(terms, TV, 20_000, 10_000).amount == Decimal("99.60")
    assert redeem(terms, TV, 20_000, 10_100).why.code == "above_sale"


def test_at_most_half_of_the_sale():
    offer = redeemable(cents(share_max=Decimal("0.5")), TV, 20_000)
    assert offer.amount_max == Decimal("49.80")


def test_what_other_tenders_paid_is_not_left_for_points():
    basket = make_basket(item("TV", "99.60"), tenders={"card": "90", "points": "5"})
    assert redeemable(cents(), basket, 20_000).points_max == 460
    paid = make_basket(item("TV", "99.60"), tenders={"points": "5"})
    half = cents(share_max=Decimal("0.5"))
    assert redeemable(half, paid, 20_000).amount_max == Decimal("44.80")


def test_gift_cards_are_not_sold_for_points():
    card = make_basket(item("CARD", "50.00", kind="gift_card"))
    assert redeemable(cents(), card, 20_000).why.code == "nothing_payable"
    assert redeem(cents(), card, 20_000, 100).why.code == "nothing_payable"


@pytest.mark.parametrize(
    ("points", "available", "code"),
    [
        (150, 5000, "not_in_steps"),
        (300, 5000, "below_minimum_points"),
        (2100, 5000, "above_maximum_points"),
        (600, 599, "above_available"),
        (0, 5000, "below_minimum_points"),
        (-100, 5000, "below_minimum_points"),
    ],
)
def test_refusals_say_why(points, available, code):
    terms = cents(minimum=500, maximum=2000, step=100)
    paid = redeem(terms, TV, available, points)
    assert (paid.points, paid.amount, paid.why.code) == (0, 0, code)
    assert paid.why.sentence


def test_too_few_points_and_a_sale_below_the_minimum_are_told_apart():
    terms = cents(minimum=500)
    assert redeemable(terms, TV, 499).why.code == "too_few_points"
    small = make_basket(item("PEN", "2.00"))
    assert redeemable(terms, small, 9999).why.code == "above_sale"


def test_points_that_would_bring_nothing_are_not_taken():
    dear = RedemptionTerms("EUR", 3, Decimal("0.01"))  # 3 points are a cent
    paid = redeem(dear, TV, 100, 8)
    assert (paid.points, paid.amount) == (6, Decimal("0.02"))
    assert redeem(dear, TV, 100, 2).why.code == "below_minimum_points"


def test_the_minimum_is_offered_even_if_its_last_point_brings_nothing():
    terms = RedemptionTerms("EUR", 5, Decimal("0.02"), minimum=4)  # 3 are a cent too
    offer = redeemable(terms, TV, 4)
    assert (offer.points_min, offer.points_max) == (4, 4)
    assert redeem(terms, TV, 4, 4).points == 4


@pytest.mark.parametrize(
    "mistake",
    [
        {"points": 0},
        {"amount": Decimal(0)},
        {"step": 0},
        {"minimum": -1},
        {"share_max": Decimal("1.5")},
    ],
)
def test_terms_that_make_no_sense_are_refused(mistake):
    terms = {"currency": "EUR", "points": 1, "amount": Decimal(1), **mistake}
    with pytest.raises(ValueError, match="."):
        RedemptionTerms(**terms)


@given(TERMS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_payments_are_never_worth_more_than_one(terms, first, second):
    apart = terms.value(first) + terms.value(second)
    assert apart <= terms.value(first + second) <= apart + terms.unit


@given(TERMS, AMOUNTS)
def test_points_for_an_amount_are_enough_and_no_step_too_many(terms, amount):
    points = terms.points_for(amount)
    assert points % terms.step == 0
    assert terms.value(points) >= amount
    if points:
        assert terms.value(points - terms.step) < amount


@given(TERMS, st.integers(0, 10**6))
def test_value_and_its_inverse_agree(terms, points):
    worth = terms.value(points)
    if points % terms.step == 0:
        assert terms.points_for(worth) <= points
    assert terms.value(terms.points_for(worth)) >= worth
    within = terms.points_within(worth)
    assert terms.value(within) <= worth
    assert terms.value(within + terms.step) > worth or within == terms.points_for(worth)


@given(TERMS, AMOUNTS, st.integers(-100, 20_000))
def test_what_is_offered_is_accepted_and_no_more_is_paid_than_due(
    terms, amount, available
):
    basket = make_basket(item("A", amount))
    offer = redeemable(terms, basket, available)
    if offer.why:
        assert offer.points_max == 0
        assert not any(
            redeem(terms, basket, available, terms.least + n * terms.step).points
            for n in range(5)
        )
        return
    assert offer.amount_max <= offer.payable <= amount
    for points in {offer.points_min, offer.points_max, offer.points_to_cover} - {None}:
        paid = redeem(terms, basket, available, points)
        assert paid.why is None
        assert 0 < paid.points <= points <= available
        assert 0 < paid.amount <= offer.payable
    assert redeem(terms, basket, available, offer.points_max).amount == offer.amount_max
    if offer.points_to_cover:
        covered = redeem(terms, basket, available, offer.points_to_cover)
        assert covered.amount == offer.payable
