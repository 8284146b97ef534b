"""Returns bring back what was earned, spent and paid, to the point and the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from baskets import item, make_basket
from hypothesis import given
from hypothesis import strategies as st
from sales import POLICIES, mugs, pieces, sales, sell

from retail_loyalty_connector.tools.basket import BasketTender
from retail_loyalty_connector.tools.earned import Earned
from retail_loyalty_connector.tools.returns import Return, take_return
from retail_loyalty_connector.tools.sold import (
    EarnedShare,
    ReturnExceedsSaleError,
    ReturnState,
    SoldLine,
    SoldOrder,
    sold_order,
)


def give_back(order: SoldOrder, *steps: dict[str, Decimal], **more: object):
    """Return what each step of a sequence of returns brings."""
    state, brought = ReturnState(), []
    for step in steps:
        one = take_return(order, state, step, **more)
        brought.append(one)
        state = one.after
    return brought


def test_probe_6_a_full_return_takes_every_earned_point_back():
    order = mugs(1, "80.00")
    (back,) = give_back(order, pieces(MUG=1))
    assert order.earned() == back.taken == {"main": 80}
    assert (back.money_amount, back.points_restored) == (Decimal("80.00"), 0)


def test_full_return_restores_what_was_spent_and_takes_what_was_earned():
    # Odoo's own test leaves 30 points here; it must be the 100.00 worth of points.
    order = sell(make_basket(item("TV", "300.00")), points=10_000)
    assert order.earned() == {"main": 200}
    (back,) = give_back(order, pieces(TV=1))
    assert back.taken == {"main": 200}
    assert back.points_restored == 10_000
    assert (back.points_amount, back.money_amount) == (Decimal(100), Decimal(200))


def test_ten_points_on_three_pieces_come_back_as_three_three_four():
    order = mugs(3, "10.00")
    brought = give_back(order, *[pieces(MUG=1)] * 3)
    assert [one.taken["main"] for one in brought] == [3, 3, 4]
    amounts = [str(one.money_amount) for one in brought]
    assert amounts == ["3.33", "3.33", "3.34"]


def test_only_the_returned_lines_points_are_taken():
    order = sell(make_basket(item("MUG", "10.60"), item("TEA", "5.60", 2)))
    assert order.earned() == {"main": 16}  # 10.60 + 5.60, rounded once
    (back,) = give_back(order, pieces(TEA=1))
    assert back.taken == {"main": 2}
    assert back.money_amount == Decimal("2.80")


def test_kilograms_come_back_in_parts_too():
    order = sell(make_basket(item("CHEESE", "17.35", "0.734")))
    parts = [{"CHEESE": Decimal("0.300")}, {"CHEESE": Decimal("0.434")}]
    brought = give_back(order, *parts)
    assert sum(one.taken["main"] for one in brought) == 17
    assert sum(one.amount for one in brought) == Decimal("17.35")


@pytest.mark.parametrize(
    ("policy", "points", "money"),
    [
        ("proportional", ["50.00", "50.00"], ["100.00", "100.00"]),
        ("points_first", ["100.00", "0.00"], ["50.00", "150.00"]),
        ("money_first", ["0.00", "100.00"], ["150.00", "50.00"]),
    ],
)
def test_split_tender_goes_back_as_the_program_says(policy, points, money):
    order = mugs(2, "300.00", points=10_000)
    brought = give_back(order, *[pieces(MUG=1)] * 2, policy=policy)
    assert [one.points_amount for one in brought] == [Decimal(one) for one in points]
    assert [one.money_amount for one in brought] == [Decimal(one) for one in money]
    assert sum(one.points_restored for one in brought) == 10_000


def test_a_gift_card_was_not_paid_with_points_and_comes_back_as_money():
    card = item("CARD", "50.00", kind="gift_card")
    order = sell(make_basket(item("MUG", "50.00"), card), points=5000)
    (back,) = give_back(order, pieces(CARD=1))
    assert (back.points_amount, back.money_amount) == (0, Decimal("50.00"))
    assert back.taken == {}


def test_what_the_till_refunded_in_points_counts_but_within_what_was_paid():
    order = mugs(2, "300.00", points=10_000)
    first = take_return(
        order, ReturnState(), pieces(MUG=1), points_amount=Decimal("80.00")
    )
    assert (first.points_restored, first.money_amount) == (8000, Decimal("70.00"))
    with pytest.raises(ReturnExceedsSaleError, match="20.00 of points"):
        take_return(order, first.after, pieces(MUG=1), points_amount=Decimal("30.00"))
    second = take_return(order, first.after, pieces(MUG=1))
    assert second.points_restored == 2000


@pytest.mark.parametrize("qty", [Decimal(3), Decimal("2.001"), Decimal(-1)])
def test_complaint_3_no_more_comes_back_than_was_sold(qty):
    with pytest.raises(ReturnExceedsSaleError, match="line MUG"):
        take_return(mugs(2, "300.00"), ReturnState(), {"MUG": qty})


def test_complaint_3_the_same_piece_does_not_come_back_twice():
    (first,) = give_back(mugs(1, "30.00"), pieces(MUG=1))
    with pytest.raises(ReturnExceedsSaleError, match="0 are left"):
        take_return(mugs(1, "30.00"), first.after, pieces(MUG=1))


def test_a_line_that_was_never_sold_does_not_come_back():
    with pytest.raises(ReturnExceedsSaleError, match="TEA"):
        take_return(mugs(1, "30.00"), ReturnState(), pieces(TEA=1))


def test_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="policy"):
        take_return(mugs(1, "30.00"), ReturnState(), pieces(MUG=1), policy="other")


def test_a_deposit_that_came_back_with_the_sale_is_money_paid():
    basket = make_basket(item("MUG", "45.90"), item("CRATE", "-10.00", -1))
    order = sell(basket)
    assert order.amount == Decimal("45.90")
    (back,) = give_back(order, pieces(MUG=1))
    assert back.taken == {"main": 35}


def test_more_points_paid_than_the_lines_cost_is_no_sale():
    basket = make_basket(item("MUG", "5.00"), tenders={"points": "6.00"})
    with pytest.raises(ReturnExceedsSaleError, match="6.00"):
        sold_order(basket, Earned(), 600)


@pytest.mark.parametrize(
    "line",
    [
        SoldLine("A", Decimal(0), Decimal(1)),
        SoldLine("A", Decimal(1), Decimal(-1)),
        SoldLine("A", Decimal(1), Decimal(1), Decimal(2)),
    ],
)
def test_lines_that_cannot_have_been_sold_are_refused(line):
    with pytest.raises(ValueError, match="line A"):
        SoldOrder((line,))


def test_points_that_paid_nothing_are_refused():
    with pytest.raises(ValueError, match="paid nothing"):
        SoldOrder((SoldLine("A", Decimal(1), Decimal(1)),), points_spent=5)


def in_pieces(order: SoldOrder, draw: st.DataObject) -> list[dict[str, Decimal]]:
    """Return all sold pieces in drawn order, cut into drawn returns."""
    single = [line.key for line in order.lines for _piece in range(int(line.qty))]
    shuffled = draw.draw(st.permutations(single))
    steps: list[dict[str, Decimal]] = [{}]
    for key in shuffled:
        steps[-1][key] = steps[-1].get(key, Decimal(0)) + 1
        if draw.draw(st.booleans()):
            steps.append({})
    return steps


@given(sales(), st.data())
def test_any_sequence_of_returns_sums_to_exactly_the_sale(order, data):
    state, brought = ReturnState(), []
    for step in in_pieces(order, data):
        # Whatever the policies are mixed to, nothing is lost.
        one = take_return(order, state, step, data.draw(POLICIES))
        check_one(one)
        brought.append(one)
        state = one.after
    assert sum(one.taken.get("main", 0) for one in brought) == order.earned().get(
        "main", 0
    )
    assert sum(one.points_restored for one in brought) == order.points_spent
    assert sum(one.points_amount for one in brought) == order.points_amount
    assert sum(one.money_amount for one in brought) == order.money_amount


def check_one(one: Return) -> None:
    """Nothing of a return is negative, and its lines cost what it refunds."""
    assert min(one.points_amount, one.money_amount, one.points_restored) >= 0
    assert all(points >= 0 for points in one.taken.values())
    assert sum(line.amount for line in one.lines) == one.amount


@given(sales(), st.data())
def test_two_returns_at_once_bring_what_they_bring_one_after_the_other(order, data):
    steps = in_pieces(order, data)
    policy = data.draw(POLICIES)
    together: dict[str, Decimal] = {}
    for step in steps:
        for key, qty in step.items():
            together[key] = together.get(key, Decimal(0)) + qty
    at_once = take_return(order, ReturnState(), together, policy)
    apart = give_back(order, *steps, policy=policy)
    assert apart[-1].after == at_once.after


@given(sales(), st.data())
def test_no_return_brings_more_points_than_its_share_and_one(order, data):
    state = ReturnState()
    for step in in_pieces(order, data):
        one = take_return(order, state, step)
        lines = {line.key: line for line in order.lines}
        for line in one.lines:
            share = (
                sum((earned.points for earned in lines[line.key].earned), 0)
                * line.qty
                / lines[line.key].qty
            )
            assert abs(sum(points for _wallet, points in line.taken) - share) < 1
        state = one.after


def test_several_wallets_come_back_apart():
    shares = (EarnedShare("main", 10, 10), EarnedShare("status", 25, 25))
    order = SoldOrder((SoldLine("A", Decimal(4), Decimal(10), earned=shares),))
    brought = give_back(order, pieces(A=1), pieces(A=3))
    assert [one.taken for one in brought] == [
        {"main": 2, "status": 6},
        {"main": 8, "status": 19},
    ]


def test_points_given_as_change_have_paid_nothing():
    basket = make_basket(item("MUG", "30.00"), tenders={"cash": "35", "points": "-5"})
    assert sold_order(basket, Earned()).points_amount == 0


def test_tenders_of_other_kinds_are_money():
    basket = make_basket(item("MUG", "30.00"))
    paid = make_basket(*basket.lines, tenders={"card": "20", "gift_card": "10"})
    assert paid.tenders[0] == BasketTender("card", Decimal(20))
    assert sell(paid).money_amount == Decimal("30.00")
