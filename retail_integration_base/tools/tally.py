"""Counts of one process that are not in the database yet.

Lives here: adding up, safely between threads. Not here: what is counted and where it is
written (``models/counter.py``). A killed process forgets at most what it counted since
the last ``take``.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping

Sums = dict[Hashable, tuple[int, float]]


class Tally:
    """Adds up a count and a total per key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: Sums = {}

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, key: Hashable, count: int = 1, total: float = 0.0) -> None:
        """Add ``count`` and ``total`` to what is known of ``key``."""
        with self._lock:
            known_count, known_total = self._sums.get(key, (0, 0.0))
            self._sums[key] = (known_count + count, known_total + total)

    def take(self) -> Sums:
        """Return all sums and forget them."""
        with self._lock:
            taken, self._sums = self._sums, {}
        return taken

    def put_back(self, sums: Mapping[Hashable, tuple[int, float]]) -> None:
        """Add sums that could not be written, to be taken again."""
        for key, (count, total) in sums.items():
            self.add(key, count, total)
