"""An order of Shopify's GraphQL API in the words of its webhook.

Webhooks carry the REST resource, and that is what the hub stores and translates
(``tools/shopify_order.py``). What is fetched is brought into the same shape first, so
that there is one translation. Source: shopify.dev, GraphQL ``Order``, ``LineItem``,
``ShippingLine``, ``TaxLine``; REST "Order".

Nothing is checked here but the shape: fields that are missing stay missing, and the
translation names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .vendor_json import without_none

_MONEY = "{ shopMoney { amount } }"
_TAXES = f"taxLines {{ title rate priceSet {_MONEY} }}"
_DISCOUNTS = f"discountAllocations {{ allocatedAmountSet {_MONEY} }}"
_ADDRESS = (
    "{ name company address1 address2 zip city provinceCode countryCodeV2 phone }"
)
LINE_FIELDS = (
    "id sku name title quantity isGiftCard taxable"
    f" originalUnitPriceSet {_MONEY} {_DISCOUNTS} {_TAXES}"
    " customAttributes { key value }"
)
ORDER_FIELDS = (
    "id legacyResourceId name createdAt updatedAt test currencyCode"
    " presentmentCurrencyCode taxesIncluded sourceName displayFinancialStatus"
    " paymentGatewayNames email phone customer { legacyResourceId }"
    f" billingAddress {_ADDRESS} shippingAddress {_ADDRESS}"
    f" subtotalPriceSet {_MONEY} totalTaxSet {_MONEY} totalDiscountsSet {_MONEY}"
    f" totalPriceSet {_MONEY} totalOutstandingSet {_MONEY}"
    f" totalTipReceivedSet {_MONEY} {_TAXES}"
    " shippingLines(first: 10) { nodes { code title deliveryCategory"
    f" originalPriceSet {_MONEY} {_DISCOUNTS} {_TAXES} }} }}"
)

Node = Mapping[str, Any]


def order_of_node(node: Node) -> dict[str, Any]:
    """Return the REST-shaped order; JSON of texts, whole numbers and booleans only."""
    customer = node.get("customer")
    order = {
        "id": _number(node.get("legacyResourceId") or _tail(node.get("id"))),
        "admin_graphql_api_id": node.get("id"),
        "name": node.get("name"),
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "test": node.get("test"),
        "currency": node.get("currencyCode"),
        "presentment_currency": node.get("presentmentCurrencyCode"),
        "taxes_included": node.get("taxesIncluded"),
        "source_name": node.get("sourceName"),
        "financial_status": str(node.get("displayFinancialStatus") or "").lower(),
        "payment_gateway_names": node.get("paymentGatewayNames"),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "customer": _customer(customer) if isinstance(customer, Mapping) else None,
        "billing_address": _address(node.get("billingAddress")),
        "shipping_address": _address(node.get("shippingAddress")),
        "subtotal_price": _money(node, "subtotalPriceSet"),
        # A shop without taxes has no set of them, its webhook has a zero.
        "total_tax": _money(node, "totalTaxSet") or "0.00",
        "total_discounts": _money(node, "totalDiscountsSet") or "0.00",
        "total_price": _money(node, "totalPriceSet"),
        "total_outstanding": _money(node, "totalOutstandingSet"),
        "total_tip_received": _money(node, "totalTipReceivedSet"),
        "tax_lines": _taxes(node),
        "line_items": [_line(line) for line in _listed(node, "lineItems")],
        "shipping_lines": [_charge(one) for one in _listed(node, "shippingLines")],
    }
    return without_none(order)


def _line(line: Node) -> dict[str, Any]:
    return without_none(
        {
            "id": _number(_tail(line.get("id"))),
            "sku": line.get("sku"),
            "name": line.get("name"),
            "title": line.get("title"),
            "quantity": line.get("quantity"),
            "gift_card": line.get("isGiftCard"),
            "taxable": line.get("taxable"),
            "price": _money(line, "originalUnitPriceSet"),
            "discount_allocations": _discounts(line),
            "tax_lines": _taxes(line),
            "properties": [
                {"name": one.get("key"), "value": one.get("value")}
                for one in _objects(line.get("customAttributes"))
            ],
        }
    )


def _charge(charge: Node) -> dict[str, Any]:
    return without_none(
        {
            "code": charge.get("code"),
            "title": charge.get("title"),
            "delivery_category": charge.get("deliveryCategory"),
            "price": _money(charge, "originalPriceSet"),
            "discount_allocations": _discounts(charge),
            "tax_lines": _taxes(charge),
        }
    )


def _taxes(node: Node) -> list[dict[str, Any]]:
    return [
        without_none(
            {
                "title": tax.get("title"),
                # A JSON real there; text keeps every digit here.
                "rate": _plain(tax.get("rate")),
                "price": _money(tax, "priceSet"),
            }
        )
        for tax in _objects(node.get("taxLines"))
    ]


def _discounts(node: Node) -> list[dict[str, Any]]:
    return [
        without_none({"amount": _money(one, "allocatedAmountSet")})
        for one in _objects(node.get("discountAllocations"))
    ]


def _customer(customer: Node) -> dict[str, Any]:
    return without_none({"id": _number(customer.get("legacyResourceId"))})


def _address(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, Mapping):
        return None
    names = ("name", "company", "address1", "address2", "zip", "city", "phone")
    return without_none(
        {
            **{name: given.get(name) for name in names},
            "province_code": given.get("provinceCode"),
            "country_code": given.get("countryCodeV2"),
        }
    )


def _listed(node: Node, name: str) -> list[Node]:
    connection = node.get(name)
    nodes = connection.get("nodes") if isinstance(connection, Mapping) else None
    return _objects(nodes)


def _objects(value: Any) -> list[Node]:
    return [one for one in value if isinstance(one, dict)] if value else []


def _money(node: Node, name: str) -> str | None:
    bag = node.get(name)
    money = bag.get("shopMoney") if isinstance(bag, Mapping) else None
    value = money.get("amount") if isinstance(money, Mapping) else None
    return _plain(value)


def _plain(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def _tail(gid: Any) -> str | None:
    return gid.rpartition("/")[2] if isinstance(gid, str) else None


def _number(text: Any) -> int | str | None:
    """Return an id as webhooks write it: a whole number."""
    return int(text) if isinstance(text, str) and text.isdecimal() else text
