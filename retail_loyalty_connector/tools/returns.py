"""What a return takes back and gives back: points and money, by line and quantity.

Lives here: the arithmetic of partial returns and the split between tenders. Lives
elsewhere: exchanges (``tools/exchange.py``), points that are spent already
(``tools/settlement.py``), booking it (the ledger). Source: R9.

Everything is a function of running sums: what this return brings is the sum after it
less the sum before it. Whatever the sequence of partial returns, they sum to exactly
the points earned, the points spent and the money paid (decision 0074). Within one line
the pieces are equal; between lines, the points were handed out by largest remainder
when they were earned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .basket import ZERO
from .rounding import from_units, part_of, to_units
from .sold import ReturnExceedsSaleError, ReturnState, SoldLine, SoldOrder

#: Which tender a refund uses up first.
POLICIES = ("proportional", "points_first", "money_first")


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """One line of a return; ``taken`` are earned points to take back, by wallet."""

    key: str
    qty: Decimal
    amount: Decimal
    taken: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Return:
    """What a return brings.

    ``points_amount + money_amount`` is what the goods cost; ``points_restored`` are the
    points worth ``points_amount`` when they were spent. ``after`` goes into the next
    return of the same sale.
    """

    lines: tuple[ReturnedLine, ...]
    points_amount: Decimal
    money_amount: Decimal
    points_restored: int
    after: ReturnState

    @property
    def amount(self) -> Decimal:
        """What the goods cost that come back."""
        return self.points_amount + self.money_amount

    @property
    def taken(self) -> dict[str, int]:
        """Earned points to take back, by wallet."""
        sums: dict[str, int] = {}
        for line in self.lines:
            for wallet, points in line.taken:
                sums[wallet] = sums.get(wallet, 0) + points
        return sums


def take_return(
    order: SoldOrder,
    state: ReturnState,
    qty_by_line: Mapping[str, Decimal],
    policy: str = "proportional",
    points_amount: Decimal | None = None,
) -> Return:
    """Return what it means that these quantities come back.

    :param policy: one of ``POLICIES``: what the refund uses up first.
    :param points_amount: what a till has refunded in points already; it counts instead
        of the policy.
    :raises ReturnExceedsSaleError: more than is left of a line, or than points or money
        have paid.
    """
    if policy not in POLICIES:
        raise ValueError(f"unknown policy for split tenders: {policy}")
    returned = tuple(
        _returned(order, state, line, qty_by_line[line.key])
        for line in order.lines
        if qty_by_line.get(line.key)
    )
    unknown = set(qty_by_line) - {line.key for line in order.lines}
    if unknown:
        raise ReturnExceedsSaleError(f"lines were never sold: {sorted(unknown)}")
    qty = dict(state.qty)
    for line in returned:
        qty[line.key] = qty.get(line.key, ZERO) + line.qty
    amount = sum((line.amount for line in returned), ZERO)
    points = _points_part(order, state, qty, amount, policy, points_amount)
    restored_sum = points_worth(order, state.points_amount + points)
    after = ReturnState(
        qty,
        state.points_amount + points,
        state.money_amount + amount - points,
        restored_sum,
    )
    restored = restored_sum - state.points_restored
    return Return(returned, points, amount - points, restored, after)


def points_worth(order: SoldOrder, amount: Decimal) -> int:
    """Return how many of the points spent stand for the first ``amount`` they paid."""
    places = order.decimals
    done, of = to_units(amount, places), to_units(order.points_amount, places)
    return part_of(order.points_spent, done, of)


def _returned(
    order: SoldOrder, state: ReturnState, line: SoldLine, qty: Decimal
) -> ReturnedLine:
    before = state.qty.get(line.key, ZERO)
    after = before + qty
    if qty < 0 or after > line.qty:
        raise ReturnExceedsSaleError(
            f"line {line.key}: {qty} come back, {line.qty - before} are left"
        )
    amount = line.part(line.amount, after, order.decimals)
    amount -= line.part(line.amount, before, order.decimals)
    taken = tuple(
        (
            share.wallet,
            part_of(share.points, after, line.qty)
            - part_of(share.points, before, line.qty),
        )
        for share in line.earned
    )
    return ReturnedLine(line.key, qty, amount, taken)


def _points_part(
    order: SoldOrder,
    state: ReturnState,
    qty: Mapping[str, Decimal],
    amount: Decimal,
    policy: str,
    given: Decimal | None,
) -> Decimal:
    """Return how much of ``amount`` is refunded in points.

    Never more than points paid, never so little that money would be refunded that was
    not paid: so the last return closes both to the unit, whatever policies were mixed.
    """
    points_left = order.points_amount - state.points_amount
    money_left = order.money_amount - state.money_amount
    least, most = max(ZERO, amount - money_left), min(amount, points_left)
    if given is not None:
        if not least <= given <= most:
            raise ReturnExceedsSaleError(
                f"{given} of {amount} refunded in points; {points_left} of points and "
                f"{money_left} of money are left"
            )
        return given
    if policy == "points_first":
        return most
    if policy == "money_first":
        return least
    target = from_units(
        sum(_line_points(order, line, qty) for line in order.lines), order.decimals
    )
    return min(max(target - state.points_amount, least), most)


def _line_points(order: SoldOrder, line: SoldLine, qty: Mapping[str, Decimal]) -> int:
    units = to_units(line.points_amount, order.decimals)
    return part_of(units, qty.get(line.key, ZERO), line.qty)
