"""Taking back points that may be gone already.

Lives here: which points a return cancels, takes, has repaid in money or writes off.
Lives elsewhere: how many it should take (``tools/returns.py``), booking it (the
ledger; only a forced reversal may go below zero). Source: R9.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .basket import ZERO
from .redemption import RedemptionTerms
from .rounding import exact, whole

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
        repaid, amount = _repaid(missing, refund, terms)
        missing -= repaid
        policy = rest
    if policy == "write_off":
        return Settlement(cancelled, covered, 0, repaid, amount, missing)
    return Settlement(cancelled, covered + missing, missing, repaid, amount, 0)


def _repaid(
    missing: int, refund: Decimal, terms: RedemptionTerms
) -> tuple[int, Decimal]:
    """Return how many points the refund pays for, and what for, to the unit."""
    worth = terms.value(missing)
    if worth <= refund:
        return missing, worth
    # What is left of the refund may be worth less than one more point.
    points = whole(exact(refund) * terms.points / exact(terms.amount))
    return min(points, missing), terms.value(min(points, missing))
