"""A recorded sale in exact values: its lines, what comes back included, and payments.

Lives here: plain values. Lives elsewhere: reading them (``retail.loyalty.engine``),
what of them is a basket (``tools/basket.py``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from .basket import SETTLEMENT_TENDER, ZERO


class SaleLine(NamedTuple):
    """A line of a sale in exact values; ``qty`` is negative where goods come back."""

    position: int
    kind: str
    product_id: int | None
    qty: Decimal
    amount: Decimal
    amount_tax: Decimal
    amount_discount: Decimal
    line_ref: str | None
    original_ref: str | None

    @property
    def is_return(self) -> bool:
        """Whether it brings goods back; a deposit that does is no such line."""
        return self.qty < 0 and (self.kind == "item" or bool(self.original_ref))


class SaleTender(NamedTuple):
    """A payment of a sale; ``is_settled`` is False for an authorisation."""

    type: str
    amount: Decimal
    reference: str | None
    is_settled: bool


class Sale(NamedTuple):
    """The lines and payments of a recorded sale."""

    lines: tuple[SaleLine, ...]
    tenders: tuple[SaleTender, ...]

    @property
    def kept(self) -> Decimal:
        """What a till kept of the refund, for points that were spent."""
        kept = (one.amount for one in self.tenders if one.type == SETTLEMENT_TENDER)
        return -sum(kept, ZERO)

    def without_kept(self) -> Sale:
        """Return the sale for programs that get nothing of what was kept."""
        tenders = (one for one in self.tenders if one.type != SETTLEMENT_TENDER)
        return self._replace(tenders=tuple(tenders))
