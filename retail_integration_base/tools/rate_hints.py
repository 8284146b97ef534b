"""What a partner's answer says about how fast we may go on.

Lives here: reading the headers that partners use. Lives elsewhere: acting on it
(``retail.gate``), vendors with words of their own (their ``tools/<vendor>_rate.py``).
Called by connectors for every answer.

Sources: IETF draft-ietf-httpapi-ratelimit-headers (``RateLimit`` as a structured list,
earlier drafts with ``limit=…, remaining=…`` and with ``RateLimit-Remaining``), and the
``X-RateLimit-*`` custom whose reset is a delay or a Unix time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_PARAMETER = re.compile(
    r"(?:^|[;,\s])(r|t|remaining|reset)\s*=\s*([0-9.]{1,19})(?=$|[;,\s])"
)
#: A reset above this is a moment, not a delay.
_EPOCH_MIN_S = 1_000_000_000


@dataclass(frozen=True)
class RateHint:
    """What is left of a quota.

    :param remaining: calls or cost units that may still be spent now.
    :param wait_s: how long to make no further call; ``None`` if we may go on.
    """

    remaining: float | None = None
    wait_s: float | None = None


def hint_of_headers(headers: Mapping[str, str], now: datetime) -> RateHint | None:
    """Return the hint of an answer's headers (lower-case names), ``None`` without one.

    Nonsense counts as no hint; a pause is only asked for when nothing is left.
    """
    if "ratelimit" in headers:
        found = _of_list(headers["ratelimit"])
        if found:
            return found
    for prefix in ("ratelimit-", "x-ratelimit-", "x-rate-limit-"):
        remaining = _number(headers.get(f"{prefix}remaining"))
        if remaining is not None:
            reset_s = _delay(_number(headers.get(f"{prefix}reset")), now)
            return _hint(remaining, reset_s)
    return None


def _of_list(text: str) -> RateHint | None:
    """Return the scarcest of several quotas such as ``"burst";r=0;t=5, "day";r=9``."""
    hints = []
    # Earlier drafts separate the parts of one quota by commas.
    quotas = [text] if "remaining" in text else text.split(",")
    for quota in quotas:
        values = {name: _number(value) for name, value in _PARAMETER.findall(quota)}
        remaining = values.get("r", values.get("remaining"))
        if remaining is not None:
            hints.append(_hint(remaining, values.get("t", values.get("reset"))))
    return min(hints, key=_scarcity, default=None)


def _scarcity(hint: RateHint) -> tuple[float, float]:
    return (hint.remaining or 0.0, -(hint.wait_s or 0.0))


def _hint(remaining: float, reset_s: float | None) -> RateHint:
    return RateHint(remaining, reset_s if remaining < 1 else None)


def _number(text: str | None) -> float | None:
    found = _NUMBER.fullmatch((text or "").strip())
    return float(found[0]) if found else None


def _delay(value: float | None, now: datetime) -> float | None:
    if value is None or value < _EPOCH_MIN_S:
        return value
    return max(0.0, value - now.timestamp())
