"""What a return or an exchange does to points, as it is quoted.

Lives here: the answer as values. Lives elsewhere: finding it, by posting the return and
taking that back (``models/loyalty_engine_returns.py``), telling it (the HTTP route).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .basket import ZERO


@dataclass(frozen=True, slots=True)
class ReturnQuote:
    """What posting would do; all zero, with ``why``, where it would fail.

    ``taken`` are points to take back by wallet, ``cancelled`` of them were not
    spendable yet; ``granted`` is what exchanged goods earn more. ``missing`` are taken
    points that are spent: ``settled`` with ``kept`` of the refund, ``owed`` or
    ``written_off``. ``refund_points`` and ``refund_money`` are what the goods bring,
    before anything is kept.

    :param member_uuid: whose points they are: who bought the goods
    :param available: what that member could spend before
    :param why: code and sentence
    """

    member_uuid: str | None = None
    taken: Mapping[str, int] = field(default_factory=dict)
    granted: Mapping[str, int] = field(default_factory=dict)
    cancelled: int = 0
    restored: int = 0
    available: int = 0
    missing: int = 0
    settled: int = 0
    kept: Decimal = ZERO
    owed: int = 0
    written_off: int = 0
    refund_points: Decimal = ZERO
    refund_money: Decimal = ZERO
    why: tuple[str, str] | None = None

    @property
    def refund(self) -> Decimal:
        """What goes back for the goods, in points and in money."""
        return self.refund_points + self.refund_money

    @property
    def pay_out(self) -> Decimal:
        """Money that goes back to the customer."""
        return self.refund_money - self.kept
