"""Points as a means of payment: what they are worth, and how many may pay.

Lives here: the terms and the arithmetic between points and amounts. Lives elsewhere:
holds and captures (the ledger), what a return gives back (``tools/returns.py``). Called
by ``tools/quote.py``, by holds and by the till's payment method.

The value of points is rounded down to the currency's unit, the points that an amount
needs are rounded up (``tools/rounding.py``): so two payments are never worth more than
one, and what was found to be enough is enough. A value is a promise of the program per
currency, not a matter of exchange rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from .basket import POINTS_TENDER, ZERO, Basket
from .earning_rules import LineFilter
from .reasons import Reason, reason
from .rounding import exact, floor_amount, whole_up

#: What points pay by default: goods, shipping and fees; not gift cards, which would
#: turn points into money.
PAYABLE = LineFilter(kinds=frozenset({"item", "shipping", "fee"}), rewards=True)


@dataclass(frozen=True, slots=True)
class RedemptionTerms:
    """``points`` are worth ``amount`` of ``currency``: 100 points are 1.00.

    ``minimum`` and ``maximum`` (none: no limit) bound one payment, in points; they come
    in multiples of ``step``. ``share_max`` bounds the share of what can be paid with
    points, 0 … 1.
    """

    currency: str
    points: int
    amount: Decimal
    decimals: int = 2
    minimum: int = 1
    maximum: int | None = None
    step: int = 1
    share_max: Decimal = Decimal(1)
    payable: LineFilter = PAYABLE
    wallet: str = "main"

    def __post_init__(self) -> None:
        if self.points < 1 or self.amount <= 0 or self.step < 1 or self.minimum < 0:
            raise ValueError(f"redemption terms in {self.currency} make no sense")
        if not 0 <= self.share_max <= 1:
            raise ValueError(f"share {self.share_max} is not between 0 and 1")

    @property
    def least(self) -> int:
        """The smallest payment that is worth something, as a multiple of the step."""
        return max(_step_up(self.minimum, self.step), self.points_for(self.unit))

    @property
    def unit(self) -> Decimal:
        """The smallest amount of the currency."""
        return Decimal(1).scaleb(-self.decimals)

    def value(self, points: int) -> Decimal:
        """Return what points are worth, to the currency's unit."""
        if points < 0:
            raise ValueError(f"{points} points have no value")
        worth = exact(self.amount) * points / self.points
        return floor_amount(worth, self.decimals)

    def points_for(self, amount: Decimal) -> int:
        """Return the fewest points worth at least ``amount``, in whole steps."""
        needed = whole_up(exact(amount) * self.points / exact(self.amount))
        return _step_up(max(0, needed), self.step)

    def points_within(self, amount: Decimal) -> int:
        """Return the most points, in whole steps, that pay no more than ``amount``.

        Of those worth the same, the fewest: no point is lost in the value's rounding.
        """
        if amount <= 0:
            return 0
        # Up to one unit above the amount (not included) is rounded down to it.
        bound = (exact(amount) + exact(self.unit)) * self.points / exact(self.amount)
        return self.points_for(self.value(_step_down(math.ceil(bound) - 1, self.step)))


@dataclass(frozen=True, slots=True)
class Redeemable:
    """What may be paid with points now.

    ``points_max`` (worth ``amount_max``) wastes nothing; ``points_to_cover`` covers
    ``payable`` to the last cent, maybe with a part of a step unused, and is None where
    that is not possible. All zero, with ``why``, where nothing may be paid.
    """

    wallet: str = ""
    points_min: int = 0
    points_max: int = 0
    step: int = 1
    amount_max: Decimal = ZERO
    payable: Decimal = ZERO
    points_to_cover: int | None = None
    why: Reason | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """A payment of ``points`` worth ``amount``, or why it is refused."""

    points: int
    amount: Decimal
    why: Reason | None = None


def payable_amount(terms: RedemptionTerms, basket: Basket) -> Decimal:
    """Return how much of the sale may still be paid with points, in whole units.

    What tenders have paid already is not left to be paid, and points among them count
    in the largest share.
    """
    lines = [line for line in basket.lines if terms.payable.accepts(line)]
    total = max(ZERO, sum((line.amount for line in lines), ZERO))
    share = floor_amount(exact(total) * exact(terms.share_max), terms.decimals)
    share -= basket.tendered(frozenset({POINTS_TENDER}))
    paid = sum((tender.amount for tender in basket.tenders), ZERO)
    return max(ZERO, min(share, basket.amount - paid))


def redeemable(terms: RedemptionTerms, basket: Basket, available: int) -> Redeemable:
    """Return how many points the member may pay with.

    :param available: the member's points that are neither spent nor held.
    """
    payable = payable_amount(terms, basket)
    if payable <= 0:
        return Redeemable(terms.wallet, why=reason("nothing_payable"))
    most = max(0, available)
    if terms.maximum is not None:
        most = min(most, terms.maximum)
    points_max = min(_step_down(most, terms.step), terms.points_within(payable))
    if points_max >= terms.least:
        points_max = max(terms.least, terms.points_for(terms.value(points_max)))
    cover = terms.points_for(payable)
    to_cover = cover if terms.least <= cover <= most else None
    if points_max < terms.least and to_cover is None:
        why = reason("too_few_points", minimum=terms.least, available=available)
        if most >= terms.least:
            currency = terms.currency
            why = reason("above_sale", amount=payable, currency=currency)
        return Redeemable(terms.wallet, payable=payable, why=why)
    if points_max < terms.least:
        points_max = to_cover or 0
    return Redeemable(
        wallet=terms.wallet,
        points_min=terms.least,
        points_max=points_max,
        step=terms.step,
        amount_max=min(terms.value(points_max), payable),
        payable=payable,
        points_to_cover=to_cover,
    )


def redeem(
    terms: RedemptionTerms, basket: Basket, available: int, points: int
) -> Redemption:
    """Return what ``points`` pay of the sale, or why they may not.

    The customer chooses the number. More than what covers the sale is refused, since it
    would be lost; a last step that is worth more than what is left pays what is left.
    Points that would bring nothing, lost in the value's rounding, are not taken.
    """
    why = _refusal(terms, basket, available, points)
    if why:
        return Redemption(0, ZERO, why)
    amount = min(terms.value(points), payable_amount(terms, basket))
    needed = max(terms.least, terms.points_for(amount))
    return Redemption(min(points, needed), amount)


def _refusal(
    terms: RedemptionTerms, basket: Basket, available: int, points: int
) -> Reason | None:
    payable = payable_amount(terms, basket)
    if payable <= 0:
        return reason("nothing_payable")
    if points % terms.step:
        return reason("not_in_steps", step=terms.step)
    if points < terms.least:
        return reason("below_minimum_points", minimum=terms.least)
    if terms.maximum is not None and points > terms.maximum:
        return reason("above_maximum_points", maximum=terms.maximum)
    if points > available:
        return reason("above_available", available=available)
    if points > terms.points_for(payable):
        return reason("above_sale", amount=payable, currency=terms.currency)
    return None


def _step_up(points: int, step: int) -> int:
    return -(-points // step) * step


def _step_down(points: int, step: int) -> int:
    return points // step * step
