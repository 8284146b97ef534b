"""Test data for the pure layer: small documents whose sums add up.

Called by the pure tests; the Odoo tests have factories of their own.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any


def line(n: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a receipt line of 2 × 10.00 less 1.00 plus 3.99 tax = 22.99."""
    return {
        "n": n,
        "sku": f"MUG-{n}",
        "gtin": "5410013101703",
        "description": "Mug, blue",
        "qty": "2",
        "unit_price": "10.00",
        "discounts": [{"code": "BF", "amount": "1.00"}],
        "taxes": [{"code": "V21", "title": "VAT", "rate": "0.21", "amount": "3.99"}],
        "total": "22.99",
        **changes,
    }


def make_receipt(lines: int = 3, **changes: Any) -> dict[str, Any]:
    """Return ``retail.pos.receipt.v1`` data with that many equal lines."""
    grand = Decimal("22.99") * lines
    return {
        "store": "12",
        "register": "3",
        "sequence": 160,
        "business_date": "2026-11-20",
        "type": "sale",
        "currency": "EUR",
        "offline": False,
        "training": False,
        "started_at": "2026-11-20T10:29:40Z",
        "ended_at": "2026-11-20T11:31:02+01:00",
        "operator": "94",
        "customer": {"loyalty_id": "L-1", "email": "ada@example.com"},
        "lines": [line(n) for n in range(1, lines + 1)],
        "tenders": [{"type": "card", "amount": str(grand), "auth": "A1"}],
        "rounding": "0.00",
        "totals": {
            "subtotal": str(Decimal("19.00") * lines),
            "discount": str(Decimal("1.00") * lines),
            "tax": str(Decimal("3.99") * lines),
            "shipping": "0.00",
            "grand": str(grand),
        },
        **changes,
    }


def order_line(**changes: Any) -> dict[str, Any]:
    """Return an order line of 2 × 10.00 less 1.00 plus 3.99 tax = 22.99."""
    return {
        "id": "li_1",
        "sku": "A",
        "qty": "2",
        "unit_price": "10.00",
        "discounts": [{"code": "BF", "amount": "1.00"}],
        "taxes": [{"title": "VAT", "rate": "0.21", "amount": "3.99"}],
        "total": "22.99",
        "properties": {},
        **changes,
    }


def payment(**changes: Any) -> dict[str, Any]:
    """Return a successful payment of 26.99."""
    return {
        "id": "tx_1",
        "kind": "sale",
        "gateway": "card-gateway",
        "amount": "26.99",
        "status": "success",
        **changes,
    }


def make_order(**changes: Any) -> dict[str, Any]:
    """Return ``retail.order.placed.v1`` data: the contract's own example."""
    order = {
        "ref": "#1001",
        "external_id": "5726128734520",
        "channel": "web",
        "store": "acme-eu",
        "placed_at": "2026-11-20T10:31:02Z",
        "currency": "EUR",
        "customer": {"external_id": "77", "consents": {"email": True}},
        "lines": [order_line()],
        "shipping_lines": [{"code": "std", "price": "4.00", "taxes": []}],
        "totals": {
            "subtotal": "19.00",
            "discount": "1.00",
            "tax": "3.99",
            "shipping": "4.00",
            "grand": "26.99",
        },
        "payments": [payment(kind="authorization")],
        **changes,
    }
    return {"order": copy.deepcopy(order)}


def make_event(data: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return an envelope around ``data`` (a receipt by default)."""
    return {
        "specversion": "1.0",
        "id": "0190f1c2-7d3e-7a51-8f0e-2f6f1d1d9b10",
        "source": "pos/store-12",
        "type": "retail.pos.receipt.v1",
        "time": "2026-11-20T10:31:02Z",
        "subject": "receipt/12/3/160",
        "correlationid": "c-1",
        "partitionkey": "receipt:12/3",
        "datacontenttype": "application/json",
        "data": make_receipt() if data is None else data,
        **changes,
    }
