"""Days on which something holds, and what is left of them when something new holds.

Lives here: arithmetic on closed spans of days, open at the end when ``until`` is
``None``. Called by what has versions (``retail.approved.mixin``) and by migrations.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

#: the first day of anything that holds from the beginning
FIRST_DAY = date(1970, 1, 1)
ONE_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Days from ``start`` to ``until``, both included."""

    start: date
    until: date | None = None

    def overlaps(self, other: Span) -> bool:
        """Tell whether there is a day in both."""
        return (self.until is None or other.start <= self.until) and (
            other.until is None or self.start <= other.until
        )

    def without(self, other: Span) -> list[Span]:
        """Return what is left of these days when ``other`` takes its own: 0 to 2."""
        if not self.overlaps(other):
            return [self]
        left = []
        if self.start < other.start:
            left.append(Span(self.start, other.start - ONE_DAY))
        if other.until is not None and (self.until is None or other.until < self.until):
            left.append(Span(other.until + ONE_DAY, self.until))
        return left


def gaps(taken: Iterable[Span], start: date = FIRST_DAY) -> list[Span]:
    """Return the days from ``start`` on that no span of ``taken`` has, in order."""
    free = [Span(start)]
    for span in taken:
        free = [piece for one in free for piece in one.without(span)]
    return free
