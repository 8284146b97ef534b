"""Sales that earn points and come back, as a till of the hammer tells them.

Lives here: the documents and what the till remembers of them. Not here: how they are
sent (``points.py``) and what must hold afterwards (``test_points_hammer.py``).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from ..simulators.catalogue import CATALOGUE

#: other scenarios leave it alone
STORE = "S07"
DATE = "2026-11-20"
MOMENT = f"{DATE}T10:31:02Z"
PRICE = 10
QTY_MAX = 4
TOPIC = "retail.pos.receipt.v1"


@dataclass
class Sale:
    """So many pieces for 10.00 each, a point per 1.00; some may have come back."""

    member: str
    sequence: int
    qty: int
    returned: int = 0


@dataclass
class Register:
    """One register, whose receipts are worked in their order.

    :param earned: points of all sales told, per member
    :param returned: points of all goods that came back, per member
    :param told: event id -> type, of everything that was accepted
    """

    code: str
    sales: list[Sale] = field(default_factory=list)
    earned: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    sequence: int = 0

    @property
    def returnable(self) -> list[Sale]:
        """Sales of which something is still with the customer."""
        return [sale for sale in self.sales if sale.returned < sale.qty]

    def sell(self, member: str, qty: int) -> dict[str, Any]:
        """Return the request that tells a sale."""
        self.sequence += 1
        self.sales.append(Sale(member, self.sequence, qty))
        self.earned[member] = self.earned.get(member, 0) + PRICE * qty
        return {**self._request("sale", qty), "member_id": member}

    def bring_back(self, sale: Sale, qty: int) -> dict[str, Any]:
        """Return the request that tells that pieces of a sale came back."""
        self.sequence += 1
        sale.returned += qty
        self.returned[sale.member] = self.returned.get(sale.member, 0) + PRICE * qty
        original = {
            "store": STORE,
            "register": self.code,
            "sequence": sale.sequence,
            "line": 1,
        }
        return self._request("return", -qty, original=original)

    def _request(self, kind: str, qty: int, **line: object) -> dict[str, Any]:
        total = f"{PRICE * qty}.00"
        tax = {"code": CATALOGUE[0].tax_code, "rate": "0", "amount": "0.00"}
        goods = {
            "n": 1,
            "sku": CATALOGUE[0].sku,
            "qty": str(qty),
            "unit_price": f"{PRICE}.00",
            "taxes": [tax],
            "total": total,
            **line,
        }
        name = str(uuid.uuid4())
        self.told[name] = kind
        return {
            "id": name,
            "type": TOPIC,
            "data": {
                "store": STORE,
                "register": self.code,
                "sequence": self.sequence,
                "business_date": DATE,
                "type": kind,
                "currency": "EUR",
                "ended_at": MOMENT,
                "lines": [goods],
                "tenders": [{"type": "card", "amount": total}],
                "totals": {"subtotal": total, "tax": "0.00", "grand": total},
            },
        }
