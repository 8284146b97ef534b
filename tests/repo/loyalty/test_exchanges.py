"""Exchanges: one event, one net result, and nothing lost over a chain of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from baskets import (
    basket_of,
    item,
    make_basket,
    make_member,
    make_program,
    rule,
    times,
)
from hypothesis import given
from hypothesis import strategies as st
from sales import ONE_PER_EURO, POLICIES, SOLD, mugs, pieces, sales, sell

from retail_loyalty_connector.tools.basket import Basket
from retail_loyalty_connector.tools.earning_rules import Cap, Conditions, Window
from retail_loyalty_connector.tools.exchange import Exchange, NewGoods, take_exchange
from retail_loyalty_connector.tools.quote import ProgramTerms
from retail_loyalty_connector.tools.returns import take_return
from retail_loyalty_connector.tools.sold import (
    EarnedShare,
    ReturnState,
    SoldLine,
    SoldOrder,
)

DOUBLE = make_program(rule(), times("2"))


def goods(basket: Basket, points: int = 0, program: ProgramTerms = ONE_PER_EURO):
    """Return what goes out, partly paid with points."""
    tenders = {"points": Decimal(points) / 100} if points else {}
    paid = make_basket(*basket.lines, tenders=tenders)
    return NewGoods(paid, program, make_member(), points)


def swap(order: SoldOrder, key: str, *lines: object, **more: object) -> Exchange:
    """Return what it means that one piece comes back and these lines go out."""
    program = more.pop("program", ONE_PER_EURO)
    new = goods(make_basket(*lines), more.pop("points", 0), program)
    return take_exchange(order, ReturnState(), pieces(**{key: 1}), new, **more)


def test_an_even_exchange_moves_no_point_even_where_rounding_would():
    order = sell(make_basket(item("M", "19.99"), item("CAP", "19.99")))
    assert [line.earned[0].points for line in order.lines] == [20, 19]
    done = swap(order, "M", item("L", "19.99"))
    assert done.net == {}
    assert (done.due, done.refund_money) == (0, 0)
    assert done.sold.earned() == {"main": 20}


def test_an_even_exchange_keeps_also_points_far_from_their_share():
    share = EarnedShare("main", 13, Fraction(10))
    order = SoldOrder((SoldLine("M", Decimal(1), Decimal(10), earned=(share,)),))
    assert swap(order, "M", item("L", "10.00")).net == {}


def test_a_size_swapped_keeps_the_campaign_points_it_earned():
    order = sell(make_basket(item("M", "20.00")), program=DOUBLE)
    assert swap(order, "M", item("L", "20.00")).net == {}
    assert swap(order, "M", item("L", "20.00"), terms="today").net == {"main": -20}


def test_a_size_swapped_wins_no_campaign_points_either():
    order = mugs(1, "20.00")
    assert swap(order, "MUG", item("L", "20.00"), program=DOUBLE).net == {}


def test_dearer_goods_earn_on_top_what_they_cost_more():
    order = sell(make_basket(item("M", "20.00")), program=DOUBLE)
    done = swap(order, "M", item("XL", "30.00"))
    assert done.net == {"main": 10}
    assert done.due == Decimal("10.00")


def test_cheaper_goods_give_back_their_share_of_points_and_money():
    order = sell(make_basket(item("M", "20.00")), program=DOUBLE)
    done = swap(order, "M", item("S", "15.00"))
    assert done.net == {"main": -10}
    assert done.refund_money == Decimal("5.00")


def test_exchanged_for_a_gift_card_the_points_go_back():
    done = swap(mugs(1, "20.00"), "MUG", item("CARD", "20.00", kind="gift_card"))
    assert done.net == {"main": -20}
    assert done.sold.earned() == {}


def test_a_gift_card_exchanged_for_goods_earns_by_todays_rules():
    order = sell(make_basket(item("CARD", "20.00", kind="gift_card")))
    assert swap(order, "CARD", item("MUG", "20.00")).net == {"main": 20}


@pytest.mark.parametrize(
    "narrow",
    [
        rule(caps=(Cap("day", 20, "day"),)),
        rule(minimum=Decimal(40)),
        rule(conditions=Conditions(channels=frozenset({"web"}))),
        rule(conditions=Conditions(window=Window(to_date=date(2026, 11, 1)))),
    ],
)
def test_what_would_earn_nothing_today_still_keeps_what_it_earned(narrow):
    order = mugs(2, "40.00")
    full = make_member(used={"day": 20})
    new = NewGoods(make_basket(item("L", "20.00")), make_program(narrow), full)
    done = take_exchange(order, ReturnState(), pieces(MUG=1), new)
    assert done.net == {}
    dearer = NewGoods(make_basket(item("XL", "30.00")), make_program(narrow), full)
    assert take_exchange(order, ReturnState(), pieces(MUG=1), dearer).net == {}


def test_free_goods_that_earned_by_the_piece_are_swapped_for_free_goods():
    program = make_program(rule("piece", 3, basis="quantity"))
    visit = make_program(rule("visit", 3, basis="visit"))
    for one in (program, visit):
        order = sell(make_basket(item("GIFT", "0")), program=one)
        earned = order.earned().get("main", 0)
        done = swap(order, "GIFT", item("OTHER", "0"), program=one)
        assert (done.net, done.sold.earned().get("main", 0)) == ({}, earned)


def test_an_exchange_for_a_cent_more_does_not_earn_by_the_piece_again():
    program = make_program(rule("piece", 10, basis="quantity"))
    order = sell(make_basket(item("M", "20.00")), program=program)
    assert swap(order, "M", item("L", "20.01"), program=program).net == {}


def test_points_that_paid_move_on_to_the_new_goods():
    order = mugs(1, "100.00", points=4000)
    done = swap(order, "MUG", item("BOWL", "100.00"))
    assert (done.points_restored, done.refund_money) == (0, 0)
    assert done.sold.points_spent == 4000
    later = take_return(done.sold, ReturnState(), pieces(BOWL=1))
    assert (later.points_restored, later.money_amount) == (4000, Decimal("60.00"))


@pytest.mark.parametrize(
    ("policy", "points", "money"),
    [
        ("proportional", 2000, "30.00"),
        ("points_first", 4000, "10.00"),
        ("money_first", 0, "50.00"),
    ],
)
def test_refund_of_cheaper_goods_is_split_as_the_program_says(policy, points, money):
    order = mugs(1, "100.00", points=4000)
    done = swap(order, "MUG", item("CUP", "50.00"), policy=policy)
    assert (done.points_restored, done.refund_money) == (points, Decimal(money))
    assert done.sold.points_spent == 4000 - points


def test_goods_paid_with_points_do_not_earn_by_being_exchanged():
    order = mugs(1, "100.00", points=10_000)
    assert order.earned() == {}
    assert swap(order, "MUG", item("BOWL", "100.00")).net == {}
    assert swap(order, "MUG", item("BOWL", "130.00")).net == {"main": 30}


@pytest.mark.parametrize(("excluded", "net"), [({"points"}, 20), (set(), 20)])
def test_partly_paid_with_points_only_what_is_added_earns(excluded, net):
    program = make_program(rule(excluded_tenders=frozenset(excluded)))
    order = sell(make_basket(item("MUG", "100.00")), 4000, program)
    done = swap(order, "MUG", item("BOWL", "120.00"), program=program)
    assert done.net == {"main": net}


@given(sales(), POLICIES)
def test_a_whole_sale_swapped_for_its_like_keeps_its_points(order, policy):
    lines = [item(f"N{line.key}", line.amount, line.qty) for line in order.lines]
    everything = {line.key: line.qty for line in order.lines}
    new = goods(make_basket(*lines))
    done = take_exchange(order, ReturnState(), everything, new, policy)
    assert done.net == {}
    assert done.sold.earned() == order.earned()
    assert done.sold.points_amount == order.points_amount


def test_points_may_pay_what_is_due_but_no_more():
    order = mugs(1, "100.00")
    done = swap(order, "MUG", item("BOWL", "120.00"), points=1500)
    assert done.sold.points_spent == 1500
    assert done.due == Decimal("20.00")
    with pytest.raises(ValueError, match="is due"):
        swap(order, "MUG", item("BOWL", "120.00"), points=2500)


def test_a_price_cut_after_the_sale_is_an_exchange_for_the_same_goods():
    order = mugs(1, "100.00", points=4000)
    cut = swap(order, "MUG", item("MUG", "80.00"))
    assert cut.net == {"main": -12}  # 60 earned; 48 of 80 are paid with money
    assert (cut.points_restored, cut.refund_money) == (800, Decimal("12.00"))
    later = take_return(cut.sold, ReturnState(), pieces(MUG=1))
    assert (later.taken, later.points_restored) == ({"main": 48}, 3200)
    assert later.money_amount == Decimal("48.00")


def test_unknown_terms_are_refused():
    with pytest.raises(ValueError, match="terms"):
        swap(mugs(1, "1.00"), "MUG", item("CUP", "1.00"), terms="other")


@given(sales(), st.lists(SOLD, min_size=1, max_size=4), POLICIES, st.data())
def test_after_any_chain_of_exchanges_and_returns_nothing_is_left(
    order, chain, policy, data
):
    granted, taken = order.earned().get("main", 0), 0
    restored, points, money = 0, order.points_amount, order.money_amount
    spent = order.points_spent
    open_sales = [(order, ReturnState())]
    for drawn in chain:
        terms = data.draw(st.sampled_from(["keep", "today"]))
        sale, state = open_sales.pop()
        line = data.draw(st.sampled_from(sale.lines))
        step = {line.key: Decimal(data.draw(st.integers(1, int(line.qty))))}
        done = take_exchange(sale, state, step, goods(basket_of(drawn)), policy, terms)
        granted += done.sold.earned().get("main", 0)
        taken += done.returned.taken.get("main", 0)
        restored += done.points_restored
        points -= done.refund_points_amount
        money += done.due - done.refund_money
        open_sales += [(sale, done.returned.after), (done.sold, ReturnState())]
    for sale, state in open_sales:
        left = {one.key: one.qty - state.qty.get(one.key, 0) for one in sale.lines}
        back = take_return(sale, state, left, policy)
        taken += back.taken.get("main", 0)
        restored += back.points_restored
        points -= back.points_amount
        money -= back.money_amount
    assert (granted, restored) == (taken, spent)
    assert (points, money) == (0, 0)


@given(sales(), st.data())
def test_swapping_each_piece_for_its_like_never_moves_a_point(order, data):
    line = data.draw(st.sampled_from(order.lines))
    state = ReturnState()
    for _piece in range(int(line.qty)):
        back = take_return(order, state, {line.key: Decimal(1)})
        like = make_basket(item("LIKE", back.amount))
        done = take_exchange(order, state, {line.key: Decimal(1)}, goods(like))
        assert done.net == {}
        assert (done.due, done.refund_money, done.points_restored) == (0, 0, 0)
        state = done.returned.after


@given(st.lists(st.decimals("1.00", 300, places=2), min_size=2, max_size=8))
def test_a_chain_of_exchanges_does_not_drift(prices):
    order = mugs(1, str(prices[0]))
    for price in prices[1:]:
        done = swap(order, order.lines[0].key, item("NEXT", price))
        (line,) = done.sold.lines
        assert abs(line.earned[0].points - line.earned[0].exact) < 1
        order = done.sold
