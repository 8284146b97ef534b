"""The whole dry run: what a sale earns, why, and what points may pay of it.

Lives here: the program's terms put together, and one function over them. Lives
elsewhere: the steps (``tools/earning.py``, ``tools/redemption.py``). Called by quotes
of every channel *and by postings*: a sale is posted by quoting what was recorded, so
that a customer gets what the screen said, and a till, a webshop and the back office
cannot compute differently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .basket import POINTS_TENDER, Basket, BasketTender, MemberFacts
from .earned import Earned
from .earning import earn
from .earning_rules import EVERY_LINE, EarningTerms
from .reasons import reason
from .redemption import (
    Redeemable,
    Redemption,
    RedemptionTerms,
    redeem,
    redeemable,
)


@dataclass(frozen=True, slots=True)
class ProgramTerms:
    """What a program promises: points for sales, and money for points per currency."""

    earning: EarningTerms = EarningTerms()
    redemption: tuple[RedemptionTerms, ...] = ()

    def __post_init__(self) -> None:
        currencies = [terms.currency for terms in self.redemption]
        if len(set(currencies)) != len(currencies):
            raise ValueError("points have two values in one currency")

    def redemption_in(self, currency: str) -> RedemptionTerms | None:
        """Return what points are worth in a currency, None where they do not pay."""
        found = (terms for terms in self.redemption if terms.currency == currency)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Quote:
    """The answer: points per line and rule, and points as a means of payment.

    ``redemption`` is set when the question named a number of points; where they are
    accepted, ``earned`` counts the sale as paid with them.
    """

    earned: Earned
    redeemable: Redeemable
    redemption: Redemption | None = None


def quote(
    program: ProgramTerms,
    basket: Basket,
    member: MemberFacts,
    points: int | None = None,
) -> Quote:
    """Return what the sale earns and what points may pay.

    :param member: ``MemberFacts()`` for somebody who is not a member yet: what joining
        would bring.
    :param points: points that the customer wants to pay with; those among the basket's
        tenders are paid already.
    """
    terms = program.redemption_in(basket.currency)
    if terms is None:
        why = reason("not_redeemable", currency=basket.currency)
        refused = Redemption(0, basket.amount * 0, why) if points else None
        earned = earn(program.earning, basket, member, EVERY_LINE)
        return Quote(earned, Redeemable(why=why), refused)
    available = member.available.get(terms.wallet, 0)
    offer = redeemable(terms, basket, available)
    redemption = redeem(terms, basket, available, points) if points else None
    if redemption and redemption.points:
        planned = BasketTender(POINTS_TENDER, redemption.amount)
        basket = replace(basket, tenders=(*basket.tenders, planned))
    earned = earn(program.earning, basket, member, terms.payable)
    return Quote(earned, offer, redemption)
