"""What may be shown: allow-lists for payloads and headers, masks for free text.

Lives here: pure redaction. Lives elsewhere: which keys a topic allows (topic records),
the log filters (``hooks.py``). Allow-list, because the next personal field is one that
nobody thought of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
DEPTH_MAX = 32

SAFE_HEADERS = frozenset(
    {
        "accept",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "idempotency-key",
        "retry-after",
        "traceparent",
        "user-agent",
        "webhook-id",
        "webhook-timestamp",
        "x-correlation-id",
        "x-request-id",
    }
)

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_TOKEN = re.compile(
    r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{6,}"
    r"|\bwh(?:sec|sk)_[\w+/=-]+"
    r"|\b(?:sk|rk|pk)_(?:live|test)_\w+"
    r"|\bshp(?:at|ss|ca|pa)_\w+"
)
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])")
_PHONE = re.compile(r"(?<![\w+])(?:\+\d|0[1-9]|00[1-9])(?:[ ().-]{0,2}\d){6,14}(?!\w)")


def redact(obj: Any, allowed: frozenset[str]) -> Any:
    """Return a copy that keeps the shape and shows only allowed keys.

    :param allowed: names of keys whose scalar values (and lists of scalars) are shown,
        at any depth. ``None`` is always shown: a missing value tells nothing.
    """
    return _redact(obj, allowed, shown=False, depth=DEPTH_MAX)


def _redact(obj: Any, allowed: frozenset[str], *, shown: bool, depth: int) -> Any:
    if obj is None:
        return None
    if isinstance(obj, dict | list | tuple):
        if not depth:
            return MASK
        if isinstance(obj, dict):
            # A key may be data too, as in {"ada@example.com": true}.
            return {
                scrub_text(str(key)): _redact(
                    value, allowed, shown=key in allowed, depth=depth - 1
                )
                for key, value in obj.items()
            }
        return [_redact(value, allowed, shown=shown, depth=depth - 1) for value in obj]
    return obj if shown else MASK


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers with every value masked whose name is not known as safe."""
    return {
        name: value if name.lower() in SAFE_HEADERS else MASK
        for name, value in headers.items()
    }


def scrub_text(text: str) -> str:
    """Return text with what looks like personal data or a secret masked.

    E-mail addresses, phone numbers (international or with a leading zero), payment
    card numbers (Luhn), bearer and basic tokens, ``whsec_`` and vendor keys. A net
    under the allow-list, not a replacement for it.
    """
    text = _TOKEN.sub(MASK, text)
    text = _EMAIL.sub(MASK, text)
    text = _CARD.sub(_mask_card, text)
    return _PHONE.sub(MASK, text)


def _mask_card(match: re.Match[str]) -> str:
    digits = [int(char) for char in match[0] if char.isdigit()]
    return MASK if luhn_valid(digits) else match[0]


def luhn_valid(digits: list[int]) -> bool:
    """Tell whether the check digit of a card number is right (ISO/IEC 7812-1)."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
