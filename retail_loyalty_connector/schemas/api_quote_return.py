"""Quotes of the partner API: what goods that come back do to points."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.api_common import Answer

from .api_loyalty_common import MEMBER_ID


class Why(Answer):
    """Why points were given, cut or not given."""

    code: str = Field(description="Stable.", examples=["earned_amount"])
    detail: str = Field(
        description="For people.", examples=["1 points per 1 EUR, on 23.5 EUR"]
    )


class QuotedRefund(Answer):
    """What goes back for the goods: `in_points + in_money` is `amount`.

    Keep `reduction` of the money, and tell it with the return as a tender
    `points_settlement` of minus that amount; `pay_out` is left for the customer.
    """

    amount: str = Field(examples=["10.00"])
    in_points: str = Field(examples=["0.00"])
    in_money: str = Field(examples=["10.00"])
    reduction: str = Field(examples=["0.60"])
    pay_out: str = Field(examples=["9.40"])


class QuotedReturn(Answer):
    """What taking these goods back does; all zero, with `why`, where it would fail."""

    member_id: str | None = Field(
        description="Whose points: who bought the goods, whoever brings them."
    )
    taken: dict[str, int] = Field(
        description="Points to take back, by wallet.", examples=[{"points": 100}]
    )
    cancelled: int = Field(description="Of those, not spendable yet.", examples=[0])
    restored: int = Field(
        description="Points that paid for the goods and come back.", examples=[0]
    )
    available: int = Field(
        description="What the member could spend before.", examples=[40]
    )
    missing: int = Field(
        description="Points to take back that are spent already: `settled`, `owed` or "
        "`written_off`, as the program says.",
        examples=[60],
    )
    settled: int = Field(description="Paid for by `refund.reduction`.", examples=[60])
    owed: int = Field(description="The member owes them.", examples=[0])
    written_off: int = Field(description="Lost to the house.", examples=[0])
    refund: QuotedRefund
    why: Why | None


RETURN_QUOTE: dict[str, Any] = {
    "program": "club",
    "store": "12",
    "currency": "EUR",
    "lines": [
        {
            "n": 1,
            "sku": "MUG-BLUE",
            "qty": "-1",
            "unit_price": "10.00",
            "total": "-10.00",
            "original": {"store": "12", "register": "3", "sequence": 160, "line": 1},
        }
    ],
}
RETURN_QUOTED: dict[str, Any] = {
    "program": "club",
    "member_id": None,
    "currency": "EUR",
    "earned": {},
    "parts": [],
    "skipped": [],
    "cuts": [],
    "redeemable": {
        "points_min": 0,
        "points_max": 0,
        "step": 1,
        "amount_max": "0.00",
        "payable": "0.00",
        "points_to_cover": None,
        "why": {
            "code": "nothing_payable",
            "detail": "nothing in this sale can be paid with points",
        },
    },
    "redemption": None,
    "returned": {
        "member_id": MEMBER_ID,
        "taken": {"points": 100},
        "cancelled": 0,
        "restored": 0,
        "available": 40,
        "missing": 60,
        "settled": 60,
        "owed": 0,
        "written_off": 0,
        "refund": {
            "amount": "10.00",
            "in_points": "0.00",
            "in_money": "10.00",
            "reduction": "0.60",
            "pay_out": "9.40",
        },
        "why": None,
    },
}
