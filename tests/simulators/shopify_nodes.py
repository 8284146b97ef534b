"""Orders as Shopify's GraphQL API has them, made from those of its webhooks.

Lives here: one order in the other shape, with every field that exists there as far as
anybody asks. Called by ``shopify``. Source: shopify.dev, GraphQL ``Order``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

Body = Mapping[str, Any]


def node_of(order: Body) -> dict[str, Any]:
    """Return the GraphQL node of a webhook's order, connections with all nodes."""
    return {
        "id": f"gid://shopify/Order/{order['id']}",
        "legacyResourceId": str(order["id"]),
        "name": order["name"],
        "createdAt": _utc(order["created_at"]),
        "updatedAt": _utc(order["updated_at"]),
        "cancelledAt": None,
        "test": order["test"],
        "currencyCode": order["currency"],
        "presentmentCurrencyCode": order.get("presentment_currency"),
        "taxesIncluded": order["taxes_included"],
        "sourceName": order["source_name"],
        "displayFinancialStatus": order["financial_status"].upper(),
        "paymentGatewayNames": order.get("payment_gateway_names", []),
        "email": order.get("email"),
        "phone": order.get("phone"),
        "customer": _customer(order.get("customer")),
        "billingAddress": _address(order.get("billing_address")),
        "shippingAddress": _address(order.get("shipping_address")),
        "subtotalPriceSet": _money(order["subtotal_price"]),
        "totalTaxSet": _money(order["total_tax"]),
        "totalDiscountsSet": _money(order["total_discounts"]),
        "totalPriceSet": _money(order["total_price"]),
        "totalOutstandingSet": _money(order.get("total_outstanding", "0.00")),
        "totalTipReceivedSet": _money(order.get("total_tip_received", "0.00")),
        "taxLines": _taxes(order),
        "lineItems": {"nodes": [_line(line) for line in order["line_items"]]},
        "shippingLines": {"nodes": [_charge(one) for one in order["shipping_lines"]]},
    }


def _line(line: Body) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{line['id']}",
        "sku": line.get("sku"),
        "name": line.get("name"),
        "title": line.get("title"),
        "quantity": line["quantity"],
        "isGiftCard": line.get("gift_card", False),
        "taxable": line.get("taxable", True),
        "originalUnitPriceSet": _money(line["price"]),
        "discountAllocations": _discounts(line),
        "taxLines": _taxes(line),
        "customAttributes": [],
    }


def _charge(charge: Body) -> dict[str, Any]:
    return {
        "code": charge.get("code"),
        "title": charge.get("title"),
        "deliveryCategory": charge.get("delivery_category"),
        "originalPriceSet": _money(charge["price"]),
        "discountAllocations": _discounts(charge),
        "taxLines": _taxes(charge),
    }


def _taxes(part: Body) -> list[dict[str, Any]]:
    return [
        {
            "title": tax["title"],
            "rate": tax["rate"],
            "priceSet": _money(tax["price"]),
        }
        for tax in part.get("tax_lines", [])
    ]


def _discounts(part: Body) -> list[dict[str, Any]]:
    return [
        {"allocatedAmountSet": _money(one["amount"])}
        for one in part.get("discount_allocations", [])
    ]


def _money(amount: str) -> dict[str, Any]:
    money = {"amount": amount, "currencyCode": "EUR"}
    return {"shopMoney": money, "presentmentMoney": money}


def _customer(given: Body | None) -> dict[str, Any] | None:
    return {"legacyResourceId": str(given["id"])} if given else None


def _address(given: Body | None) -> dict[str, Any] | None:
    if not given:
        return None
    names = ("name", "company", "address1", "address2", "zip", "city", "phone")
    return {
        **{name: given.get(name) for name in names},
        "provinceCode": given.get("province_code"),
        "countryCodeV2": given.get("country_code"),
    }


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(timezone.utc)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
