"""Money of a Shopify order: discounts, taxes, totals and payments.

Lives here: how the vendor's amounts are named and split. Called by
``tools/shopify_order.py`` only. Source: shopify.dev, REST resource "Order".

Three differences to our own terms: with ``taxes_included`` the vendor's subtotal holds
tax and ours does not; taxes may stand on the order instead of its lines; a webhook
lists no payments, only a financial status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from . import money
from .vendor_json import (
    ZERO,
    amount,
    amount_or_none,
    objects,
    plain,
    rate_or_none,
    text,
    text_or_none,
    without_none,
)

Taxes = list[dict[str, Any]]
Order = Mapping[str, Any]

_PAYMENT_OF_STATUS = {
    "authorized": "authorization",
    "paid": "sale",
    "partially_paid": "sale",
    "partially_refunded": "sale",
    "refunded": "sale",
}


def discounts_of(line: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    """Return the discounts of an item or shipping line.

    Allocations hold the line's share of everything; older bodies only have
    ``total_discount`` (items) or ``discounted_price`` (shipping).
    """
    allocations = objects(line, "discount_allocations", at)
    if allocations:
        amounts = [
            amount(given, "amount", f"{at}/discount_allocations/{i}")
            for i, given in enumerate(allocations)
        ]
    else:
        amounts = [amount_or_none(line, "total_discount", at) or ZERO]
        discounted = amount_or_none(line, "discounted_price", at)
        if discounted is not None and "quantity" not in line:
            amounts = [amount(line, "price", at) - discounted]
    return [{"amount": plain(value)} for value in amounts if value]


def taxes_of_order(
    order: Order,
    items: Sequence[Mapping[str, Any]],
    charges: Sequence[Mapping[str, Any]],
) -> list[Taxes]:
    """Return the taxes of every item line, then of every shipping line.

    Where no line has taxes but the order has, each is split over the item lines by
    their amount, exact to the last unit.
    """
    rows = [(item, f"/line_items/{i}") for i, item in enumerate(items)]
    rows += [(charge, f"/shipping_lines/{i}") for i, charge in enumerate(charges)]
    own = [
        [
            _tax(tax, f"{at}/tax_lines/{n}")
            for n, tax in enumerate(objects(row, "tax_lines", at))
        ]
        for row, at in rows
    ]
    if any(own) or not items:
        return own
    weights = [_weight(item, at) for item, at in rows[: len(items)]]
    decimals = _decimals(order)
    for n, tax in enumerate(objects(order, "tax_lines", "")):
        whole = _tax(tax, f"/tax_lines/{n}")
        shares = money.allocate(money.to_decimal(whole["amount"]), weights, decimals)
        for taxes, share in zip(own, shares, strict=False):
            if share:
                taxes.append({**whole, "amount": plain(share)})
    return own


def canonical_totals(
    order: Order,
    charges: Sequence[Mapping[str, Any]],
    charge_taxes: Sequence[Taxes],
    tip: Decimal,
) -> dict[str, Any]:
    """Return the vendor's totals in our terms, none of them recomputed from lines.

    Only shipping is summed up here: the vendor gives no total of it that is free of
    discounts in every version.
    """
    tax = amount(order, "total_tax", "")
    shipping_tax = sum(
        (money.to_decimal(part["amount"]) for taxes in charge_taxes for part in taxes),
        ZERO,
    )
    subtotal = amount(order, "subtotal_price", "") + tip
    shipping = ZERO
    for i, charge in enumerate(charges):
        at = f"/shipping_lines/{i}"
        shipping += amount(charge, "price", at)
        for discount in discounts_of(charge, at):
            shipping -= money.to_decimal(discount["amount"])
    if order.get("taxes_included"):
        subtotal -= tax - shipping_tax
        shipping -= shipping_tax
    return {
        "subtotal": plain(subtotal),
        "discount": plain(amount(order, "total_discounts", "")),
        "tax": plain(tax),
        "shipping": plain(shipping),
        "grand": plain(amount(order, "total_price", "")),
    }


def payments_of(order: Order) -> list[dict[str, Any]]:
    """Return the payments, from the list if there is one, else from the status."""
    listed = objects(order, "transactions", "")
    if listed:
        return [_payment(given, f"/transactions/{i}") for i, given in enumerate(listed)]
    kind = _PAYMENT_OF_STATUS.get(str(order.get("financial_status")))
    paid = amount(order, "total_price", "")
    paid -= amount_or_none(order, "total_outstanding", "") or ZERO
    if kind is None or paid <= 0:
        return []
    names = order.get("payment_gateway_names")
    gateway = names[0] if isinstance(names, list) and names else order.get("gateway")
    return [
        without_none(
            {
                "id": f"order-{text(order, 'id', '')}",
                "kind": kind,
                "gateway": gateway if isinstance(gateway, str) and gateway else None,
                "amount": plain(paid),
                "status": "success",
            }
        )
    ]


def _payment(given: Mapping[str, Any], at: str) -> dict[str, Any]:
    return without_none(
        {
            "id": text(given, "id", at),
            "kind": text(given, "kind", at),
            "gateway": text_or_none(given, "gateway"),
            "amount": plain(amount(given, "amount", at)),
            "status": text(given, "status", at),
            "parent": text_or_none(given, "parent_id"),
            "reference": text_or_none(given, "authorization"),
        }
    )


def _tax(given: Mapping[str, Any], at: str) -> dict[str, Any]:
    rate = rate_or_none(given, "rate", at)
    return without_none(
        {
            "title": text_or_none(given, "title"),
            "rate": plain(rate) if rate is not None else None,
            "amount": plain(amount(given, "price", at)),
        }
    )


def _weight(item: Mapping[str, Any], at: str) -> Decimal:
    if item.get("taxable") is False:
        return ZERO
    gross = amount(item, "quantity", at) * amount(item, "price", at)
    off = sum((money.to_decimal(d["amount"]) for d in discounts_of(item, at)), ZERO)
    return max(gross - off, ZERO)


def _decimals(order: Order) -> int:
    """Return the decimals that the order's own tax amounts are written with."""
    written = [amount(order, "total_tax", ""), amount(order, "total_price", "")]
    written += [
        amount(tax, "price", f"/tax_lines/{n}")
        for n, tax in enumerate(objects(order, "tax_lines", ""))
    ]
    return max(-int(value.as_tuple().exponent) for value in written)
