"""How long points live, and when a member is warned.

Lives here: the last day on which points of a lot can be used, and the warnings that are
due. Lives elsewhere: lots and their expiry (the ledger, at ``dates.day_after`` of the
last day), sending warnings (the models). Dates are on the program's calendar.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .dates import add_months, month_end

KINDS = ("never", "after_months", "year_end", "inactivity")


@dataclass(frozen=True, slots=True)
class ExpiryPolicy:
    """When points expire.

    * ``never``;
    * ``after_months``: so many ``months`` after they were earned, or at the end of that
      month (``to_month_end``);
    * ``year_end``: with the calendar year in which they were earned, or so many
      ``years`` later;
    * ``inactivity``: so many ``months`` after the member's last purchase or payment
      with points; each one carries all of them on.

    ``grace_days`` are added. ``restore_days``: points that a return gives back after
    they would have expired live that much longer; None: they lapse.
    """

    kind: str = "never"
    months: int = 0
    years: int = 0
    grace_days: int = 0
    to_month_end: bool = False
    restore_days: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of expiry: {self.kind}")
        if self.kind in ("after_months", "inactivity") and self.months < 1:
            raise ValueError(f"expiry {self.kind} needs at least one month")
        if min(self.years, self.grace_days, self.restore_days or 0) < 0:
            raise ValueError("years and days of expiry are not negative")

    def last_day(self, earned: date, active: date | None = None) -> date | None:
        """Return the last day on which points are usable, None if they never expire.

        :param active: the member's last activity, for ``inactivity``.
        """
        if self.kind == "never":
            return None
        if self.kind == "year_end":
            last = date(earned.year + self.years, 12, 31)
        else:
            start = earned
            if self.kind == "inactivity":
                start = max(earned, active or earned)
            last = add_months(start, self.months)
            if self.to_month_end:
                last = month_end(last)
        return last + timedelta(days=self.grace_days)


@dataclass(frozen=True, slots=True)
class RestoredLot:
    """What becomes of points that come back to the lot they were spent from."""

    last_day: date | None
    lapsed: bool = False


def restored(policy: ExpiryPolicy, last_day: date | None, today: date) -> RestoredLot:
    """Return how long restored points live: no longer than before, unless it is over.

    :param last_day: of the lot that they were spent from.
    """
    if last_day is None or last_day >= today:
        return RestoredLot(last_day)
    if policy.restore_days is None:
        return RestoredLot(last_day, lapsed=True)
    return RestoredLot(today + timedelta(days=policy.restore_days))


@dataclass(frozen=True, slots=True)
class LotLife:
    """What is left of a lot, and the last day on which it can be used."""

    points: int
    last_day: date | None


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """``points`` can be used for the last time on ``last_day``.

    ``days_before`` is the step of the program's warnings that this one fulfils;
    (``last_day``, ``days_before``) is sent once per member.
    """

    last_day: date
    points: int
    days_left: int
    days_before: int

    @property
    def key(self) -> tuple[date, int]:
        """What to remember, so that nobody is warned twice."""
        return self.last_day, self.days_before


def due_warnings(
    lots: Iterable[LotLife],
    today: date,
    days_before: Collection[int],
    sent: Collection[tuple[date, int]] = (),
) -> list[ExpiryWarning]:
    """Return the warnings to send today, the soonest first: one per day of expiry.

    Where several steps have passed since the last run, only the latest is due: a
    member gets one message, with what is true today.
    """
    points_by_day: dict[date, int] = {}
    for lot in lots:
        if lot.points > 0 and lot.last_day is not None and lot.last_day >= today:
            points_by_day.setdefault(lot.last_day, 0)
            points_by_day[lot.last_day] += lot.points
    due = []
    for last_day, points in sorted(points_by_day.items()):
        days_left = (last_day - today).days
        steps = [step for step in days_before if step >= days_left]
        if steps and not any(
            (last_day, one) in sent for one in days_before if one <= min(steps)
        ):
            due.append(ExpiryWarning(last_day, points, days_left, min(steps)))
    return due
