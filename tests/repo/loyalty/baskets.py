"""Sales, members and programs of the engine's tests, in a marketing person's words.

Called by the pure loyalty tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from retail_loyalty_connector.tools.basket import (
    Basket,
    BasketLine,
    BasketTender,
    MemberFacts,
)
from retail_loyalty_connector.tools.earning_rules import (
    EarningRule,
    EarningTerms,
    Multiplier,
)
from retail_loyalty_connector.tools.quote import ProgramTerms, Quote, quote
from retail_loyalty_connector.tools.redemption import RedemptionTerms

#: A Friday, in the afternoon, on the store's clock.
FRIDAY = datetime(2026, 11, 27, 15, 30)

#: Prices to the cent, and quantities as tills send them.
PRICES = st.decimals(min_value=0, max_value=2000, places=2)
LINES = st.lists(
    st.tuples(PRICES, st.integers(min_value=1, max_value=9)), min_size=1, max_size=6
)


def item(
    key: str, amount: str | Decimal, qty: int | str = 1, **more: Any
) -> BasketLine:
    """Return a line that is sold; ``amount`` is the line's, not one piece's."""
    more.setdefault("product", key)
    return BasketLine(key, Decimal(qty), Decimal(amount), **more)


def make_basket(*lines: BasketLine, **more: Any) -> Basket:
    """Return a sale in euro on a Friday; ``tenders`` as ``{type: amount}``."""
    tenders = more.pop("tenders", {})
    more = {"local_at": FRIDAY, "currency": "EUR", **more}
    paid = tuple(
        BasketTender(kind, Decimal(amount)) for kind, amount in tenders.items()
    )
    return Basket(tuple(lines), tenders=paid, **more)


def basket_of(drawn: list[tuple[Decimal, int]], **more: Any) -> Basket:
    """Return a sale of drawn prices and quantities."""
    lines = [item(f"L{n}", amount, qty) for n, (amount, qty) in enumerate(drawn)]
    return make_basket(*lines, **more)


def make_member(points: int = 0, **more: Any) -> MemberFacts:
    """Return a member with that many points to spend."""
    return MemberFacts(available={"main": points}, **more)


def rule(key: str = "base", points: int = 1, **more: Any) -> EarningRule:
    """Return a rule: one point per euro by default."""
    return EarningRule(key, more.pop("name", key.title()), points, **more)


def times(factor: str, key: str = "double", **more: Any) -> Multiplier:
    """Return a multiplier."""
    return Multiplier(key, more.pop("name", key.title()), Decimal(factor), **more)


def cents(**more: Any) -> RedemptionTerms:
    """Return terms by which 100 points pay 1.00."""
    return RedemptionTerms("EUR", 100, Decimal("1.00"), **more)


def make_program(
    *promises: EarningRule | Multiplier,
    redemption: tuple[RedemptionTerms, ...] | None = None,
    **more: Any,
) -> ProgramTerms:
    """Return a program of these rules and multipliers; 1 point per euro by default."""
    rules = tuple(one for one in promises if isinstance(one, EarningRule))
    multipliers = tuple(one for one in promises if isinstance(one, Multiplier))
    terms = EarningTerms(rules or (rule(),), multipliers, **more)
    return ProgramTerms(terms, (cents(),) if redemption is None else redemption)


def points_of(
    program: ProgramTerms,
    basket: Basket,
    member: MemberFacts | None = None,
    points: int | None = None,
) -> int:
    """Return the points that a sale earns in the main wallet."""
    return quote(program, basket, member or make_member(), points).earned.points()


def why_of(answer: Quote) -> Mapping[str, str]:
    """Return the sentence of each rule and multiplier that gave nothing."""
    return {one.source: one.why.sentence for one in answer.earned.skipped}
