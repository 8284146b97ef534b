"""Exact money: decimal strings in, decimal strings out, nothing lost in between.

Lives here: conversion, rounding and allocation. Lives elsewhere: the checks of a
document's sums (``tools/sums.py``), currencies and their decimals (Odoo). Called by
schemas, vendor translations and handlers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

from .errors import PayloadInvalid

AMOUNT_PATTERN = r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$"
_AMOUNT = re.compile(AMOUNT_PATTERN)
# Own context: another library may change the thread's precision.
_CONTEXT = Context(prec=60)
_UNITS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))


def to_decimal(text: str) -> Decimal:
    """Return the exact value of a decimal string like ``-12.50``.

    :raises PayloadInvalid: a float or other type, NaN, an exponent, more than 13
        digits before or 6 after the point.
    """
    if not isinstance(text, str):
        kind = type(text).__name__
        raise PayloadInvalid("", f"an amount must be a decimal string, not {kind}")
    # fullmatch: "$" alone would let a final line feed pass.
    if _AMOUNT.fullmatch(text) is None:
        raise PayloadInvalid("", "an amount must be a decimal string like -12.50")
    return Decimal(text)


def from_stored(value: float, decimals: int) -> Decimal:
    """Return the exact amount of a float that Odoo read from a numeric column."""
    return quantize(Decimal(repr(float(value))), decimals)


def quantize(amount: Decimal, decimals: int) -> Decimal:
    """Return ``amount`` rounded half up (away from zero) to ``decimals`` places.

    The same rule as Odoo's currency rounding.
    """
    return amount.quantize(_unit(decimals), rounding=ROUND_HALF_UP, context=_CONTEXT)


def is_exact(amount: Decimal, decimals: int) -> bool:
    """Tell whether ``amount`` has no digits beyond ``decimals`` places."""
    return quantize(amount, decimals) == amount


def allocate(
    total: Decimal, weights: Sequence[Decimal], decimals: int
) -> list[Decimal]:
    """Split ``total`` by ``weights`` so that the parts sum to exactly ``total``.

    Largest remainder: each part is cut off, then the left-over smallest units go to
    the parts that lost most, the first of equals first. All weights zero: equal parts.

    :raises ValueError: no weights, a negative weight, or a total with more places than
        ``decimals``.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and not be negative")
    if not is_exact(total, decimals):
        raise ValueError(f"{total} has more than {decimals} decimals")
    unit = _unit(decimals)
    weight_sum = sum(weights, Decimal(0))
    if not weight_sum:
        weights, weight_sum = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [
        _CONTEXT.divide(_CONTEXT.multiply(abs(total), weight), weight_sum)
        for weight in weights
    ]
    parts = [
        part.quantize(unit, rounding=ROUND_DOWN, context=_CONTEXT) for part in exact
    ]
    left_units = int((abs(total) - sum(parts, Decimal(0))) / unit)
    by_loss = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_loss[:left_units]:
        parts[index] += unit
    return [-part if total < 0 and part else part for part in parts]


def format_amount(amount: Decimal, decimals: int) -> str:
    """Return ``amount`` as a plain decimal string with ``decimals`` places.

    :raises ValueError: digits would be lost; round first, on purpose.
    """
    rounded = quantize(amount, decimals)
    if rounded != amount:
        raise ValueError(f"{amount} has more than {decimals} decimals")
    # "-0.00" would be another text for the same content.
    return f"{rounded if rounded else abs(rounded):f}"


def _unit(decimals: int) -> Decimal:
    return _UNITS[decimals]


def plain_number(value: Decimal, decimals: int) -> str:
    """Return ``value`` for people: at least ``decimals`` decimals, no idle zeros."""
    # Adding zero turns a negative zero, which nobody expects, into a plain one.
    shortened = value.normalize() + 0
    if -int(shortened.as_tuple().exponent) < decimals:
        shortened = shortened.quantize(Decimal(1).scaleb(-decimals))
    return f"{shortened:f}"
