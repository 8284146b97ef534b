"""Lanes: which of a backend's lanes works on a partition key, and when it is its turn.

Lives here: arithmetic only. Lives elsewhere: the lane row and its job
(``retail.lane``). Called when an event is stored, and when a lane goes on.
"""

from __future__ import annotations

import math
import zlib
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)
#: Multiples of it, modulo 1, lie far from each other however many there are.
GOLDEN = (math.sqrt(5) - 1) / 2


def lane_number(partition_key: str, lanes: int) -> int:
    """Return the lane (0 … ``lanes`` - 1) of a key, stable over processes and releases.

    ``hash()`` is salted per process and would give one key two lanes, which breaks
    the order inside the key.

    :raises ValueError: fewer than one lane.
    """
    if lanes < 1:
        raise ValueError(f"a backend needs at least one lane, not {lanes}")
    return zlib.crc32(partition_key.encode()) % lanes


def next_turn(lane_id: int, begun_at: datetime, pace_s: float) -> datetime:
    """Return when a lane that began a batch then begins the next one (naive UTC).

    Half a pace to one and a half later. Each lane has a moment of its own within the
    pace, so that the lanes of a busy backend do not all work at once.
    """
    phase_s = pace_s * (lane_id * GOLDEN % 1)
    earliest_s = (begun_at - EPOCH).total_seconds() + pace_s / 2
    turns = math.ceil((earliest_s - phase_s) / pace_s)
    return EPOCH + timedelta(seconds=turns * pace_s + phase_s)
