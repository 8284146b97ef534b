"""Lanes: which of a backend's lanes works on a partition key.

Lives here: the mapping only. Lives elsewhere: the lane row and its job
(``retail.lane``). Called when an event is stored.
"""

from __future__ import annotations

import zlib


def lane_number(partition_key: str, lanes: int) -> int:
    """Return the lane (0 … ``lanes`` - 1) of a key, stable over processes and releases.

    ``hash()`` is salted per process and would give one key two lanes, which breaks
    the order inside the key.

    :raises ValueError: fewer than one lane.
    """
    if lanes < 1:
        raise ValueError(f"a backend needs at least one lane, not {lanes}")
    return zlib.crc32(partition_key.encode()) % lanes
