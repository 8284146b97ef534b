"""What was sold, with the points that hang on each line, and what came back since.

Lives here: the input of returns and exchanges, and how a quoted sale becomes it. Lives
elsewhere: what a return does (``tools/returns.py``, ``tools/exchange.py``), the records
behind it (the models). Quantities and amounts are positive: a line that brought money
back (a deposit) is no part of what can be returned, and counts as money paid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from .basket import POINTS_TENDER, ZERO, Basket, BasketLine
from .earned import Earned
from .earning_rules import LineFilter
from .redemption import PAYABLE
from .rounding import exact, from_units, part_of, spread_by, to_units


class ReturnExceedsSaleError(ValueError):
    """More came back than was sold: of a line, of money or of points."""


@dataclass(frozen=True, slots=True)
class EarnedShare:
    """What a line earned in one wallet: whole points, and the share before rounding."""

    wallet: str
    points: int
    exact: Fraction


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A sold line. ``points_amount`` is the part of ``amount`` paid with points."""

    key: str
    qty: Decimal
    amount: Decimal
    points_amount: Decimal = ZERO
    earned: tuple[EarnedShare, ...] = ()

    def part(self, amount: Decimal, qty: Decimal, decimals: int) -> Decimal:
        """Return the part of one of the line's amounts for its first ``qty`` pieces."""
        units = part_of(to_units(amount, decimals), qty, self.qty)
        return from_units(units, decimals)


@dataclass(frozen=True, slots=True)
class SoldOrder:
    """A sale as returns see it; ``points_spent`` are worth the lines' points amounts.

    :raises ValueError: a line without quantity or with a negative amount, or more paid
        with points than the line cost.
    """

    lines: tuple[SoldLine, ...]
    points_spent: int = 0
    wallet: str = "main"
    decimals: int = 2

    def __post_init__(self) -> None:
        for line in self.lines:
            if line.qty <= 0 or not 0 <= line.points_amount <= line.amount:
                raise ValueError(f"line {line.key} cannot have been sold like that")
        if bool(self.points_spent) and not self.points_amount:
            raise ValueError(f"{self.points_spent} points paid nothing")

    @property
    def amount(self) -> Decimal:
        """What the goods cost."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def points_amount(self) -> Decimal:
        """How much of it was paid with points."""
        return sum((line.points_amount for line in self.lines), ZERO)

    @property
    def money_amount(self) -> Decimal:
        """How much of it was paid with money."""
        return self.amount - self.points_amount

    def earned(self) -> dict[str, int]:
        """Return the points earned, by wallet."""
        sums: dict[str, int] = {}
        for line in self.lines:
            for share in line.earned:
                sums[share.wallet] = sums.get(share.wallet, 0) + share.points
        return sums


@dataclass(frozen=True, slots=True)
class ReturnState:
    """What has come back of a sale so far, as running sums; empty at first."""

    qty: Mapping[str, Decimal] = field(default_factory=dict)
    points_amount: Decimal = ZERO
    money_amount: Decimal = ZERO
    points_restored: int = 0


def sold_order(
    basket: Basket,
    earned: Earned,
    points_spent: int = 0,
    payable: LineFilter = PAYABLE,
    wallet: str = "main",
) -> SoldOrder:
    """Return what was sold, from the recorded sale and its quote.

    The points tender is spread over the lines that points may pay, to the unit of the
    currency, by largest remainder.

    :raises ReturnExceedsSaleError: the points paid more than the lines cost.
    """
    sold = [line for line in basket.lines if line.qty > 0 and line.amount >= 0]
    paid = basket.tendered(frozenset({POINTS_TENDER}))
    amounts = spread_payment(sold, paid, payable, basket.decimals)
    lines = tuple(
        SoldLine(line.key, line.qty, line.amount, amount, shares_of(earned, line.key))
        for line, amount in zip(sold, amounts, strict=True)
    )
    return SoldOrder(lines, points_spent, wallet, basket.decimals)


def shares_of(earned: Earned, line: str) -> tuple[EarnedShare, ...]:
    """Return what one line earned, by wallet."""
    wallets = dict.fromkeys(part.wallet for part in earned.parts if part.line == line)
    return tuple(
        EarnedShare(wallet, earned.points(wallet, line), earned.exact(wallet, line))
        for wallet in wallets
    )


def spread_payment(
    lines: list[BasketLine], paid: Decimal, payable: LineFilter, decimals: int
) -> list[Decimal]:
    """Return which part of ``paid`` each line carries, in proportion to its amount.

    Only lines that points may pay carry it, unless they cost less than was paid.
    """
    accepted = [line.amount if payable.accepts(line) else ZERO for line in lines]
    if paid > sum(accepted, ZERO):
        accepted = [line.amount for line in lines]
    if paid > sum(accepted, ZERO):
        raise ReturnExceedsSaleError(f"points paid {paid}, the lines cost less")
    if not paid:
        return [ZERO] * len(lines)
    units = spread_by(to_units(paid, decimals), [exact(one) for one in accepted])
    return [from_units(one, decimals) for one in units]
