"""Shopify's REST-shaped order as ``retail.order.placed.v1``.

Lives here: the translation of the body that ``orders/create`` carries. No vendor word
passes this file. Called by ``tools/shopify.py``. Source: shopify.dev, REST resource
"Order" (webhook bodies keep that shape).

Amounts are carried as they are. Whether they add up is for ``tools/sums.py`` to say,
so that a wrong order becomes an exception and not a silently corrected one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from . import money
from .errors import PayloadInvalid
from .shopify_money import (
    ZERO,
    Taxes,
    canonical_totals,
    discounts_of,
    payments_of,
    taxes_of_order,
)
from .vendor_json import (
    amount,
    amount_or_none,
    moment,
    objects,
    plain,
    text,
    text_or_none,
    without_none,
)


def order_to_canonical(body: Mapping[str, Any], store_code: str) -> dict[str, Any]:
    """Return the ``data`` of ``retail.order.placed.v1`` for an order resource.

    :param body: the order or ``{"order": {…}}``, read with JSON reals as ``Decimal``.
    :param store_code: the store that the backend sells for.
    :raises PayloadInvalid: a field that is needed is missing or of another kind than
        documented; its pointer is in the vendor's own structure.
    """
    order = unwrap_order(body)
    items = objects(order, "line_items", "", required=True)
    charges = objects(order, "shipping_lines", "")
    tax_included = bool(order.get("taxes_included"))
    taxes = taxes_of_order(order, items, charges)
    lines = [
        _line(item, f"/line_items/{i}", taxes[i], tax_included)
        for i, item in enumerate(items)
    ]
    shipping_lines = [
        _shipping_line(charge, f"/shipping_lines/{i}", taxes[len(items) + i])
        for i, charge in enumerate(charges)
    ]
    tip = amount_or_none(order, "total_tip_received", "") or ZERO
    if tip:
        lines.append(_tip_line(tip))
    canonical = {
        "ref": text(order, "name", ""),
        "external_id": text(order, "id", ""),
        "channel": "pos" if order.get("source_name") == "pos" else "web",
        "store": store_code,
        "placed_at": moment(order, "created_at", ""),
        "currency": text(order, "currency", ""),
        "presentment_currency": text_or_none(order, "presentment_currency"),
        "test": bool(order.get("test")),
        "customer": _customer(order),
        "billing": _address(order.get("billing_address")),
        "shipping": _address(order.get("shipping_address")),
        "tax_included": tax_included,
        "lines": lines,
        "shipping_lines": shipping_lines,
        "totals": canonical_totals(order, charges, taxes[len(items) :], tip),
        "payments": payments_of(order),
        "fulfillment_mode": _fulfillment_mode(charges),
    }
    return {"order": without_none(canonical)}


def unwrap_order(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the order of a bare or wrapped resource.

    :raises PayloadInvalid: not an object.
    """
    order = body.get("order", body) if isinstance(body, Mapping) else None
    if not isinstance(order, Mapping):
        raise PayloadInvalid("", "an order object is required")
    return order


def _line(
    item: Mapping[str, Any], at: str, taxes: Taxes, tax_included: bool
) -> dict[str, Any]:
    qty = amount(item, "quantity", at)
    price = amount(item, "price", at)
    discounts = discounts_of(item, at)
    total = qty * price - sum(map(_amount_of, discounts), ZERO)
    if not tax_included:
        total += sum(map(_amount_of, taxes), ZERO)
    return without_none(
        {
            "id": text(item, "id", at),
            "kind": "gift_card" if item.get("gift_card") is True else "item",
            "sku": text_or_none(item, "sku"),
            "description": text_or_none(item, "name") or text_or_none(item, "title"),
            "qty": plain(qty),
            "unit_price": plain(price),
            "discounts": discounts,
            "taxes": taxes,
            "total": plain(total),
            "properties": _properties(item, at),
        }
    )


def _shipping_line(charge: Mapping[str, Any], at: str, taxes: Taxes) -> dict[str, Any]:
    return without_none(
        {
            "code": text_or_none(charge, "code"),
            "title": text_or_none(charge, "title"),
            "price": plain(amount(charge, "price", at)),
            "discounts": discounts_of(charge, at),
            "taxes": taxes,
        }
    )


def _tip_line(tip: Decimal) -> dict[str, Any]:
    """Return the tip as a fee: the total holds it, the subtotal does not."""
    return {
        "id": "tip",
        "kind": "fee",
        "description": "Tip",
        "qty": "1",
        "unit_price": plain(tip),
        "total": plain(tip),
    }


def _amount_of(part: Mapping[str, Any]) -> Decimal:
    return money.to_decimal(part["amount"])


def _properties(item: Mapping[str, Any], at: str) -> dict[str, str] | None:
    found = {
        str(entry.get("name")): str(entry.get("value"))
        for entry in objects(item, "properties", at)
    }
    return found or None


def _customer(order: Mapping[str, Any]) -> dict[str, Any] | None:
    given = order.get("customer")
    customer = given if isinstance(given, Mapping) else {}
    accepts = order.get("buyer_accepts_marketing")
    keys = without_none(
        {
            "external_id": text_or_none(customer, "id"),
            "email": text_or_none(order, "email")
            or text_or_none(order, "contact_email")
            or text_or_none(customer, "email"),
            "phone": text_or_none(order, "phone") or text_or_none(customer, "phone"),
        }
    )
    if keys and isinstance(accepts, bool):
        keys["consents"] = {"email": accepts}
    return keys or None


def _address(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, Mapping):
        return None
    address = without_none(
        {
            "name": text_or_none(given, "name"),
            "company": text_or_none(given, "company"),
            "street": text_or_none(given, "address1"),
            "street2": text_or_none(given, "address2"),
            "zip": text_or_none(given, "zip"),
            "city": text_or_none(given, "city"),
            "region": text_or_none(given, "province_code"),
            "country": text_or_none(given, "country_code"),
            "phone": text_or_none(given, "phone"),
        }
    )
    return address or None


def _fulfillment_mode(charges: list[Mapping[str, Any]]) -> str:
    categories = [str(charge.get("delivery_category")) for charge in charges]
    return "pickup" if any("pick" in name for name in categories) else "ship"
