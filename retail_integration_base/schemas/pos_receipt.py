"""``retail.pos.receipt.v1``: one receipt of any till.

Lives here: the contract and its translation into the canonical transaction. Lives
elsewhere: sums (``tools/sums.py``), effects (the topic's handler).
"""

from __future__ import annotations

from datetime import timezone
from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from .common import (
    AmountStr,
    Code,
    CurrencyCode,
    Document,
    ExternalId,
    IsoDate,
    Rfc3339,
)
from .conversion import customer_of, line_of, original_of, totals_of
from .parts import Customer, OriginalRef, Promotion, SaleLine, TenderType, Totals
from .transaction_document import (
    ZERO,
    TransactionDocument,
    TransactionLine,
    TransactionTender,
)

TOPIC = "retail.pos.receipt.v1"
LINES_MAX = 2000


class ReceiptLine(SaleLine):
    """One line of the receipt."""

    n: int = Field(
        ge=1, le=10**6, description="Line number on the receipt.", examples=[1]
    )
    original: OriginalRef | None = Field(
        None, description="On a return: where the goods were sold."
    )
    promotion: Promotion | None = Field(
        None, description="The promotion that set the price."
    )


class Tender(Document):
    """One payment; change given back is a negative cash tender."""

    type: TenderType = Field(
        description="Tender code. `points` are a member's; `points_settlement`, on a "
        "return, is minus what was kept of the refund for points that are spent.",
        examples=["card"],
    )
    amount: AmountStr = Field(description="Paid.", examples=["26.99"])
    auth: ExternalId | None = Field(
        None, description="Authorisation code.", examples=["A81734"]
    )
    reference: ExternalId | None = Field(
        None, description="Reference at the payment provider.", examples=["pi_3Nx"]
    )
    gift_card: ExternalId | None = Field(
        None, description="Gift card used, best masked.", examples=["****1234"]
    )


class PosReceipt(Document):
    """A receipt: store, register, business date and sequence are its natural key."""

    store: Code = Field(description="Store code.", examples=["12"])
    register_code: Code = Field(
        alias="register", description="Register in the store.", examples=["3"]
    )
    sequence: int = Field(
        ge=0,
        le=10**15,
        description="Receipt number of the register, without gaps.",
        examples=[160],
    )
    business_date: IsoDate = Field(
        description="The store's business date.", examples=["2026-11-20"]
    )
    type: Literal["sale", "return", "exchange", "void", "no_sale"] = Field(
        description="`void` was cancelled before payment; `no_sale` opened the drawer.",
        examples=["sale"],
    )
    currency: CurrencyCode = Field(
        description="ISO 4217 code of all amounts.", examples=["EUR"]
    )
    offline: bool = Field(
        False, description="Sold without connection, sent later.", examples=[False]
    )
    training: bool = Field(
        False, description="Training mode: recorded, no effect.", examples=[False]
    )
    suspended: bool = Field(
        False, description="Parked before payment.", examples=[False]
    )
    started_at: Rfc3339 | None = Field(
        None, description="First scan.", examples=["2026-11-20T10:29:40Z"]
    )
    ended_at: Rfc3339 = Field(
        description="End of the receipt.", examples=["2026-11-20T10:31:02Z"]
    )
    operator: ExternalId | None = Field(
        None, description="Cashier's number.", examples=["94"]
    )
    customer: Customer | None = Field(None, description="Known customer.")
    tax_included: bool = Field(
        False,
        description="True: unit prices hold the tax. False: tax comes on top.",
        examples=[False],
    )
    lines: list[ReceiptLine] = Field(
        default_factory=list, max_length=LINES_MAX, description="Lines."
    )
    tenders: list[Tender] = Field(
        default_factory=list,
        max_length=100,
        description="Payments; they sum to totals.grand + rounding.",
    )
    rounding: AmountStr = Field(
        ZERO, description="Cash rounding added to the amount.", examples=["0.02"]
    )
    totals: Totals = Field(description="Sums of the receipt.")

    @field_validator("lines", mode="after")
    @classmethod
    def _check_line_numbers(cls, lines: list[ReceiptLine]) -> list[ReceiptLine]:
        if len({line.n for line in lines}) != len(lines):
            raise PydanticCustomError(
                "line_number_twice", "Two lines have the same number n"
            )
        return lines

    @property
    def natural_key(self) -> tuple[str, ...]:
        """The receipt's identity in the business, whatever brings it."""
        return (
            "pos",
            self.store,
            self.register_code,
            self.business_date.isoformat(),
            str(self.sequence),
        )

    def partition_key(self) -> str:
        """Receipts of one register keep their order; other registers go on."""
        return f"receipt:{self.store}/{self.register_code}"

    def to_transaction(self) -> TransactionDocument:
        """Return the canonical transaction, amounts as sent."""
        return TransactionDocument(
            kind=self.type,
            channel="pos",
            store_code=self.store,
            natural_key=self.natural_key,
            occurred_at=self.ended_at.astimezone(timezone.utc),
            currency=self.currency,
            totals=totals_of(self.totals),
            ref=f"{self.store}/{self.register_code}/{self.sequence}",
            register=self.register_code,
            sequence=self.sequence,
            business_date=self.business_date,
            started_at=(
                self.started_at.astimezone(timezone.utc) if self.started_at else None
            ),
            operator=self.operator,
            lines=[_line(line) for line in self.lines],
            tenders=[
                TransactionTender(
                    type=tender.type,
                    amount=tender.amount,
                    auth=tender.auth,
                    reference=tender.reference,
                    gift_card=tender.gift_card,
                )
                for tender in self.tenders
            ],
            rounding=self.rounding,
            customer=customer_of(self.customer),
            tax_included=self.tax_included,
            offline=self.offline,
            training=self.training,
            suspended=self.suspended,
            paid_in_full=self.type not in ("void", "no_sale") and not self.suspended,
        )


def _line(line: ReceiptLine) -> TransactionLine:
    converted = line_of(line.n, line)
    converted.original = original_of(line.original)
    if line.promotion:
        converted.promotion_id = line.promotion.id
        converted.promotion_version = line.promotion.version
    return converted
