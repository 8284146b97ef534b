"""How long something took, in a few characters.

Lives here: one wording for spans of time, in units that every language writes alike.
Lives elsewhere: moments (``tools/clock.py``). Called by screens that tell a story.
"""

from __future__ import annotations

from datetime import timedelta

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S


def brief(span: timedelta) -> str:
    """Return a span like ``31 ms``, ``4.2 s``, ``12 min``, ``3.5 h`` or ``2 d``.

    Two figures are what a reader compares; a negative span (clocks differ) is none.
    """
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 1:
        return f"{round(seconds * 1000)} ms"
    for limit, size, unit in (
        (MINUTE_S, 1, "s"),
        (HOUR_S, MINUTE_S, "min"),
        (2 * DAY_S, HOUR_S, "h"),
    ):
        if seconds < limit:
            return f"{_figures(seconds / size)} {unit}"
    return f"{_figures(seconds / DAY_S)} d"


def _figures(number: float) -> str:
    text = f"{number:.1f}" if number < 10 else f"{number:.0f}"
    return text.removesuffix(".0")
