"""How much money a document is about.

Lives here: reading the grand total out of a document that may be broken, which is why
somebody has to decide about it. Lives elsewhere: checked documents (``schemas``), what
the amount means for a decision (``retail.exception``). Called by connectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

#: What fits the column; a document that says more is nonsense.
AMOUNT_MAX = Decimal("1e15")


class Stake(NamedTuple):
    """An amount, never negative, and its currency (ISO 4217)."""

    amount: Decimal
    currency: str


def stake_of(document: Any) -> Stake | None:
    """Return the grand total of a canonical document, ``None`` if it names none.

    The total stands at the top (receipts, recorded transactions) or one level below it
    (orders). Returns are worth what they pay back.
    """
    if not isinstance(document, Mapping):
        return None
    for part in (document, *document.values()):
        totals = part.get("totals") if isinstance(part, Mapping) else None
        if isinstance(totals, Mapping):
            return parse_stake(totals.get("grand"), part.get("currency"))
    return None


def parse_stake(amount: Any, currency: Any) -> Stake | None:
    """Return amount and currency as found, ``None`` if they are no money."""
    known = isinstance(amount, str | int | Decimal) and isinstance(currency, str)
    if not known or isinstance(amount, bool):
        return None
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= AMOUNT_MAX:
        return None
    return Stake(abs(value), currency)
