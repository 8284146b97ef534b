"""A sale and its customer as the engine sees them: plain values, no records.

Lives here: the input of a quote. Lives elsewhere: how a ``retail.transaction`` or an
order becomes a basket (the models), what the program makes of it (``tools/quote.py``).
Amounts are in the sale's currency. Goods that come back are not in a basket: they are
``tools/returns.py``'s business, so that a return can never be taken for a purchase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from .rounding import exact

ZERO = Decimal(0)
#: Tender code of points, in every channel.
POINTS_TENDER = "points"
#: Of what a till keeps of a refund for points; negative, as refunds are (decision 99).
SETTLEMENT_TENDER = "points_settlement"
KINDS = frozenset({"item", "gift_card", "shipping", "fee"})


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line that is sold.

    ``amount`` is to pay, with tax, after discounts; ``kind`` one of ``KINDS``;
    ``categories`` holds the article's category and all above it; ``is_reward`` says
    that the line, or its price, is itself a loyalty reward.
    """

    key: str
    qty: Decimal
    amount: Decimal
    amount_tax: Decimal = ZERO
    amount_discount: Decimal = ZERO
    kind: str = "item"
    product: str = ""
    categories: frozenset[str] = frozenset()
    is_reward: bool = False


@dataclass(frozen=True, slots=True)
class BasketTender:
    """One means of payment, known or planned."""

    type: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Basket:
    """A sale, or what may become one.

    ``local_at`` is when it happens, on the store's clock: not when we heard of it, so
    that an offline till's sale meets the campaigns of its own day (R16).
    """

    lines: tuple[BasketLine, ...]
    local_at: datetime
    currency: str
    decimals: int = 2
    channel: str = ""
    store: str = ""
    tenders: tuple[BasketTender, ...] = ()

    def __post_init__(self) -> None:
        keys = [line.key for line in self.lines]
        if len(set(keys)) != len(keys):
            raise ValueError("two lines of a basket have one key")
        unknown = {line.kind for line in self.lines} - KINDS
        if unknown:
            raise ValueError(f"unknown kinds of lines: {sorted(unknown)}")

    @property
    def amount(self) -> Decimal:
        """What is to pay."""
        return sum((line.amount for line in self.lines), ZERO)

    def tendered(self, types: frozenset[str]) -> Decimal:
        """Return how much of it is paid with tenders of these types, less change."""
        paid = (tender.amount for tender in self.tenders if tender.type in types)
        return max(ZERO, sum(paid, ZERO))


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What the engine has to know of a member, and nothing personal.

    ``available`` is posted less held, per wallet; ``used`` what each cap with a memory
    has given already in its current day or period, by the cap's key.
    """

    tier: str = ""
    segments: frozenset[str] = frozenset()
    available: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)


def covered_share(lines: Sequence[BasketLine], amount: Decimal) -> Fraction:
    """Return which share of these lines ``amount`` pays, 0 … 1, the same for each."""
    total = sum((line.amount for line in lines if line.amount > 0), ZERO)
    if total <= 0 or amount <= 0:
        return Fraction()
    return min(Fraction(1), exact(amount) / exact(total))
