"""What has to be in Odoo and at the partners, kept apart from both.

Lives here: the sales as the tills and the shop made them, and the comparison. Not
here: how Odoo's or a partner's side is read (``hub``, ``cast``). No amount is ever
taken from Odoo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Sale:
    """A sale, return or exchange as its own system wrote it down."""

    correlation_id: str
    ref: str
    kind: str
    currency: str
    total: Decimal


class Oracle:
    """The sales of the day by their correlation id."""

    def __init__(self) -> None:
        self.sales: dict[str, Sale] = {}

    def expect_receipts(self, events: Iterable[Mapping[str, Any]]) -> list[Sale]:
        """Add receipts that Odoo has to record; return them."""
        return [self._add(sale_of_receipt(event)) for event in events]

    def expect_order(self, order: Mapping[str, Any], correlation_id: str) -> Sale:
        """Add an order of the webshop that Odoo has to record; return it."""
        total = Decimal(order["total_price"])
        return self._add(
            Sale(correlation_id, order["name"], "sale", order["currency"], total)
        )

    def _add(self, sale: Sale) -> Sale:
        self.sales[sale.correlation_id] = sale
        return sale

    def differences(self, held: Iterable[Sale], wanted: Iterable[Sale]) -> list[str]:
        """Return what distinguishes what somebody holds from what was wanted."""
        held = list(held)
        by_id = {sale.correlation_id: sale for sale in held}
        times = Counter(sale.correlation_id for sale in held)
        found = []
        for sale in wanted:
            count = times[sale.correlation_id]
            if count != 1:
                found.append(f"{sale.ref} is there {count} times")
            elif by_id[sale.correlation_id] != sale:
                found.append(f"{sale} is there as {by_id[sale.correlation_id]}")
        return found


def sale_of_receipt(event: Mapping[str, Any]) -> Sale:
    """Return the sale that a receipt's envelope carries."""
    receipt = event["data"]
    return Sale(
        correlation_id=event["correlationid"],
        ref=f"{receipt['store']}/{receipt['register']}/{receipt['sequence']}",
        kind=receipt["type"],
        currency=receipt["currency"],
        total=Decimal(receipt["totals"]["grand"]),
    )


def sale_of_partner(document: Mapping[str, Any]) -> Sale:
    """Return the sale that a partner heard of, from the envelope it received."""
    data = document["data"]
    return Sale(
        correlation_id=document["correlationid"],
        ref=data["ref"],
        kind=data["kind"],
        currency=data["currency"],
        total=Decimal(data["totals"]["grand"]),
    )


def totals_text(sales: Iterable[Sale]) -> str:
    """Return the sum per currency for people: ``2,345.60 EUR and 61.13 USD``."""
    totals: dict[str, Decimal] = {}
    for sale in sales:
        totals[sale.currency] = totals.get(sale.currency, Decimal(0)) + sale.total
    return " and ".join(f"{total:,.2f} {name}" for name, total in totals.items())
