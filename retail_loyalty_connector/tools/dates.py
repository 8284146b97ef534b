"""Months and years of programs: the calendar arithmetic that expiry and tiers share.

Lives here: dates only, on the program's calendar. Lives elsewhere: which dates matter
(``tools/expiry.py``, ``tools/tiers.py``). No clock is read here.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later; the month's last day where it is shorter.

    31 January and one month is 28 (or 29) February; negative months go back.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def month_end(day: date) -> date:
    """Return the last day of a date's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def day_after(last_day: date, time_zone: str) -> datetime:
    """Return when the day after ``last_day`` begins in a time zone (aware, UTC).

    What is usable through a day stops there; a day may have 23 or 25 hours.

    :raises zoneinfo.ZoneInfoNotFoundError: unknown time zone.
    """
    begins = datetime.combine(last_day + timedelta(days=1), time.min)
    return begins.replace(tzinfo=ZoneInfo(time_zone)).astimezone(timezone.utc)
