"""Points as deferred revenue, by IFRS 15: allocation, breakage, re-measurement.

Lives here: the arithmetic per cohort (points issued together, in one currency). Lives
elsewhere: which entries make a cohort, the reviewed batch and its journal entries (the
models). Amounts are without tax, exact to the currency's unit; money is rounded half
up as everywhere in the suite (``money.quantize`` of the base module).

How Example 52 of the standard (IE267 to IE270) comes out. Customers buy goods for
100,000 and earn 10,000 points; each takes 1 off a later purchase, and 95 % are expected
to be redeemed, so the points' stand-alone price is 10,000 × 1 × 0.95 = 9,500:

* allocation (:func:`allocate`): goods 100,000 × 100,000 / 109,500 = 91,324.20, points
  100,000 × 9,500 / 109,500 = 8,675.80. Cut off they sum to 99,999; the unit that is
  left goes to the larger remainder: **91,324** and **8,676**;
* end of the first year (:func:`measure`): 4,500 points redeemed of 9,500 expected:
  8,676 × 4,500 / 9,500 = 4,109.68: revenue **4,110**, liability 4,566;
* end of the second year: 8,500 redeemed in all, and now 97 % = 9,700 expected:
  8,676 × 8,500 / 9,700 = 7,602.68, so 7,603 in all; less 4,110: revenue **3,493**,
  liability **1,073**.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from odoo.addons.retail_integration_base.tools import money

from .basket import ZERO
from .rounding import exact, from_units, part_of, spread_by, to_units


@dataclass(frozen=True, slots=True)
class Estimate:
    """A version of the breakage estimate: which share of issued points is redeemed.

    0.95 means 5 % breakage. Versions are never changed; a new one holds from its date.
    """

    version: int
    from_date: date
    redeemed_share: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.redeemed_share <= 1:
            raise ValueError(f"share {self.redeemed_share} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class Cohort:
    """Points issued together, as running sums, and what is booked for them.

    ``allocated`` is the part of the price that belongs to the points still issued;
    ``lapsed`` expired or were forfeited; ``booked_allocated`` and ``booked_revenue``
    are what earlier periods have posted.
    """

    key: str
    currency: str
    issued: int
    allocated: Decimal
    redeemed: int = 0
    lapsed: int = 0
    booked_allocated: Decimal = ZERO
    booked_revenue: Decimal = ZERO
    decimals: int = 2

    def __post_init__(self) -> None:
        if min(self.issued, self.redeemed, self.lapsed) < 0 or self.allocated < 0:
            raise ValueError(f"cohort {self.key} has negative sums")
        if self.redeemed + self.lapsed > self.issued:
            raise ValueError(f"cohort {self.key}: more used than issued")

    @property
    def outstanding(self) -> int:
        """Points that can still be used."""
        return self.issued - self.redeemed - self.lapsed


@dataclass(frozen=True, slots=True)
class Measured:
    """A cohort at a period's end.

    ``opening + added - revenue = closing``: the liability before, what sales and
    returns changed, what is recognised in the period, the liability after. Revenue is
    negative where an estimate rose. ``expected`` are points, ``version`` the estimate.
    """

    cohort: Cohort
    version: int
    expected: Fraction
    opening: Decimal
    added: Decimal
    revenue: Decimal
    closing: Decimal

    @property
    def booked(self) -> Cohort:
        """The cohort once this period is posted."""
        return replace(
            self.cohort,
            booked_allocated=self.cohort.allocated,
            booked_revenue=self.cohort.booked_revenue + self.revenue,
        )


@dataclass(frozen=True, slots=True)
class Total:
    """A currency's sums over all its cohorts; they tie out as each cohort does."""

    currency: str
    opening: Decimal
    added: Decimal
    revenue: Decimal
    closing: Decimal


def points_price(
    points: int, value: Decimal, per_points: int, redeemed_share: Decimal
) -> Fraction:
    """Return the points' stand-alone price, unrounded: value times likelihood of use.

    :param value: what ``per_points`` points are worth as means of payment.
    """
    return exact(value) * points / per_points * exact(redeemed_share)


def allocate(
    price: Decimal,
    goods: Sequence[Decimal],
    points: Decimal | Fraction,
    decimals: int = 2,
) -> tuple[list[Decimal], Decimal]:
    """Split a price over goods and points by their stand-alone prices (IFRS 15.74).

    Largest remainder per unit of the currency: goods and points sum to the price.

    :raises ValueError: a negative price, or nothing that it could be allocated to.
    """
    if not goods and not points:
        raise ValueError("there is nothing to allocate a price to")
    units = spread_by(to_units(price, decimals), [*goods, points])
    amounts = [from_units(one, decimals) for one in units]
    return amounts[:-1], amounts[-1]


def take_back(cohort: Cohort, points: int) -> Cohort:
    """Return the cohort after returns took ``points`` of it back, unused.

    :raises ValueError: more points than are outstanding.
    """
    if points > cohort.outstanding:
        raise ValueError(f"cohort {cohort.key}: {points} of {cohort.outstanding}")
    units = to_units(cohort.allocated, cohort.decimals)
    gone = from_units(part_of(units, points, cohort.issued), cohort.decimals)
    return replace(
        cohort, issued=cohort.issued - points, allocated=cohort.allocated - gone
    )


def estimate_on(estimates: Iterable[Estimate], day: date) -> Estimate:
    """Return the version that holds on a day: of those begun, the latest.

    :raises ValueError: none has begun.
    """
    begun = [one for one in estimates if one.from_date <= day]
    if not begun:
        raise ValueError(f"no breakage estimate holds on {day}")
    return max(begun, key=lambda one: (one.from_date, one.version))


def measure(cohort: Cohort, estimate: Estimate) -> Measured:
    """Return a cohort's revenue and liability at a period's end (IFRS 15.B44 to B47).

    Revenue to date follows the pattern of redemption: redeemed over expected. The
    difference to what is booked is this period's, so a new estimate is caught up with
    at once. Nobody expects fewer points than are redeemed already, nor more than can
    still be; when none is outstanding, all is revenue.
    """
    most = cohort.issued - cohort.lapsed
    wanted = exact(estimate.redeemed_share) * cohort.issued
    expected = min(max(wanted, Fraction(cohort.redeemed)), Fraction(most))
    to_date = cohort.allocated
    if expected:
        share = exact(cohort.allocated) * cohort.redeemed / expected
        to_date = _money(share, cohort.decimals)
    opening = cohort.booked_allocated - cohort.booked_revenue
    added = cohort.allocated - cohort.booked_allocated
    revenue = to_date - cohort.booked_revenue
    closing = opening + added - revenue
    return Measured(
        cohort, estimate.version, expected, opening, added, revenue, closing
    )


def period_end(
    cohorts: Iterable[Cohort], estimates: Sequence[Estimate], day: date
) -> tuple[list[Measured], list[Total]]:
    """Return each cohort measured on a period's last day, and the sums by currency."""
    estimate = estimate_on(estimates, day)
    measured = [measure(cohort, estimate) for cohort in cohorts]
    totals = []
    for currency in sorted({one.cohort.currency for one in measured}):
        mine = [one for one in measured if one.cohort.currency == currency]
        totals.append(
            Total(
                currency,
                sum((one.opening for one in mine), ZERO),
                sum((one.added for one in mine), ZERO),
                sum((one.revenue for one in mine), ZERO),
                sum((one.closing for one in mine), ZERO),
            )
        )
    return measured, totals


def _money(share: Fraction, decimals: int) -> Decimal:
    """Return a positive share of money, half up to the unit, without a float."""
    # Truncated two places below the unit: enough to tell which half it is in.
    fine = share * 10 ** (decimals + 2)
    truncated = from_units(fine.numerator // fine.denominator, decimals + 2)
    return money.quantize(truncated, decimals)
