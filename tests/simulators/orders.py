"""Made-up webshop orders: ``retail.order.placed.v1`` and Shopify's own shape.

Lives here: what is ordered and how each shop writes it down. Not here: arithmetic
(``documents``), envelope and vendor headers (``events``). The same seed gives the same
orders.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from .catalogue import CATALOGUE, Item
from .documents import (
    Discount,
    Line,
    Money,
    price_line,
    tax_document,
    totals_document,
)
from .receipts import customer_document

SHIPPING = Item("std", "Standard shipping", Decimal("4.95"), Decimal("0.21"))


@dataclass(frozen=True)
class MadeUpOrder:
    """An order before any shop has written it down."""

    number: int
    at: datetime
    lines: Sequence[Line]
    shipping: Line
    customer: int


class OrderGenerator:
    """Orders of one webshop, in the order in which they are placed.

    :param store: the selling location's code.
    :param money: webshops usually show prices without tax: see ``tax_included``.
    :param first_number: the first order's number; its id follows from it.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        store: str = "WEB",
        channel: str = "web",
        catalogue: Sequence[Item] = CATALOGUE,
        money: Money | None = None,
        first_at: datetime = datetime(2026, 11, 20, 8, 0, tzinfo=timezone.utc),
        first_number: int = 1001,
    ) -> None:
        self.rng = random.Random(f"orders/{seed}")
        self.store = store
        self.channel = channel
        self.catalogue = [item for item in catalogue if not item.by_weight]
        self.money = money or Money(tax_included=False)
        self._number = first_number
        self._clock = first_at

    def orders(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield ``count`` canonical documents."""
        for _n in range(count):
            yield self.canonical(self.order())

    def shopify_orders(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield ``count`` bodies of Shopify's ``orders/create`` webhook."""
        for _n in range(count):
            yield self.shopify(self.order())

    def order(self) -> MadeUpOrder:
        """Return the next order."""
        self._clock += timedelta(seconds=self.rng.uniform(1, 300))
        number = self._number
        self._number += 1
        lines = [self._line() for _n in range(self.rng.choice((1, 1, 2, 3, 5)))]
        free = self.rng.random() < 0.3
        shipping = replace(SHIPPING, price=Decimal(0)) if free else SHIPPING
        return MadeUpOrder(
            number=number,
            at=self._clock.replace(microsecond=0),
            lines=lines,
            shipping=price_line(shipping, Decimal(1), self.money),
            customer=self.rng.randint(0, 999),
        )

    def _line(self) -> Line:
        item = self.rng.choice(self.catalogue)
        qty = Decimal(self.rng.choice((1, 1, 1, 2, 3)))
        discounts: tuple[Discount, ...] = ()
        if self.rng.random() < 0.15:
            off = self.money.rounded(qty * item.price / 10)
            discounts = (Discount("WELCOME10", off),)
        return price_line(item, qty, self.money, discounts)

    # --- canonical --------------------------------------------------------------------

    def canonical(self, order: MadeUpOrder) -> dict[str, Any]:
        """Return ``order`` as the data of ``retail.order.placed.v1``."""
        totals = totals_document(order.lines, self.money, order.shipping)
        document = {
            "ref": f"#{order.number}",
            "external_id": external_id(order),
            "channel": self.channel,
            "store": self.store,
            "placed_at": order.at.isoformat(),
            "currency": self.money.currency,
            "customer": customer_document(order.customer),
            "shipping": _address(order.customer),
            "tax_included": self.money.tax_included,
            "lines": [
                {"id": f"li-{n}", **line.document(self.money)}
                for n, line in enumerate(order.lines, start=1)
            ],
            "shipping_lines": [self._shipping_line(order.shipping)],
            "totals": totals,
            "payments": self._payments(order, totals["grand"]),
            "fulfillment_mode": "ship",
            "risk": "low",
        }
        return {"order": document}

    def _shipping_line(self, charge: Line) -> dict[str, Any]:
        return {
            "code": charge.item.sku,
            "title": charge.item.description,
            "price": self.money.text(charge.unit_price),
            "taxes": [tax_document(charge.item, charge.tax, self.money)],
        }

    def _payments(self, order: MadeUpOrder, grand: str) -> list[dict[str, str]]:
        if not Decimal(grand):
            return []
        return [
            {
                "id": f"tx-{order.number}",
                "kind": "authorization",
                "type": "card",
                "gateway": "card_gateway",
                "amount": grand,
                "status": "success",
            }
        ]

    # --- Shopify ----------------------------------------------------------------------

    def shopify(self, order: MadeUpOrder) -> dict[str, Any]:
        """Return ``order`` as Shopify's REST order resource.

        Source: shopify.dev, "Order" of the Admin REST API. Discounts stand in
        ``discount_allocations``, prices before discounts; the money is text.
        """
        text = self.money.text
        lines = [
            self._shopify_line(order, n, line) for n, line in enumerate(order.lines)
        ]
        every = [*order.lines, order.shipping]
        discount = sum(line.discount for line in order.lines)
        gross = sum(self.money.rounded(n.qty * n.unit_price) for n in order.lines)
        grand = sum(line.total for line in every)
        return {
            "id": int(external_id(order)),
            "name": f"#{order.number}",
            "order_number": order.number,
            "created_at": order.at.isoformat(),
            "updated_at": order.at.isoformat(),
            "currency": self.money.currency,
            "presentment_currency": self.money.currency,
            "taxes_included": self.money.tax_included,
            "total_line_items_price": text(gross),
            "total_discounts": text(discount),
            "subtotal_price": text(gross - discount),
            "total_tax": text(sum(line.tax for line in every)),
            "total_price": text(grand),
            "financial_status": "authorized",
            "source_name": "web",
            "test": False,
            "email": f"customer{order.customer}@example.com",
            "customer": _shopify_customer(order.customer),
            "shipping_address": _shopify_address(order.customer),
            "line_items": lines,
            "shipping_lines": [self._shopify_shipping(order.shipping)],
        }

    def _shopify_shipping(self, charge: Line) -> dict[str, Any]:
        return {
            "code": charge.item.sku,
            "title": charge.item.description,
            "price": self.money.text(charge.unit_price),
            "tax_lines": [self._shopify_tax(charge)],
        }

    def _shopify_line(self, order: MadeUpOrder, n: int, line: Line) -> dict[str, Any]:
        return {
            "id": int(external_id(order)) * 100 + n,
            "sku": line.item.sku,
            "name": line.item.description,
            "title": line.item.description,
            "quantity": int(line.qty),
            "price": self.money.text(line.unit_price),
            "total_discount": self.money.text(Decimal(0)),
            "discount_allocations": [
                {"amount": self.money.text(discount.amount)}
                for discount in line.discounts
            ],
            "gift_card": False,
            "tax_lines": [self._shopify_tax(line)],
        }

    def _shopify_tax(self, line: Line) -> dict[str, Any]:
        document = tax_document(line.item, line.tax, self.money)
        return {
            "title": document["title"],
            "price": document["amount"],
            # A number on purpose: so Shopify sends it, and only it.
            "rate": float(line.item.tax_rate),
        }


def external_id(order: MadeUpOrder) -> str:
    """Return the shop's long id of an order."""
    return str(5_000_000_000_000 + order.number)


def _address(number: int) -> dict[str, str]:
    return {
        "name": f"Customer {number}",
        "street": f"Example Street {number % 200 + 1}",
        "zip": "9000",
        "city": "Ghent",
        "country": "BE",
    }


def _shopify_customer(number: int) -> dict[str, Any]:
    return {
        "id": 700000 + number,
        "email": f"customer{number}@example.com",
        "phone": f"+447700900{number:03d}",
    }


def _shopify_address(number: int) -> dict[str, str]:
    address = _address(number)
    return {
        "name": address["name"],
        "address1": address["street"],
        "zip": address["zip"],
        "city": address["city"],
        "country_code": address["country"],
    }
