"""Taking back points that may be gone already.

Lives here: which points a return cancels, takes, has repaid in money or writes off, and
the arithmetic between missing points and a smaller refund. Lives elsewhere: how many it
should take (``tools/returns.py``), booking it (``loyalty_accrual_settlement.py``; only
a forced reversal may go below zero). Source: R9, decision 99.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from .basket import ZERO
from .redemption import RedemptionTerms
from .rounding import exact, whole_up

POLICIES = ("debt", "reduce_refund", "write_off")


@dataclass(frozen=True, slots=True)
class Settlement:
    """How points that have to come back do come back, in one wallet.

    ``cancelled + taken + repaid + written_off`` are the points that were asked for.
    ``cancelled`` were still pending; ``taken`` leaves the balance, ``debt`` of it below
    zero; ``repaid`` are paid for with ``repaid_amount`` less refund.
    """

    cancelled: int = 0
    taken: int = 0
    debt: int = 0
    repaid: int = 0
    repaid_amount: Decimal = ZERO
    written_off: int = 0


def settle(
    points: int,
    *,
    available: int,
    pending: int = 0,
    restored: int = 0,
    policy: str = "debt",
    refund: Decimal = ZERO,
    terms: RedemptionTerms | None = None,
    rest: str = "debt",
) -> Settlement:
    """Return where ``points`` come from.

    :param available: the member's points that are neither spent nor held; may be
        negative.
    :param pending: points of this sale that nobody could spend yet; they go first.
    :param restored: points that this same return gives back to the same wallet.
    :param policy: what happens to points that are spent: ``debt``, ``reduce_refund``
        (needs ``terms``) or ``write_off``.
    :param refund: money that goes back to the customer, the most that can be kept.
    :param rest: ``debt`` or ``write_off``, for what the refund does not cover.
    :raises ValueError: unknown policy, or a reduced refund without terms.
    """
    if policy not in POLICIES or rest not in ("debt", "write_off"):
        raise ValueError(f"unknown policy for spent points: {policy}, {rest}")
    cancelled = min(points, pending)
    owed = points - cancelled
    covered = min(owed, max(0, available + restored))
    missing = owed - covered
    repaid, amount = 0, ZERO
    if policy == "reduce_refund":
        if terms is None:
            raise ValueError("a refund is reduced by the value of points; give terms")
        repaid, amount = reduction(missing, refund, terms)
        missing -= repaid
        policy = rest
    if policy == "write_off":
        return Settlement(cancelled, covered, 0, repaid, amount, missing)
    return Settlement(cancelled, covered + missing, missing, repaid, amount, 0)


def reduction(
    missing: int, refund: Decimal, terms: RedemptionTerms
) -> tuple[int, Decimal]:
    """Return how many missing points a refund can pay for, and by how much it shrinks.

    The amount is what the points are worth, as everywhere rounded down; points that are
    worth nothing are not paid for.

    :param refund: money that goes back to the customer, the most that can be kept
    """
    points = max(0, min(missing, _most_worth(refund, terms)))
    amount = terms.value(points)
    return (points, amount) if amount else (0, ZERO)


def points_paid(amount: Decimal, missing: int, terms: RedemptionTerms) -> int:
    """Return how many points were paid for with ``amount`` less refund.

    The missing ones where it is their worth; more, where it is worth more (points came
    in since it was quoted): what was kept is never kept for nothing.

    :raises ValueError: no number of points is worth exactly this
    """
    fewest = whole_up(exact(amount) * terms.points / exact(terms.amount))
    if amount <= 0 or terms.value(fewest) != amount:
        raise ValueError(f"no points are worth exactly {amount} {terms.currency}")
    return min(max(missing, fewest), _most_worth(amount, terms))


def _most_worth(amount: Decimal, terms: RedemptionTerms) -> int:
    """Return the most points that are worth no more than ``amount``."""
    # Up to one unit above the amount (not included) is rounded down to it.
    bound = (exact(amount) + exact(terms.unit)) * terms.points / exact(terms.amount)
    return math.ceil(bound) - 1
