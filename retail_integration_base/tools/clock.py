"""Time: now, RFC 3339 in and out, and the naive UTC that Odoo stores.

Lives here: conversions only. Lives elsewhere: a store's business date (needs its time
zone, ``retail.store``). Called by schemas, signing, models and controllers.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]"
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def as_utc(moment: datetime) -> datetime:
    """Return ``moment`` aware in UTC; a naive one is UTC, as Odoo stores it."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def to_naive(moment: datetime) -> datetime:
    """Return ``moment`` as naive UTC for an Odoo ``Datetime`` field."""
    return as_utc(moment).replace(tzinfo=None)


def to_rfc3339(moment: datetime) -> str:
    """Return ``moment`` as RFC 3339 in UTC with ``Z``, fractions only if any."""
    return to_naive(moment).isoformat() + "Z"


def parse_rfc3339(text: str) -> datetime:
    """Return the aware UTC moment of an RFC 3339 date-time.

    Stricter than ``datetime.fromisoformat``: an offset is required, the separator is
    ``T``, digits are ASCII. Fractions beyond microseconds are cut off.

    :raises ValueError: anything else, including a leap second (PostgreSQL has none).
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("not an RFC 3339 date-time with offset")
    year, month, day, hour, minute, second = (int(g) for g in match.groups()[:6])
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    offset = timedelta()
    if match[9]:
        offset_hours, offset_minutes = int(match[10]), int(match[11])
        if offset_hours > 23 or offset_minutes > 59:
            raise ValueError("UTC offset out of range")
        offset = timedelta(hours=offset_hours, minutes=offset_minutes)
        offset = -offset if match[9] == "-" else offset
    local = datetime(year, month, day, hour, minute, second, micro, timezone.utc)
    try:
        return local - offset
    except OverflowError as exc:
        raise ValueError("date-time out of range") from exc
