"""When points of an order are promised, when they can be spent, when they are gone.

Lives here: which part of a line's points is waiting, pending, posted or cancelled, from
what has happened to the line. Lives elsewhere: the counters (order and transaction
records), the postings that follow (the ledger). Source: R10: ordered, paid, fulfilled
and returned are four events, and a program chooses what each does.

The answer is a function of dated counters, not of transitions: events that come twice,
late or out of order end at the same place. ``steps`` are the difference of two answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from .basket import ZERO
from .rounding import part_of

#: What makes points pending, and what makes them spendable.
MILESTONES = ("ordered", "paid", "fulfilled", "window_over")


@dataclass(frozen=True, slots=True)
class AccrualPolicy:
    """``pending_on`` shows points to the member, ``posted_on`` lets them be spent.

    ``window_days`` is how long goods may come back, counted from when they were
    fulfilled; ``window_over`` waits for it. Equal milestones: never pending. Goods
    that are not paid (``needs_payment``) have reached neither, however long ago they
    were handed over.
    """

    pending_on: str = "paid"
    posted_on: str = "fulfilled"
    window_days: int = 0
    needs_payment: bool = True

    def __post_init__(self) -> None:
        if {self.pending_on, self.posted_on} - set(MILESTONES):
            raise ValueError(f"unknown milestone: {self.pending_on}, {self.posted_on}")
        if MILESTONES.index(self.pending_on) > MILESTONES.index(self.posted_on):
            raise ValueError(f"{self.posted_on} comes before {self.pending_on}")
        if self.window_days < 0:
            raise ValueError(f"a window of {self.window_days} days")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pieces of a line that were fulfilled together."""

    qty: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class LineProgress:
    """What has happened to an ordered line, as running sums of pieces.

    ``cancelled`` were never fulfilled, ``returned`` were. A sale at a till is ordered,
    paid and fulfilled at once.
    """

    qty: Decimal
    cancelled: Decimal = ZERO
    parcels: tuple[Parcel, ...] = ()
    returned: Decimal = ZERO

    def __post_init__(self) -> None:
        if min(self.qty, self.cancelled, self.returned) < 0 or not self.qty:
            raise ValueError("pieces of a line are positive")

    @property
    def fulfilled(self) -> Decimal:
        """Pieces that were handed over, never more than were ordered."""
        return min(self.qty, sum((parcel.qty for parcel in self.parcels), ZERO))

    @property
    def alive(self) -> Decimal:
        """Pieces that are neither cancelled nor returned."""
        return max(ZERO, self.qty - self.cancelled - self.returned)


@dataclass(frozen=True, slots=True)
class Position:
    """Where a line's points are; the four sum to what it earned.

    ``matures`` says how many pending points become posted when, if nothing happens;
    ``None`` stands for an event that nobody can date.
    """

    waiting: int = 0
    pending: int = 0
    posted: int = 0
    cancelled: int = 0
    matures: tuple[tuple[datetime, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Step:
    """One movement: ``pend``, ``post``, ``mature``, ``cancel`` or ``take_back``."""

    kind: str
    points: int


def position(
    policy: AccrualPolicy,
    points: int,
    progress: LineProgress,
    is_paid: bool,
    now: datetime,
) -> Position:
    """Return where a line's points are now.

    :param is_paid: the whole order is paid.
    """
    gone = min(progress.qty, progress.cancelled + progress.returned)
    cancelled = part_of(points, gone, progress.qty)
    left = points - cancelled
    alive = progress.qty - gone
    posted_qty = _reached(policy, policy.posted_on, progress, is_paid, now)
    shown_qty = max(
        posted_qty, _reached(policy, policy.pending_on, progress, is_paid, now)
    )
    posted = part_of(left, posted_qty, alive)
    shown = part_of(left, shown_qty, alive)
    return Position(
        waiting=left - shown,
        pending=shown - posted,
        posted=posted,
        cancelled=cancelled,
        matures=_matures(policy, left, progress, is_paid, now),
    )


def steps(before: Position, after: Position) -> list[Step]:
    """Return what to post to get from one position to the other, in this order.

    What is cancelled comes from pending points as far as it can: they were never
    spendable. Only what was posted is taken back.
    """
    posted = after.posted - before.posted
    pending = after.pending - before.pending
    found = []
    if posted < 0:
        found.append(Step("take_back", -posted))
    elif posted > 0:
        matured = min(posted, before.pending)
        pending += matured
        found += [Step("mature", matured), Step("post", posted - matured)]
    found.append(Step("pend", pending) if pending > 0 else Step("cancel", -pending))
    return [step for step in found if step.points]


def _reached(
    policy: AccrualPolicy,
    milestone: str,
    progress: LineProgress,
    is_paid: bool,
    now: datetime,
) -> Decimal:
    """Return how many living pieces have reached a milestone."""
    if milestone == "ordered":
        return progress.alive
    if milestone == "paid":
        return progress.alive if is_paid else ZERO
    if policy.needs_payment and not is_paid:
        return ZERO
    kept = max(ZERO, min(progress.alive, progress.fulfilled - progress.returned))
    if milestone == "fulfilled":
        return kept
    # What came back is taken from what is still in its window, the latest first.
    window = timedelta(days=policy.window_days)
    over = (parcel.qty for parcel in progress.parcels if parcel.at + window <= now)
    return min(kept, sum(over, ZERO))


def _matures(
    policy: AccrualPolicy,
    left: int,
    progress: LineProgress,
    is_paid: bool,
    now: datetime,
) -> tuple[tuple[datetime, int], ...]:
    """Return when pending points become posted by the clock alone."""
    if policy.posted_on != "window_over":
        return ()
    window = timedelta(days=policy.window_days)
    moments = sorted({parcel.at + window for parcel in progress.parcels})
    done = part_of(
        left, _reached(policy, "window_over", progress, is_paid, now), progress.alive
    )
    found = []
    for moment in moments:
        if moment > now:
            qty = _reached(policy, "window_over", progress, is_paid, moment)
            points = part_of(left, qty, progress.alive)
            if points > done:
                found.append((moment, points - done))
                done = points
    return tuple(found)
