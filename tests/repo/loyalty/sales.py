"""Sold goods for the tests of returns and exchanges. Called by the pure tests."""

from __future__ import annotations

from decimal import Decimal

from baskets import basket_of, item, make_basket, make_member, make_program
from hypothesis import strategies as st

from retail_loyalty_connector.tools.basket import Basket
from retail_loyalty_connector.tools.quote import ProgramTerms, quote
from retail_loyalty_connector.tools.sold import SoldOrder, sold_order

ONE_PER_EURO = make_program()
#: Pieces and amounts per line: also three for a price that three does not divide.
SOLD = st.lists(
    st.tuples(st.decimals("0.01", 300, places=2), st.integers(1, 7)),
    min_size=1,
    max_size=5,
)
POLICIES = st.sampled_from(["proportional", "points_first", "money_first"])


def sell(
    basket: Basket, points: int = 0, program: ProgramTerms = ONE_PER_EURO
) -> SoldOrder:
    """Return the basket as sold to a member who paid with that many points."""
    answer = quote(program, basket, make_member(10**9), points)
    spent = answer.redemption.points if answer.redemption else 0
    tenders = {"points": answer.redemption.amount} if spent else {}
    paid = make_basket(*basket.lines, tenders=tenders)
    return sold_order(paid, answer.earned, spent)


def mugs(qty: int, amount: str, points: int = 0) -> SoldOrder:
    """Return that many mugs, sold for ``amount`` together."""
    return sell(make_basket(item("MUG", amount, qty)), points)


@st.composite
def sales(draw: st.DrawFn) -> SoldOrder:
    """Draw a sale of up to five lines, partly paid with points."""
    basket = basket_of(draw(SOLD))
    share = draw(st.decimals(0, 1, places=2))
    return sell(basket, int(basket.amount * 100 * share))


def pieces(**qty_by_line: int) -> dict[str, Decimal]:
    """Return quantities by line."""
    return {line: Decimal(qty) for line, qty in qty_by_line.items()}
