"""Reading fields of vendors' JSON: the wanted kind, or an error with a pointer.

Lives here: small readers for translations. Lives elsewhere: what the fields mean
(``tools/<vendor>.py``), the strict contracts of our own documents (``schemas/``).

Vendors write amounts as strings, integers or reals; ours are decimal strings. Read
their bodies with ``strict_json.loads(raw, parse_float=Decimal)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from . import clock, money
from .errors import PayloadInvalid

ZERO = Decimal(0)
RATE_DECIMALS = 6


def text(obj: Mapping[str, Any], key: str, at: str) -> str:
    """Return a required text; numbers (ids) become text.

    :param at: pointer of ``obj``. :raises PayloadInvalid: missing or another kind.
    """
    value = obj.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise PayloadInvalid(f"{at}/{key}", "a text or whole number is required")
    return str(value)


def text_or_none(obj: Mapping[str, Any], key: str) -> str | None:
    """Return an optional text; empty or of another kind counts as missing."""
    value = obj.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def amount(obj: Mapping[str, Any], key: str, at: str) -> Decimal:
    """Return a required amount exactly as written.

    :raises PayloadInvalid: missing, a binary float, or no plain decimal number.
    """
    found = amount_or_none(obj, key, at)
    if found is None:
        raise PayloadInvalid(f"{at}/{key}", "an amount is required")
    return found


def amount_or_none(obj: Mapping[str, Any], key: str, at: str) -> Decimal | None:
    """Return an optional amount exactly as written, ``None`` if missing.

    :raises PayloadInvalid: a binary float, or no plain decimal number.
    """
    value = obj.get(key)
    if value is None:
        return None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        value = f"{Decimal(value):f}"
    try:
        return money.to_decimal(value)
    except PayloadInvalid as exc:
        raise PayloadInvalid(f"{at}/{key}", exc.problem) from None


def rate_or_none(obj: Mapping[str, Any], key: str, at: str) -> Decimal | None:
    """Return an optional rate, rounded to six decimals: it informs, it is not summed.

    :raises PayloadInvalid: as :func:`amount_or_none`.
    """
    value = obj.get(key)
    if isinstance(value, Decimal):
        value = money.quantize(value, RATE_DECIMALS).normalize()
    return amount_or_none({key: value}, key, at)


def objects(
    obj: Mapping[str, Any], key: str, at: str, *, required: bool = False
) -> list[Mapping[str, Any]]:
    """Return a list of objects; a missing one is empty unless required.

    :raises PayloadInvalid: missing though required, or another kind.
    """
    value = obj.get(key)
    if value is None and not required:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise PayloadInvalid(f"{at}/{key}", "a list of objects is required")
    return value


def moment(obj: Mapping[str, Any], key: str, at: str) -> str:
    """Return a required time as RFC 3339 in UTC.

    :raises PayloadInvalid: missing or not RFC 3339 with offset.
    """
    try:
        return clock.to_rfc3339(clock.parse_rfc3339(text(obj, key, at)))
    except ValueError as exc:
        if isinstance(exc, PayloadInvalid):
            raise
        raise PayloadInvalid(f"{at}/{key}", str(exc)) from None


def plain(value: Decimal) -> str:
    """Return a decimal as a plain string, without exponent."""
    return f"{value:f}"


def without_none(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``obj`` without its missing values."""
    return {key: value for key, value in obj.items() if value is not None}
