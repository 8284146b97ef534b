"""Quotes of the partner API: what a sale will earn, and what points may pay of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from odoo.addons.retail_integration_base.schemas.api_common import Answer, Request
from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    CurrencyCode,
    Rfc3339,
)
from odoo.addons.retail_integration_base.schemas.conversion import line_of, original_of
from odoo.addons.retail_integration_base.schemas.pos_receipt import (
    LINES_MAX,
    ReceiptLine,
    Tender,
)
from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
    TransactionLine,
    TransactionTender,
    TransactionTotals,
)

from .api_loyalty_common import MEMBER_ID, Channel, MemberId, Points
from .api_member import ProgramCode
from .api_quote_return import QuotedReturn, Why


class QuoteBody(Request):
    """A sale, return or exchange that may be made: lines as in a receipt.

    A returned line has a negative `qty` and names in `original` where it was sold.
    """

    program: ProgramCode = None
    member_id: MemberId | None = Field(
        None, description="Left out: what joining would bring."
    )
    store: Code = Field(description="Store code.", examples=["12"])
    channel: Channel = Field("pos", description="Channel.", examples=["pos"])
    currency: CurrencyCode = Field(examples=["EUR"])
    at: Rfc3339 | None = Field(
        None, description="When; now without it.", examples=["2026-11-20T10:31:02Z"]
    )
    lines: Annotated[list[ReceiptLine], Field(min_length=1, max_length=LINES_MAX)]
    tenders: Annotated[list[Tender], Field(max_length=100)] = Field(
        default_factory=list, description="Payments that are known already."
    )
    points: Points | None = Field(
        None, description="With how many points to pay, to be checked.", examples=[200]
    )

    @model_validator(mode="after")
    def _check_lines(self) -> QuoteBody:
        if len({line.n for line in self.lines}) != len(self.lines):
            raise PydanticCustomError("line_twice", "Two lines have the same number n")
        if any((line.qty < 0) != bool(line.original) for line in self.lines):
            raise PydanticCustomError(
                "quoted_return",
                "A returned line has a negative qty and its `original`, a sold one "
                "neither",
            )
        return self

    @property
    def has_returns(self) -> bool:
        """Whether goods come back."""
        return any(line.original for line in self.lines)

    def to_transaction(self, now: datetime) -> TransactionDocument:
        """Return the sale, return or exchange as it would be told.

        :param now: aware; counts where the body names no time
        """
        lines = [_line(line) for line in self.lines]
        is_exchange = self.has_returns and any(line.qty > 0 for line in self.lines)
        back = "exchange" if is_exchange else "return"
        tenders = [TransactionTender(one.type, one.amount) for one in self.tenders]
        return TransactionDocument(
            kind=back if self.has_returns else "sale",
            channel=self.channel,
            store_code=self.store,
            natural_key=("quote",),
            occurred_at=self.at or now,
            currency=self.currency,
            totals=TransactionTotals(grand=sum(line.total for line in lines)),
            ref="quote",
            lines=lines,
            tenders=tenders,
        )


def _line(line: ReceiptLine) -> TransactionLine:
    converted = line_of(line.n, line)
    converted.original = original_of(line.original)
    return converted


class QuotedPart(Answer):
    """What one rule gives for one line."""

    line: int = Field(examples=[1])
    rule: str = Field(description="Name of the rule or campaign.", examples=["Points"])
    wallet: str = Field(examples=["points"])
    points: int = Field(examples=[23])
    why: Why


class QuotedOther(Answer):
    """A rule that gives nothing here, or a limit that took something."""

    rule: str = Field(examples=["Double weekend"])
    why: Why


class Redeemable(Answer):
    """How many points may pay, in steps; all zero, with `why`, where none may."""

    points_min: int = Field(examples=[100])
    points_max: int = Field(description="Worth `amount_max`.", examples=[1000])
    step: int = Field(examples=[100])
    amount_max: str = Field(examples=["10.00"])
    payable: str = Field(
        description="How much of the sale points may pay.", examples=["23.50"]
    )
    points_to_cover: int | None = Field(
        description="Points that pay `payable` to the last cent, if possible."
    )
    why: Why | None


class QuotedRedemption(Answer):
    """Paying with the points asked: what they are worth, or why they are refused."""

    points: int = Field(description="To reserve; 0 if refused.", examples=[200])
    amount: str = Field(examples=["2.00"])
    why: Why | None


class QuoteAnswer(Answer):
    """What posting this sale would do."""

    program: str = Field(examples=["club"])
    member_id: str | None = Field(examples=[MEMBER_ID])
    currency: str = Field(examples=["EUR"])
    earned: dict[str, int] = Field(
        description="Points by wallet; of an exchange, what it earns more.",
        examples=[{"points": 23}],
    )
    parts: list[QuotedPart]
    skipped: list[QuotedOther]
    cuts: list[QuotedOther]
    redeemable: Redeemable
    redemption: QuotedRedemption | None = Field(
        description="Where the question named `points`; `earned` counts them as paid."
    )
    returned: QuotedReturn | None = Field(
        None, description="Where goods come back: what that does to points and refund."
    )


QUOTE: dict[str, Any] = {
    "member_id": MEMBER_ID,
    "store": "12",
    "currency": "EUR",
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
    "points": 200,
}
QUOTED: dict[str, Any] = {
    "program": "club",
    "member_id": MEMBER_ID,
    "currency": "EUR",
    "earned": {"points": 7},
    "parts": [
        {
            "line": 1,
            "rule": "Points",
            "wallet": "points",
            "points": 7,
            "why": {
                "code": "earned_full_amount",
                "detail": "1 points per full 1 EUR, on 7.95 EUR",
            },
        }
    ],
    "skipped": [],
    "cuts": [],
    "redeemable": {
        "points_min": 100,
        "points_max": 900,
        "step": 100,
        "amount_max": "9.00",
        "payable": "9.95",
        "points_to_cover": 1000,
        "why": None,
    },
    "redemption": {"points": 200, "amount": "2.00", "why": None},
    "returned": None,
}
