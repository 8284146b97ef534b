"""What loyalty platforms are asked for, in one vocabulary.

Lives here: identities, baskets and orders (hold, capture, accrual, reversal, list).
Lives elsewhere: what comes back (``tools/platform.py``), how a vendor is asked
(``tools/<vendor>.py``). Called by connectors.

Every order with an effect has a ``key``: the uuid of our own record of it, which never
changes however often the order is sent. Points are whole and positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a member is looked for by: a normalised phone, card or platform's own id.

    Exactly one is given. ``phone`` is E.164.
    """

    phone: str | None = None
    card: str | None = None
    member_id: str | None = None

    def __post_init__(self) -> None:
        if len([v for v in (self.phone, self.card, self.member_id) if v]) != 1:
            raise ValueError("give one of phone, card and member_id")


@dataclass(frozen=True, kw_only=True)
class BasketLine:
    """One line of a sale; ``price`` is for one unit, after line discounts."""

    line_id: str
    sku: str
    quantity: int
    price: Decimal
    name: str = ""
    category: str = ""


@dataclass(frozen=True, kw_only=True)
class Basket:
    """A sale, as far as a platform counts points from it."""

    ref: str
    amount: Decimal
    currency: str
    lines: tuple[BasketLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Points to be locked. ``key`` is the uuid of our own hold."""

    key: str
    member_id: str
    points: int
    ttl_s: int
    store: str | None = None

    def __post_init__(self) -> None:
        _check(self.key, self.points)
        if self.ttl_s <= 0:
            raise ValueError(f"a hold lasts some seconds, not {self.ttl_s}")


@dataclass(frozen=True, kw_only=True)
class Capture:
    """Points to be taken, from a hold or, where the vendor has none, at once.

    :param hold_id: ``None`` for a platform without holds: the ledger keeps the lock.
    :param held: the points that were locked.
    """

    key: str
    member_id: str
    points: int
    hold_id: str | None = None
    held: int | None = None
    ref: str = ""
    store: str | None = None

    def __post_init__(self) -> None:
        _check(self.key, self.points)
        if self.held is not None and self.points > self.held:
            raise ValueError(f"{self.points} points of a hold of {self.held}")


@dataclass(frozen=True, kw_only=True)
class Accrual:
    """Points to be given, as a number or for a basket that the platform counts."""

    key: str
    member_id: str
    points: int | None = None
    basket: Basket | None = None
    ref: str = ""
    store: str | None = None

    def __post_init__(self) -> None:
        if self.points is None and self.basket is None:
            raise ValueError("an accrual needs points or a basket")
        _check(self.key, 1 if self.points is None else self.points)


@dataclass(frozen=True, kw_only=True)
class ReturnedLine:
    """Units of a line of the original basket that came back."""

    line_id: str
    sku: str
    position: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """Points to be undone.

    :param points: how many, positive; of the original kind.
    :param original_kind: ``accrual`` (points are taken back) or ``redemption`` (points
        are given back).
    :param original_key: our key of what is undone; ``original_id`` the platform's id.
    :param whole: everything that was left of the original goes.
    :param lines: what came back, where the platform reverses by line.
    """

    key: str
    member_id: str
    points: int
    original_kind: str
    original_key: str
    original_id: str | None = None
    whole: bool = False
    lines: tuple[ReturnedLine, ...] = ()
    reason: str = ""
    allow_negative: bool = False
    store: str | None = None

    def __post_init__(self) -> None:
        _check(self.key, self.points)
        if self.original_kind not in ("accrual", "redemption"):
            raise ValueError(f"a {self.original_kind} cannot be reversed")


@dataclass(frozen=True, kw_only=True)
class MovementQuery:
    """Which entries: ``since`` inclusive, ``until`` exclusive, ``None`` for no end."""

    since: datetime | None = None
    until: datetime | None = None
    member_id: str | None = None
    cursor: str | None = None


def _check(key: str, points: int) -> None:
    if not key:
        raise ValueError("the key is missing: an effect without one cannot be repeated")
    if points <= 0:
        raise ValueError(f"points are counted from 1, not {points}")
