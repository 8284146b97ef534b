"""What exchanged goods keep of the points that the returned ones earned.

Lives here: comparing both sides of an exchange, value for value, in exact shares.
Lives elsewhere: the exchange itself (``tools/exchange.py``), which calls this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .basket import ZERO
from .returns import Return
from .rounding import exact, shares_by, total_of
from .sold import ReturnState, SoldLine, SoldOrder


@dataclass(frozen=True, slots=True)
class Given:
    """What comes back, measured as what goes out is: to the currency's unit.

    Pieces of one line may differ by a unit. Measured by quantity, the like of such a
    piece would seem to cost more or less than the piece, and move a point.
    """

    order: SoldOrder
    state: ReturnState
    back: Return

    def share(self, wallet: str) -> Fraction:
        """Return the exact share that the returned goods earned."""
        gross = not self.base(wallet, gross=False)
        shares = []
        for line, qty, points in self._earning(wallet):
            base, of = self._bases(line, qty, gross)
            part = base / of if of else exact(qty) / exact(line.qty)
            shares.append(points * part)
        return total_of(shares)

    def base(self, wallet: str, gross: bool) -> Fraction:
        """Return what counted of the returned goods; only earning lines compare."""
        return total_of(
            self._bases(line, qty, gross)[0]
            for line, qty, _points in self._earning(wallet)
        )

    def _earning(self, wallet: str) -> list[tuple[SoldLine, Decimal, Fraction]]:
        """Return the lines that come back and have earned, how many, and what."""
        lines = {line.key: line for line in self.order.lines}
        return [
            (lines[one.key], one.qty, earned.exact)
            for one in self.back.lines
            for earned in lines[one.key].earned
            if earned.wallet == wallet and earned.exact
        ]

    def _bases(
        self, line: SoldLine, qty: Decimal, gross: bool
    ) -> tuple[Fraction, Fraction]:
        """Return what counted of the pieces that come back, and of the whole line."""
        before = self.state.qty.get(line.key, ZERO)
        sums = []
        for done in (before, before + qty, line.qty):
            amount = line.part(line.amount, done, self.order.decimals)
            points = line.part(line.points_amount, done, self.order.decimals)
            sums.append(exact(amount if gross else amount - points))
        return max(Fraction(), sums[1] - sums[0]), sums[2]


def kept_shares(
    given: Given,
    wallet: str,
    gross: bool,
    lines: Sequence[SoldLine],
    can_earn: Sequence[bool],
    today: Sequence[Fraction],
) -> list[Fraction]:
    """Return what each new line has earned, before rounding.

    Up to the value of the returned goods they keep what those earned; only what is
    above it earns as ``today`` says.

    :param gross: whether what was paid with points counts in this wallet.
    :param can_earn: lines that may keep points at all; a gift card may not.
    """
    old = given.share(wallet)
    if not old:
        return list(today)
    # Goods paid with points alone can have earned by the piece or by the visit.
    gross = gross or not given.base(wallet, gross=False)
    base = given.base(wallet, gross)
    bases = [
        _base(line, gross) if earns else Fraction()
        for line, earns in zip(lines, can_earn, strict=True)
    ]
    got = total_of(bases)
    if base and got:
        kept = shares_by(old * min(Fraction(1), got / base), bases)
        above = max(Fraction(), got - base) / got
        return [one + extra * above for one, extra in zip(kept, today, strict=True)]
    if got:
        return list(today)
    # Free goods for free goods: by the piece. For goods of a value, nothing is kept.
    pieces = [
        exact(line.qty) * earns for line, earns in zip(lines, can_earn, strict=True)
    ]
    if base or not any(pieces):
        return [Fraction() for _line in lines]
    return shares_by(old, pieces)


def net_points(taken: int, old: Fraction, new: Fraction) -> int:
    """Return the new goods' points: those taken plus the rounded net.

    Held next to the exact share, so that a chain of exchanges cannot drift; nothing
    moves where nothing changes.
    """
    if new == old:
        return taken
    points = taken + math.floor(new - old)
    return min(max(points, math.floor(new)), math.ceil(new))


def _base(line: SoldLine, gross: bool) -> Fraction:
    """Return what counts of a line: all of it, or what was not paid with points."""
    return exact(line.amount if gross else line.amount - line.points_amount)
