"""Exact lines and totals of made-up sales, as the suite's contracts want them.

Lives here: the arithmetic that receipts and orders share, and its text form. Not here:
who buys what and when (``receipts``, ``orders``). Written apart from the suite's own
sums on purpose: both must come to the same cent.

A line: ``qty x unit_price - discounts (+ taxes unless included) = total``, rounded half
up to the currency. Returns are negative throughout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .catalogue import Item

ZERO = Decimal(0)


@dataclass(frozen=True)
class Money:
    """A currency and its rules.

    :param decimals: of the currency: 2 for EUR, 0 for JPY, 3 for KWD.
    :param tax_included: whether unit prices hold the tax.
    """

    currency: str = "EUR"
    decimals: int = 2
    tax_included: bool = True

    def rounded(self, amount: Decimal) -> Decimal:
        """Return ``amount`` in the currency's smallest unit, half up."""
        return amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)

    def text(self, amount: Decimal) -> str:
        """Return a decimal string with all decimals of the currency, never ``-0``."""
        rounded = self.rounded(amount)
        return f"{rounded if rounded else abs(rounded):f}"


@dataclass(frozen=True)
class Discount:
    """A discount in the currency; negative on returns."""

    code: str
    amount: Decimal
    promotion_version: int | None = None


@dataclass(frozen=True)
class Line:
    """One priced line; amounts are exact to the currency."""

    item: Item
    qty: Decimal
    unit_price: Decimal
    tax: Decimal
    total: Decimal
    discounts: tuple[Discount, ...] = ()
    original: Mapping[str, Any] = field(default_factory=dict)

    @property
    def discount(self) -> Decimal:
        """Sum of the discounts."""
        return sum((discount.amount for discount in self.discounts), ZERO)

    def document(self, money: Money) -> dict[str, Any]:
        """Return the part of a line that receipts and orders have in common."""
        document: dict[str, Any] = {
            "sku": self.item.sku,
            "description": self.item.description,
            "qty": f"{self.qty:f}",
            "unit_price": money.text(self.unit_price),
            "taxes": [tax_document(self.item, self.tax, money)],
            "total": money.text(self.total),
        }
        if self.item.gtin:
            document["gtin"] = self.item.gtin
        if self.discounts:
            document["discounts"] = [_discount(d, money) for d in self.discounts]
        if self.original:
            document["original"] = dict(self.original)
        return document


def tax_document(item: Item, amount: Decimal, money: Money) -> dict[str, str]:
    """Return the tax of a line as the contracts write it."""
    return {
        "code": item.tax_code,
        "title": f"VAT {(item.tax_rate * 100).normalize():f}%",
        "rate": f"{item.tax_rate:f}",
        "amount": money.text(amount),
    }


def _discount(discount: Discount, money: Money) -> dict[str, Any]:
    document: dict[str, Any] = {
        "code": discount.code,
        "amount": money.text(discount.amount),
    }
    if discount.promotion_version is not None:
        document["promotion"] = {
            "id": discount.code,
            "version": discount.promotion_version,
        }
    return document


def tax_of(amount: Decimal, rate: Decimal, money: Money) -> Decimal:
    """Return the tax in ``amount`` (tax included) or on top of it, rounded."""
    if money.tax_included:
        return money.rounded(amount - amount / (1 + rate))
    return money.rounded(amount * rate)


def price_line(
    item: Item, qty: Decimal, money: Money, discounts: Sequence[Discount] = ()
) -> Line:
    """Return ``qty`` of ``item`` with tax and total."""
    unit_price = money.rounded(item.price)
    base = money.rounded(qty * unit_price)
    base -= sum((discount.amount for discount in discounts), ZERO)
    tax = tax_of(base, item.tax_rate, money)
    total = base if money.tax_included else base + tax
    return Line(item, qty, unit_price, tax, total, tuple(discounts))


def return_line(
    sold: Line, qty: Decimal, returned_before: Decimal, money: Money
) -> Line:
    """Return the line that takes ``qty`` (positive) of ``sold`` back.

    What was taken back before counts: all partial returns of a line together give back
    exactly what was paid, never a cent more.
    """
    after = returned_before + qty

    def share(amount: Decimal) -> Decimal:
        return money.rounded(amount * after / sold.qty) - money.rounded(
            amount * returned_before / sold.qty
        )

    tax = share(sold.tax)
    discounts = tuple(Discount(d.code, -share(d.amount)) for d in sold.discounts)
    base = money.rounded(-qty * sold.unit_price)
    base -= sum((discount.amount for discount in discounts), ZERO)
    total = base if money.tax_included else base - tax
    return Line(sold.item, -qty, sold.unit_price, -tax, total, discounts)


def totals_document(
    lines: Sequence[Line], money: Money, shipping: Line | None = None
) -> dict[str, str]:
    """Return the ``totals`` of a sale; ``shipping`` is priced like a line."""
    every = [*lines, shipping] if shipping else list(lines)
    tax = sum((line.tax for line in every), ZERO)
    totals = {
        "subtotal": sum((line.total - line.tax for line in lines), ZERO),
        "discount": sum((line.discount for line in every), ZERO),
        "tax": tax,
        "shipping": shipping.total - shipping.tax if shipping else ZERO,
        "grand": sum((line.total for line in every), ZERO),
    }
    return {name: money.text(amount) for name, amount in totals.items()}
