"""The one rounding rule of points, for every channel, rule and process.

Lives here: from exact shares to whole points and whole units of a currency. Lives
elsewhere: what the shares are (``tools/earning.py``, ``tools/returns.py`` …). Called by
everything that makes points; nothing else in the suite may round points.

The rule (decision 0072): shares are exact fractions until the end; a whole is rounded
**down once**; its parts are found by largest remainder, so that they sum to the whole;
a part that is taken away bit by bit is rounded down each time *in sum*, so that the
last bit brings what is left. Rounding favours nobody who cuts a purchase, a payment or
a return into pieces, and no channel can differ from another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

#: What the functions take as a number; never a float.
Exact = int | Decimal | Fraction


def exact(value: Exact) -> Fraction:
    """Return a number as an exact fraction.

    :raises TypeError: a float: what it was meant to be is lost already.
    """
    if type(value) is Fraction:
        return value
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; give an int, a Decimal or a Fraction")
    return Fraction(value)


def total_of(values: Iterable[Fraction]) -> Fraction:
    """Return the sum of fractions; one reduction instead of one per value."""
    numerators, unit = over_one(list(values))
    return Fraction(sum(numerators), unit)


def over_one(fractions: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return the numerators over their common denominator, and that one."""
    common = math.lcm(*(one.denominator for one in fractions))
    return [one.numerator * (common // one.denominator) for one in fractions], common


def whole(value: Exact) -> int:
    """Return ``value`` in whole points: down, for points that are earned or worth."""
    return math.floor(exact(value))


def whole_up(value: Exact) -> int:
    """Return ``value`` in whole points: up, for points that somebody has to give."""
    return math.ceil(exact(value))


def spread(total: int, shares: Sequence[Exact]) -> list[int]:
    """Split ``total`` into whole parts near to exact ``shares``, by largest remainder.

    Each part is its share rounded down or up, never further away; the first of equal
    remainders gets the unit. So a cap that held for a share holds for its part.

    :param total: the rounded sum of the shares.
    :raises ValueError: a negative share, or a total that is not within one of the sum.
    """
    return spread_over(total, *over_one([exact(share) for share in shares]))


def spread_over(total: int, numerators: Sequence[int], unit: int) -> list[int]:
    """Split ``total`` like :func:`spread`; each share is its numerator over ``unit``.

    :raises ValueError: as there.
    """
    if min(numerators, default=0) < 0:
        raise ValueError("a share must not be negative")
    if abs(total * unit - sum(numerators)) >= unit:
        raise ValueError(f"{total} is not the rounded sum of the shares")
    parts = [numerator // unit for numerator in numerators]
    left = total - sum(parts)
    if left:
        # Sorting is stable: the first of equal remainders comes first.
        order = sorted(range(len(parts)), key=lambda i: -(numerators[i] % unit))
        for index in order[:left]:
            parts[index] += 1
    return parts


def spread_by(total: int, weights: Sequence[Exact]) -> list[int]:
    """Split ``total`` by ``weights``: the parts sum to it. All weights zero: equally.

    :raises ValueError: no weights for a total that is not zero, or a negative weight.
    """
    return spread(total, shares_by(total, weights))


def shares_by(total: Exact, weights: Sequence[Exact]) -> list[Fraction]:
    """Return the exact shares of ``total`` by ``weights``; all zero: equal shares.

    :raises ValueError: no weights for a total that is not zero, or a negative weight.
    """
    numerators, _common = over_one([exact(weight) for weight in weights])
    if min(numerators, default=0) < 0:
        raise ValueError("a weight must not be negative")
    if not numerators:
        if total:
            raise ValueError(f"{total} has nothing to be spread over")
        return []
    if not any(numerators):
        numerators = [1] * len(numerators)
    whole_sum = exact(total)
    top, bottom = whole_sum.numerator, whole_sum.denominator * sum(numerators)
    return [Fraction(top * numerator, bottom) for numerator in numerators]


def part_of(total: int, done: Exact, of: Exact) -> int:
    """Return how much of ``total`` belongs to the first ``done`` of ``of``.

    What several steps bring is the difference between two calls; so whatever the
    steps, they sum to ``total`` when everything is done. Sources: R9.

    :raises ValueError: ``done`` is not between 0 and ``of``, or ``total`` is negative.
    """
    if total < 0 or not 0 <= done <= of:
        raise ValueError(f"{done} of {of} cannot share {total}")
    if not of:
        return 0
    return math.floor(exact(total) * exact(done) / exact(of))


def to_units(amount: Decimal, decimals: int) -> int:
    """Return an amount in the smallest unit of its currency: 12.50 → 1250.

    :raises ValueError: it has digits beyond ``decimals``.
    """
    scaled = exact(amount) * 10**decimals
    if scaled.denominator != 1:
        raise ValueError(f"{amount} has more than {decimals} decimals")
    return scaled.numerator


def from_units(units: int, decimals: int) -> Decimal:
    """Return the amount of ``units`` of a currency's smallest unit: 1250 → 12.50."""
    sign = int(units < 0)
    digits = tuple(int(digit) for digit in str(abs(units)))
    return Decimal((sign, digits, -decimals))


def floor_amount(value: Exact, decimals: int) -> Decimal:
    """Return ``value`` rounded down to the currency's smallest unit."""
    return from_units(math.floor(exact(value) * 10**decimals), decimals)
