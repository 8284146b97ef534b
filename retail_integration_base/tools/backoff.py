"""When to try again: exponential backoff with jitter, and the partner's Retry-After.

Lives here: delays only. Lives elsewhere: whether to try again (``tools/errors.py``) and
how often (topic and backend records). Called by lanes after a failed attempt.
"""

from __future__ import annotations

import random
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

from . import clock

RETRY_AFTER_CAP_S = 21_600
_SECONDS = re.compile(r"[0-9]{1,20}")
_DOUBLINGS_MAX = 60


class Rng(Protocol):
    """The part of :mod:`random` that is used here."""

    def uniform(self, a: float, b: float) -> float:
        """Return a number between ``a`` and ``b``."""


def delay_s(
    attempt: int, *, base_s: float = 5.0, cap_s: float = 3600.0, rng: Rng = random
) -> float:
    """Return the seconds to wait after failed attempt number ``attempt`` (from 1).

    Equal jitter: half of the exponential delay is kept, the other half is random, so
    that a partner's return is neither hammered at once nor by all lanes together
    (AWS, "Exponential Backoff And Jitter").

    :raises ValueError: an attempt below 1.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not {attempt}")
    ceiling_s = min(cap_s, base_s * 2 ** min(attempt - 1, _DOUBLINGS_MAX))
    return ceiling_s / 2 + rng.uniform(0, ceiling_s / 2)


def parse_retry_after(
    value: str | None, now: datetime, cap_s: float = RETRY_AFTER_CAP_S
) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 §10.2.3), capped.

    :param value: whole seconds or an HTTP date.
    :return: ``None`` for a missing, negative, past or unreadable value: then the own
        backoff counts.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), float(cap_s))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    wait_s = (clock.as_utc(moment) - clock.as_utc(now)).total_seconds()
    return min(wait_s, float(cap_s)) if wait_s >= 0 else None
