"""An exchange: goods come back and others go out, as one event with one net result.

Lives here: netting points and amounts of both sides. Lives elsewhere: the return side
(``tools/returns.py``), the points of new goods (``tools/quote.py``), booking the net
(the ledger). Source: R9.

* Value for value, exchanged goods keep what the returned ones earned: a size swapped is
  no reason to lose a campaign's points, nor to win today's (``terms="keep"``). What the
  new goods cost more earns by today's rules. With ``terms="today"`` they earn afresh.
* Only the net is rounded, so an even exchange moves no point (decision 0074).
* What was paid with points stays paid with points: only what goes back to the customer
  restores any; the rest moves on to the new goods, and earns nothing there either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from .basket import (
    POINTS_TENDER,
    ZERO,
    Basket,
    BasketLine,
    BasketTender,
    MemberFacts,
)
from .earned import Earned
from .earning_rules import LineFilter
from .quote import ProgramTerms, quote
from .redemption import PAYABLE
from .returns import POLICIES, Return, take_return
from .rounding import exact, from_units, part_of, shares_by, spread_by, to_units
from .sold import (
    EarnedShare,
    ReturnState,
    SoldLine,
    SoldOrder,
    spread_payment,
)

TERMS = ("keep", "today")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an exchange brings.

    ``returned`` is the whole return side, before netting; ``refund_points_amount`` and
    ``refund_money`` go back to the customer, ``points_restored`` with the former;
    ``due`` is to pay. ``sold`` is what later returns of the new goods go by.
    """

    returned: Return
    sold: SoldOrder
    refund_points_amount: Decimal
    refund_money: Decimal
    points_restored: int
    due: Decimal

    @property
    def net(self) -> dict[str, int]:
        """Points to grant (positive) or take (negative), by wallet; no zeros."""
        sums = self.sold.earned()
        for wallet, points in self.returned.taken.items():
            sums[wallet] = sums.get(wallet, 0) - points
        return {wallet: points for wallet, points in sums.items() if points}


@dataclass(frozen=True, slots=True)
class NewGoods:
    """The other side: what goes out, and by which promises it earns.

    ``points_spent`` were paid with the points among the basket's tenders.
    """

    basket: Basket
    program: ProgramTerms
    member: MemberFacts
    points_spent: int = 0

    @property
    def lines(self) -> list[BasketLine]:
        """The lines that are sold."""
        return [one for one in self.basket.lines if one.qty > 0 and one.amount >= 0]

    @property
    def payable(self) -> LineFilter:
        """Lines that points may pay."""
        terms = self.program.redemption_in(self.basket.currency)
        return terms.payable if terms else PAYABLE

    def earned(self, carried: Decimal) -> Earned:
        """Return what it would earn as a sale of its own, today.

        :param carried: what points paid of the returned goods, and now of these: it
            earns as little here as it did there.
        """
        moved = BasketTender(POINTS_TENDER, carried)
        basket = replace(self.basket, tenders=(*self.basket.tenders, moved))
        return quote(self.program, basket, self.member).earned

    def counts_points(self, wallet: str) -> bool:
        """Tell whether what was paid with points earns in this wallet."""
        rules = [one for one in self.program.earning.rules if one.wallet == wallet]
        return all(POINTS_TENDER not in one.excluded_tenders for one in rules)


def take_exchange(
    order: SoldOrder,
    state: ReturnState,
    qty_by_line: Mapping[str, Decimal],
    new: NewGoods,
    policy: str = "proportional",
    terms: str = "keep",
) -> Exchange:
    """Return what it means that goods come back and others go out.

    :param policy: what a refund uses up first, as for ``take_return``; here of what
        was paid for the goods that come back.
    :raises ReturnExceedsSaleError: more comes back than is left.
    :raises ValueError: unknown terms or policy, or points pay more than what is due.
    """
    if terms not in TERMS or policy not in POLICIES:
        raise ValueError(f"unknown terms of exchange: {terms}, {policy}")
    back = take_return(order, state, qty_by_line)
    cost = sum((line.amount for line in new.lines), ZERO)
    refund = max(ZERO, back.amount - cost)
    due = max(ZERO, cost - back.amount)
    paid = new.basket.tendered(frozenset({POINTS_TENDER}))
    if paid > due:
        raise ValueError(f"points pay {paid} where {due} is due")
    in_points = _refund_in_points(back, refund, policy, order.decimals)
    restored = part_of(
        back.points_restored,
        to_units(in_points, order.decimals),
        to_units(back.points_amount, order.decimals),
    )
    carried = back.points_amount - in_points
    sold = SoldOrder(
        _sold_lines(_Given(order, state, back), new, carried, terms),
        back.points_restored - restored + new.points_spent,
        order.wallet,
        order.decimals,
    )
    return Exchange(back, sold, in_points, refund - in_points, restored, due)


def _sold_lines(
    given: _Given, new: NewGoods, carried: Decimal, terms: str
) -> tuple[SoldLine, ...]:
    """Return the new goods as later returns will see them."""
    order, back = given.order, given.back
    paid = carried + new.basket.tendered(frozenset({POINTS_TENDER}))
    amounts = spread_payment(new.lines, paid, new.payable, order.decimals)
    bare = [
        SoldLine(line.key, line.qty, line.amount, amount)
        for line, amount in zip(new.lines, amounts, strict=True)
    ]
    earned = new.earned(carried)
    shares: dict[str, list[EarnedShare]] = {line.key: [] for line in bare}
    for wallet in {**earned.wallets, **back.taken}:
        today = [earned.exact(wallet, line.key) for line in bare]
        gross = new.counts_points(wallet)
        old, base = given.measure(wallet, gross)
        total = sum(today, Fraction())
        if terms == "keep":
            pairs = zip(bare, today, strict=True)
            got = sum((_base(line, gross) for line, x in pairs if x), Fraction())
            total = _kept(old, base, total, got)
        points = _net_points(back.taken.get(wallet, 0), old, total)
        parts = spread_by(points, today)
        exacts = shares_by(total, today)
        for line, part, share in zip(bare, parts, exacts, strict=True):
            if part or share:
                shares[line.key].append(EarnedShare(wallet, part, share))
    return tuple(replace(line, earned=tuple(shares[line.key])) for line in bare)


def _refund_in_points(
    back: Return, refund: Decimal, policy: str, decimals: int
) -> Decimal:
    """Return how much of the refund is points: of what came back with these goods."""
    if policy == "points_first":
        return min(back.points_amount, refund)
    if policy == "money_first":
        return max(ZERO, refund - back.money_amount)
    units = part_of(
        to_units(back.points_amount, decimals),
        to_units(refund, decimals),
        to_units(back.amount, decimals),
    )
    return from_units(units, decimals)


@dataclass(frozen=True, slots=True)
class _Given:
    """What comes back, measured as what goes out is: to the currency's unit.

    Pieces of one line may differ by a unit. Measured by quantity, the like of such a
    piece would seem to cost more or less than the piece, and move a point.
    """

    order: SoldOrder
    state: ReturnState
    back: Return

    def measure(self, wallet: str, gross: bool) -> tuple[Fraction, Fraction]:
        """Return the share that was earned, and on what; only earning lines count."""
        old, given = Fraction(), Fraction()
        lines = {line.key: line for line in self.order.lines}
        for one in self.back.lines:
            line = lines[one.key]
            base, whole_base = self._bases(line, one.qty, gross)
            share = (
                base / whole_base if whole_base else exact(one.qty) / exact(line.qty)
            )
            for earned in line.earned:
                if earned.wallet == wallet and earned.exact:
                    old += earned.exact * share
                    given += base
        return old, given

    def _bases(
        self, line: SoldLine, qty: Decimal, gross: bool
    ) -> tuple[Fraction, Fraction]:
        before = self.state.qty.get(line.key, ZERO)
        sums = []
        for done in (before, before + qty, line.qty):
            amount = line.part(line.amount, done, self.order.decimals)
            points = line.part(line.points_amount, done, self.order.decimals)
            sums.append(exact(amount if gross else amount - points))
        return max(Fraction(), sums[1] - sums[0]), sums[2]


def _base(line: SoldLine, gross: bool) -> Fraction:
    """Return what counts of a line: all of it, or what was not paid with points."""
    return exact(line.amount if gross else line.amount - line.points_amount)


def _kept(old: Fraction, given: Fraction, today: Fraction, got: Fraction) -> Fraction:
    """Return what the new goods earn, value for value.

    :param given: what counted of the returned goods, which earned ``old``.
    :param got: what counts of the new ones, which alone would earn ``today``.
    """
    if not today or not given or not got:
        return today
    if got <= given:
        return old * got / given
    return old + today * (got - given) / got


def _net_points(taken: int, old: Fraction, new: Fraction) -> int:
    """Return the new goods' points: those taken plus the rounded net.

    Held next to the exact share, so that a chain of exchanges cannot drift; nothing
    moves where nothing changes.
    """
    if new == old:
        return taken
    points = taken + math.floor(new - old)
    return min(max(points, math.floor(new)), math.ceil(new))
