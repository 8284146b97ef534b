"""What was sold and what came back since, as documents that a record keeps.

Lives here: ``SoldOrder`` and ``ReturnState`` to JSON values and back, exactly: amounts
and shares as strings. Lives elsewhere: what they mean (``tools/sold.py``), the record
(``retail.loyalty.accrual``).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from .sold import EarnedShare, ReturnState, SoldLine, SoldOrder


def sold_document(order: SoldOrder) -> dict[str, Any]:
    """Return a sale as JSON values."""
    return {
        "points_spent": order.points_spent,
        "wallet": order.wallet,
        "decimals": order.decimals,
        "lines": [
            {
                "key": line.key,
                "qty": str(line.qty),
                "amount": str(line.amount),
                "points_amount": str(line.points_amount),
                "earned": [
                    [one.wallet, one.points, str(one.exact)] for one in line.earned
                ],
            }
            for line in order.lines
        ],
    }


def read_sold(document: dict[str, Any]) -> SoldOrder:
    """Return the sale of a document; the reverse of ``sold_document``."""
    return SoldOrder(
        lines=tuple(
            SoldLine(
                line["key"],
                Decimal(line["qty"]),
                Decimal(line["amount"]),
                Decimal(line["points_amount"]),
                tuple(
                    EarnedShare(wallet, points, Fraction(exact))
                    for wallet, points, exact in line["earned"]
                ),
            )
            for line in document["lines"]
        ),
        points_spent=document["points_spent"],
        wallet=document["wallet"],
        decimals=document["decimals"],
    )


def state_document(state: ReturnState) -> dict[str, Any]:
    """Return what came back so far as JSON values."""
    return {
        "qty": {key: str(qty) for key, qty in state.qty.items()},
        "points_amount": str(state.points_amount),
        "money_amount": str(state.money_amount),
        "points_restored": state.points_restored,
    }


def read_state(document: dict[str, Any] | None) -> ReturnState:
    """Return the running sums of a document; none: nothing came back yet."""
    if not document:
        return ReturnState()
    return ReturnState(
        {key: Decimal(qty) for key, qty in document["qty"].items()},
        Decimal(document["points_amount"]),
        Decimal(document["money_amount"]),
        document["points_restored"],
    )
