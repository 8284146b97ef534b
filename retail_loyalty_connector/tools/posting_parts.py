"""What requests to the ledger are made of: ids, numbers of points, times.

Lives here: their checks and forms. Called by ``tools/postings.py``.
"""

from __future__ import annotations

import uuid as uuids
from datetime import datetime
from typing import Any

POINTS_MAX = 2**53 - 1  # exact in every JSON reader


def check_uuid(text: str) -> None:
    """Refuse what is no UUID in its canonical form.

    :raises ValueError: it is not; two spellings of one id would be two ids
    """
    if str(uuids.UUID(text)) != text:
        raise ValueError("a UUID in lower case with hyphens is wanted")


def check_points(points: int) -> None:
    """Refuse what is no positive number of points.

    :raises TypeError: not an integer. :raises ValueError: zero, negative or too many
    """
    if isinstance(points, bool) or not isinstance(points, int):
        raise TypeError(f"points are integers, not {points!r}")
    if not 0 < points <= POINTS_MAX:
        raise ValueError(f"nobody moves {points} points")


def second(at: datetime | None) -> str | None:
    """Return a time as the ledger reads it, without what is below a second."""
    if at is None:
        return None
    if at.tzinfo is not None:
        raise ValueError("times are UTC without a zone, as Odoo stores them")
    return at.replace(microsecond=0).isoformat()


def filled(**values: Any) -> dict[str, Any]:
    """Return the values that there are."""
    return {name: value for name, value in values.items() if value is not None}
