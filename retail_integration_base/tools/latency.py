"""Response times in buckets, as histograms and quantiles need them. Pure.

A time is counted in one bucket only; who exports a histogram adds them up
(``tools/openmetrics.py``).
"""

from __future__ import annotations

from bisect import bisect_left

#: Upper bounds in seconds; 0.5 is the promise to senders, 5 their shortest patience.
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
INFINITE = "+Inf"
LABELS = (*(f"{bound:g}" for bound in BOUNDS_S), INFINITE)


def bucket(seconds: float) -> str:
    """Return the label of the smallest bucket that holds ``seconds``."""
    return LABELS[bisect_left(BOUNDS_S, seconds)]
