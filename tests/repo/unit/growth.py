"""How the work of a function grows with its input: a ratio, whatever else runs here."""

from __future__ import annotations

import time
from collections.abc import Callable

ROUNDS = 3
FACTOR = 4
#: between 4, in proportion, and 16, with the square
TOLERATED = 8


def in_proportion(work: Callable[[int], object], size: int) -> bool:
    """Tell whether ``work(size)`` takes about four times what a quarter of it takes.

    Counts the processor's time of this process: waiting for others is none of it.
    """
    small, large = (_best_s(work, size // FACTOR), _best_s(work, size))
    return large < TOLERATED * small


def _best_s(work: Callable[[int], object], size: int) -> float:
    times = []
    for _round in range(ROUNDS):
        started = time.process_time()
        work(size)
        times.append(time.process_time() - started)
    return min(times)
