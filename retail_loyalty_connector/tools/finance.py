"""What a period's batch books: a cohort's figures, and the lines of a journal entry.

Lives here: from running sums of points and exact amounts to money, in the currency of
the sales and in that of the books. Lives elsewhere: the standard's arithmetic
(``tools/liability.py``), which entries a period covers (``data/ledger/finance.sql``),
journal entries (``models/loyalty_finance_batch_posting.py``).

Every figure of a period is the difference of two running sums, each rounded once: what
several periods book sums up to what is due, to the unit, in both currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.retail_integration_base.tools import money

from .basket import ZERO
from .liability import Cohort, Estimate, measure

#: which figures a journal entry shows, and the accounts that they go from and to
PAIRS = (
    ("added", "deferral", "liability"),
    ("redeemed", "liability", "revenue"),
    ("breakage", "liability", "breakage"),
)

#: allocated, revenue and the used points' part of it, since a cohort began
Running = tuple[Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Sums:
    """Points of a cohort since it began, and the price that belongs to them, exact."""

    issued: int = 0
    redeemed: int = 0
    lapsed: int = 0
    allocated: Decimal = ZERO

    def plus(self, other: Sums) -> Sums:
        """Return both together."""
        return Sums(
            self.issued + other.issued,
            self.redeemed + other.redeemed,
            self.lapsed + other.lapsed,
            self.allocated + other.allocated,
        )

    def negated(self) -> Sums:
        """Return what takes these away."""
        return Sums(-self.issued, -self.redeemed, -self.lapsed, -self.allocated)

    def settled(self) -> Sums:
        """Return the same with no count below zero.

        Who returns goods gives points of the sale back although others were spent in
        their place: what was counted as redeemed of it then counts as spent of those.
        Had they lapsed instead, they are not lapsed any more.
        """
        owed = min(self.redeemed, 0)
        redeemed, lapsed = self.redeemed - owed, self.lapsed + owed
        owed = min(lapsed, 0)
        return Sums(
            self.issued,
            max(redeemed + owed, 0),
            lapsed - owed,
            max(self.allocated, ZERO),
        )


@dataclass(frozen=True, slots=True)
class Booked:
    """What earlier periods have posted: in the currency, and in that of the books."""

    allocated: Decimal = ZERO
    revenue: Decimal = ZERO
    redeemed: Decimal = ZERO
    allocated_books: Decimal = ZERO
    revenue_books: Decimal = ZERO
    redeemed_books: Decimal = ZERO

    @property
    def own(self) -> Running:
        """Return the sums in the currency of the sales."""
        return self.allocated, self.revenue, self.redeemed

    @property
    def books(self) -> Running:
        """Return the sums in that of the books."""
        return self.allocated_books, self.revenue_books, self.redeemed_books


@dataclass(frozen=True, slots=True)
class Figures:
    """A period's amounts: ``opening + added - redeemed - breakage = closing``.

    ``redeemed`` is the price of the points that were used, ``breakage`` what is
    recognised with them for those that nobody will use (IFRS 15.B46).
    """

    opening: Decimal
    added: Decimal
    redeemed: Decimal
    breakage: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A cohort at a period's end: points expected, figures in both currencies."""

    expected: Decimal
    amounts: Figures
    books: Figures
    booked: Booked


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a journal entry; debit positive."""

    account: str
    figure: str
    amount: Decimal
    balance: Decimal


def book_line(
    key: str,
    currency: str,
    decimals: tuple[int, int],
    sums: Sums,
    booked: Booked,
    estimate: Estimate,
    rate: Decimal,
) -> Line:
    """Return what a period books for a cohort.

    Prices enter the books at the rate of the period in which they were received and
    leave them in proportion (IFRIC 22): rates that move later move no liability.

    :param decimals: of the currency, and of the books' currency
    :param sums: since the cohort began, this period included
    :param rate: units of the books' currency for one of the sales' currency
    """
    own, books = decimals
    cohort = Cohort(
        key,
        currency,
        sums.issued,
        money.quantize(sums.allocated, own),
        sums.redeemed,
        sums.lapsed,
        booked.allocated,
        booked.revenue,
        own,
    )
    measured = measure(cohort, estimate)
    revenue = booked.revenue + measured.revenue
    # What the used points cost of those issued; the rest of the revenue is breakage.
    redeemed = min(revenue, _part(cohort.allocated, sums.redeemed, sums.issued, own))
    kept = (cohort.allocated, revenue, redeemed)
    kept_books = booked.allocated_books + money.quantize(measured.added * rate, books)
    shares = (_part(kept_books, one, cohort.allocated, books) for one in kept[1:])
    now = Booked(*kept, kept_books, *shares)
    expected = Decimal(measured.expected.numerator) / measured.expected.denominator
    return Line(
        money.quantize(expected, 2),
        _figures(booked.own, now.own),
        _figures(booked.books, now.books),
        now,
    )


def _figures(before: Running, now: Running) -> Figures:
    allocated, revenue, redeemed = (b - a for a, b in zip(before, now, strict=True))
    return Figures(
        before[0] - before[1],
        allocated,
        redeemed,
        revenue - redeemed,
        now[0] - now[1],
    )


def _part(
    total: Decimal, done: Decimal | int, of: Decimal | int, decimals: int
) -> Decimal:
    """Return what ``done`` of ``of`` has of ``total``; all of it at the end."""
    if not of:
        return total
    return money.quantize(total * Decimal(done) / Decimal(of), decimals)


def entry_items(lines: Iterable[tuple[Figures, Figures]]) -> list[Item]:
    """Return the lines of the journal entry of some cohorts of one currency.

    Each figure is one pair of lines; what is nothing has none. Debits equal credits in
    both currencies by construction.
    """
    pairs = list(lines)
    items: list[Item] = []
    for figure, debit, credit in PAIRS:
        amount = sum((getattr(own, figure) for own, _books in pairs), ZERO)
        balance = sum((getattr(books, figure) for _own, books in pairs), ZERO)
        if amount or balance:
            items.append(Item(debit, figure, amount, balance))
            items.append(Item(credit, figure, -amount, -balance))
    return items
