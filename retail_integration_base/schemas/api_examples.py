"""Examples that stand in the description and on the page; tests send and check them."""

from __future__ import annotations

from typing import Any

RECEIPT_EXAMPLE: dict[str, Any] = {
    "store": "12",
    "register": "9",
    "sequence": 1,
    "business_date": "2026-11-20",
    "type": "sale",
    "currency": "EUR",
    "ended_at": "2026-11-20T10:31:02Z",
    "tax_included": True,
    "lines": [
        {
            "n": 1,
            "sku": "MUG-BLUE",
            "qty": "1",
            "unit_price": "9.95",
            "taxes": [{"code": "V21", "rate": "0.21", "amount": "1.73"}],
            "total": "9.95",
        }
    ],
    "tenders": [{"type": "card", "amount": "9.95"}],
    "totals": {"subtotal": "8.22", "tax": "1.73", "grand": "9.95"},
}
EVENT_EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "my-first-receipt",
    "source": "pos/store-12",
    "type": "retail.pos.receipt.v1",
    "time": "2026-11-20T10:31:02Z",
    "data": RECEIPT_EXAMPLE,
}
_RECEIPT: dict[str, Any] = {
    "id": "my-first-receipt",
    "status": "accepted",
    "correlation_id": "2f6c0e7b5a3d4e0f8b1c9d7e6a5f4c3b",
}
RECEIPT_EXAMPLES: dict[str, Any] = {
    "one": _RECEIPT,
    "batch": {
        "counts": {"accepted": 1, "duplicate": 0, "conflict": 0},
        "results": [_RECEIPT],
    },
}
