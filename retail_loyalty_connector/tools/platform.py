"""Loyalty platforms in one vocabulary: what they can do and what they say.

Lives here: ``Capabilities``, which says what a vendor lacks so that the ledger adds it,
and the shapes of answers. Lives elsewhere: what they are asked for
(``tools/platform_orders.py``), the operations (``tools/platform_client.py``), each
vendor's words (``tools/<vendor>.py``). Called by connectors and reconciliation.

Points are whole numbers in the program's smallest unit, whatever the vendor counts in;
signed where they move a balance. Moments are aware, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

#: What a platform's entry can be; ``hold`` and ``release`` move spendable points only.
KINDS = frozenset(
    {
        "accrual",
        "redemption",
        "hold",
        "release",
        "reversal",
        "adjustment",
        "expiry",
        "other",
    }
)
HOLD_STATES = frozenset({"open", "captured", "voided", "expired"})
#: Why a platform says no. ``resolved``: the hold has ended otherwise; ``conflict``: the
#: key was used for something else; ``unsupported``: the vendor has no such thing.
REASONS = frozenset(
    {
        "unknown_member",
        "member_exists",
        "unknown_hold",
        "unknown_original",
        "not_enough",
        "too_much",
        "resolved",
        "expired",
        "conflict",
        "unsupported",
    }
)
#: Operations that change something at the platform.
EFFECTS = frozenset({"reserve", "capture", "void", "accrue", "reverse"})


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a vendor does by itself; the ledger does the rest.

    :param holds: locks points of a member, so that nobody else spends them meanwhile.
    :param hold_ttl: releases such a lock by itself after the time asked for.
    :param hold_any_points: locks any number of points, not only fixed tiers.
    :param partial_capture: takes less than was locked and frees the rest at once.
    :param computes_points: works out the points of a basket when accruing; else
        ``accrue`` needs the number, which ``quote`` gives.
    :param repeatable: operations that have one effect however often they are sent
        under one key; the others ask first, when told that they are sent ``again``.
    :param key_lifetime_s: how long a key is remembered; ``None``: for ever, or the
        vendor does not say.
    :param reverses_redemptions: gives redeemed points back.
    :param reverses_in_part: takes back a part of an accrual.
    :param reverses_lines: takes back lines and quantities of a basket.
    :param negative_balance: can be told to let a reversal go below zero.
    :param enrols: makes members.
    :param lists_all: ``transactions`` without a member lists those of all.
    :param lists_balances: ``balances`` lists the points of all members.
    :param tells_profile: says who a member is; ``takes_profile``: takes it from us.
    :param merges: makes one member of two, and two of one again.
    :param erases: forgets who a member is.
    :param tells_key: gives our key back in what it lists.
    :param signed_webhooks: proves its webhooks; else each is only a hint to ask.
    :param point_decimals: decimals of the vendor's own points.
    :param items_per_page: the most that one page of ``transactions`` holds.
    """

    holds: bool
    hold_ttl: bool = False
    hold_any_points: bool = False
    partial_capture: bool = False
    computes_points: bool = False
    repeatable: frozenset[str] = frozenset()
    key_lifetime_s: int | None = None
    reverses_redemptions: bool = False
    reverses_in_part: bool = False
    reverses_lines: bool = False
    negative_balance: bool = False
    enrols: bool = False
    lists_all: bool = False
    lists_balances: bool = False
    tells_profile: bool = False
    takes_profile: bool = False
    merges: bool = False
    erases: bool = False
    tells_key: bool = False
    signed_webhooks: bool = False
    point_decimals: int = 0
    items_per_page: int = 100

    @property
    def lacking(self) -> frozenset[str]:
        """Names of what the vendor does not do, operations that do not repeat too."""
        missing = {
            one.name
            for one in fields(self)
            if isinstance(one.default, bool) and not getattr(self, one.name)
        }
        if not self.holds:
            missing.add("holds")
        missing |= {f"repeat_{name}" for name in EFFECTS - self.repeatable}
        return frozenset(missing)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An expected no.

    :param reason: one of ``REASONS``.
    :param detail: the vendor's words, for people.
    :param available: spendable points, where the reason is about them.
    :param state: how a hold ended, where the reason is ``resolved``.
    """

    reason: str
    detail: str = ""
    available: int | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"no such reason to refuse: {self.reason!r}")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member as the platform knows it; ``points`` are those to spend now."""

    member_id: str
    points: int
    customer_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExpiringPoints:
    """Points that end at one moment."""

    points: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a member can spend; ``None`` where the platform does not tell."""

    member_id: str
    points: int
    pending: int | None = None
    tier: str | None = None
    expiring: tuple[ExpiringPoints, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Who a member is there; ``None`` where the platform does not tell.

    :param phone: E.164; ``card`` what they show at a till.
    :param birth_date: ISO.
    """

    member_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    card: str | None = None
    birth_date: str | None = None


@dataclass(frozen=True, kw_only=True)
class BalancePage:
    """Members' points, and the cursor to those that follow."""

    items: tuple[Member, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a basket would earn."""

    points: int


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Points that the platform has locked, or how that ended."""

    hold_id: str
    member_id: str
    points: int
    state: str = "open"
    expires_at: datetime | None = None
    movement_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One entry of the platform's own ledger.

    :param points: what it did to the spendable balance, signed; 0 for the capture of
        points that a hold had taken out already.
    :param key: ours, where the platform gives it back.
    :param ours: written through its interface, not by the platform's own doing.
    """

    movement_id: str
    member_id: str
    kind: str
    points: int
    at: datetime
    key: str | None = None
    hold_id: str | None = None
    ref: str | None = None
    reason: str | None = None
    ours: bool = True


@dataclass(frozen=True, kw_only=True)
class MovementPage:
    """Entries in the platform's order, and the cursor to those that follow.

    Pages of one query may overlap when entries come in meanwhile; ``movement_id`` tells
    what was seen already.
    """

    items: tuple[Movement, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a webhook says.

    :param event_id: what duplicates are recognised by.
    :param proven: whether a signature vouches for the content; if not, the notice is
        only a reason to ask for the member's transactions.
    :param movement: the entry, where the platform sends it.
    """

    event_id: str
    kind: str
    member_id: str | None
    occurred_at: datetime | None
    proven: bool
    movement: Movement | None = None
    facts: dict[str, str] = field(default_factory=dict)
