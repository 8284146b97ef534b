"""An exchange: goods come back and others go out, as one event with one net result.

Lives here: netting points and amounts of both sides. Lives elsewhere: the return side
(``tools/returns.py``), what new goods keep (``tools/exchange_points.py``) and earn
(``tools/quote.py``), booking the net (the ledger). Source: R9.

* Value for value, exchanged goods keep what the returned ones earned: a size swapped is
  no reason to lose a campaign's points, nor to win today's (``terms="keep"``). What the
  new goods cost more earns by today's rules. With ``terms="today"`` they earn afresh.
* Only the net is rounded, so an even exchange moves no point (decision 0074).
* What was paid with points stays paid with points: only what goes back to the customer
  restores any; the rest moves on to the new goods, and earns nothing there either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

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
from .exchange_points import Given, kept_shares, net_points
from .quote import ProgramTerms, quote
from .redemption import PAYABLE
from .returns import POLICIES, Return, take_return
from .rounding import from_units, part_of, spread_by, to_units, total_of
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

    def can_earn(self, wallet: str, line: BasketLine) -> bool:
        """Tell whether a rule takes such lines, whoever buys them, when and where.

        A minimum, a window or a cap that is used up is no reason to lose points that
        were earned when the goods were bought.
        """
        rules = [one for one in self.program.earning.rules if one.wallet == wallet]
        return any(one.lines.accepts(line) for one in rules)


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
        _sold_lines(Given(order, state, back), new, carried, terms),
        back.points_restored - restored + new.points_spent,
        order.wallet,
        order.decimals,
    )
    return Exchange(back, sold, in_points, refund - in_points, restored, due)


def _sold_lines(
    given: Given, new: NewGoods, carried: Decimal, terms: str
) -> tuple[SoldLine, ...]:
    """Return the new goods as later returns will see them."""
    decimals = given.order.decimals
    paid = carried + new.basket.tendered(frozenset({POINTS_TENDER}))
    amounts = spread_payment(new.lines, paid, new.payable, decimals)
    bare = [
        SoldLine(line.key, line.qty, line.amount, amount)
        for line, amount in zip(new.lines, amounts, strict=True)
    ]
    earned = new.earned(carried)
    shares: dict[str, list[EarnedShare]] = {line.key: [] for line in bare}
    for wallet in {**earned.wallets, **given.back.taken}:
        today = [earned.exact(wallet, line.key) for line in bare]
        old, exacts = given.share(wallet), today
        if terms == "keep":
            kinds = [new.can_earn(wallet, line) for line in new.lines]
            gross = new.counts_points(wallet)
            exacts = kept_shares(given, wallet, gross, bare, kinds, today)
        taken = given.back.taken.get(wallet, 0)
        points = net_points(taken, old, total_of(exacts))
        parts = spread_by(points, exacts)
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
