"""What an answer says about the end of a contract: ``Deprecation`` and ``Sunset``.

Lives here: the header fields (RFC 9745, RFC 8594). Lives elsewhere: the dates
(``retail.topic``), the answers (``controllers/ingest.py``, ``controllers/topics.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timezone
from email.utils import format_datetime
from typing import NamedTuple

DOCS = "/retail/v1/docs"


class Ending(NamedTuple):
    """The dates of one contract; ``None`` where nothing is decided."""

    name: str
    deprecated_date: date | None
    sunset_date: date | None


def ending_headers(endings: Iterable[Ending]) -> dict[str, str]:
    """Return the headers of an answer that concerns these contracts.

    Of several, the first dates count: that is when the sender has to have moved.
    ``Sunset`` is the end of its day in UTC, ``Deprecation`` the start.
    """
    listed = [one for one in endings if one.deprecated_date or one.sunset_date]
    deprecated = min(
        (e.deprecated_date for e in listed if e.deprecated_date), default=None
    )
    sunset = min((e.sunset_date for e in listed if e.sunset_date), default=None)
    headers: dict[str, str] = {}
    if deprecated:
        start = datetime.combine(deprecated, time(), timezone.utc)
        headers["Deprecation"] = f"@{int(start.timestamp())}"
    if sunset:
        end = datetime.combine(sunset, time(23, 59, 59), timezone.utc)
        headers["Sunset"] = format_datetime(end, usegmt=True)
    if headers:
        relation = "deprecation" if deprecated else "sunset"
        headers["Link"] = (
            f'<{DOCS}#{listed[0].name}>; rel="{relation}"; type="text/html"'
        )
    return headers
