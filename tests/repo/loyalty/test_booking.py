"""Bookings of a sale: what is taken back from where, and documents that come back."""

from __future__ import annotations

import pytest
from baskets import item, make_basket
from hypothesis import given
from hypothesis import strategies as st
from sales import sales

from retail_loyalty_connector.tools.basket import MemberFacts
from retail_loyalty_connector.tools.booking import (
    Booked,
    booked_rows,
    cap_uses,
    points_left,
    read_booked,
    take,
)
from retail_loyalty_connector.tools.earning import earn
from retail_loyalty_connector.tools.earning_rules import Cap, EarningRule, EarningTerms
from retail_loyalty_connector.tools.returns import take_return
from retail_loyalty_connector.tools.sold import ReturnState
from retail_loyalty_connector.tools.sold_documents import (
    read_sold,
    read_state,
    sold_document,
    state_document,
)

BOOKED = [Booked("main", "old", 10), Booked("stars", "s", 3), Booked("main", "new", 2)]


def test_newest_booking_is_taken_back_first():
    taken, left = take(BOOKED, "main", 5)
    assert taken == [Booked("main", "new", 2), Booked("main", "old", 3)]
    assert left == [Booked("main", "old", 7), Booked("stars", "s", 3)]


def test_more_than_was_booked_is_refused():
    with pytest.raises(ValueError, match="never booked"):
        take(BOOKED, "stars", 4)


@given(
    st.lists(
        st.builds(
            Booked, st.sampled_from("ab"), st.uuids().map(str), st.integers(1, 50)
        )
    ),
    st.data(),
)
def test_taking_back_loses_no_point(booked, data):
    sums = sum(one.points for one in booked if one.wallet == "a")
    points = data.draw(st.integers(0, sums))
    taken, left = take(booked, "a", points)
    assert sum(one.points for one in taken) == points
    assert sum(one.points for one in left + taken) == sum(o.points for o in booked)
    assert read_booked(booked_rows(left)) == left


@given(sales(), st.data())
def test_documents_bring_a_sale_and_its_returns_back_exactly(order, data):
    line = data.draw(st.sampled_from(order.lines))
    back = take_return(order, ReturnState(), {line.key: line.qty})
    assert read_sold(sold_document(order)) == order
    assert read_state(state_document(back.after)) == back.after
    assert read_state(None) == ReturnState()
    left = points_left(order, back.after)
    assert {w: n - back.taken.get(w, 0) for w, n in order.earned().items()} == left


def test_caps_with_a_memory_are_told_what_they_gave():
    caps = (Cap("r:order", 50), Cap("r:day", 7, "day"))
    rule = EarningRule("r", "A point per euro", 1, caps=caps)
    terms = EarningTerms((rule,), caps=(("main", Cap("p:period", 90, "period")),))
    earned = earn(terms, make_basket(item("MUG", "12.50")), MemberFacts())
    assert cap_uses(terms, earned) == {"r:day": 7, "p:period": 7}
    assert cap_uses(terms, earn(terms, make_basket(), MemberFacts())) == {}
