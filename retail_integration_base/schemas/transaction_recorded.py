"""``retail.transaction.recorded.v1``: what subscribers hear about a recorded sale.

Lives here: the contract. Built by the handler after the record is written, sent by the
outbox. Holds no personal data: a subscriber that may know the customer knows the
external id already.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .common import (
    AmountStr,
    Code,
    CurrencyCode,
    Document,
    ExternalId,
    Gtin,
    IsoDate,
    QtyStr,
    RateStr,
    Rfc3339,
    Uuid,
)
from .parts import LineKind, OriginalRef, TenderType, Totals

TOPIC = "retail.transaction.recorded.v1"


class RecordedTax(Document):
    """Tax of a recorded line."""

    code: ExternalId | None = Field(None, description="Tax code.", examples=["V21"])
    rate: RateStr | None = Field(None, description="Fraction.", examples=["0.21"])
    amount: AmountStr = Field(description="Tax.", examples=["3.99"])


class RecordedLine(Document):
    """One recorded line."""

    n: int = Field(ge=1, description="Line number.", examples=[1])
    kind: LineKind = Field(description="What was sold.", examples=["item"])
    sku: ExternalId | None = Field(None, description="Our SKU.", examples=["MUG-01"])
    gtin: Gtin | None = Field(None, description="Barcode.", examples=["5410013101703"])
    qty: QtyStr = Field(description="Quantity; negative on returns.", examples=["2"])
    unit_price: AmountStr = Field(description="Price of one.", examples=["10.00"])
    discount: AmountStr = Field(description="Discounts.", examples=["1.00"])
    tax: AmountStr = Field(description="Taxes.", examples=["3.99"])
    total: AmountStr = Field(description="To pay, with tax.", examples=["22.99"])
    taxes: list[RecordedTax] = Field(default_factory=list, description="Taxes by code.")
    original: OriginalRef | None = Field(
        None, description="On a return: where the goods were sold."
    )


class RecordedTender(Document):
    """One recorded payment."""

    type: TenderType = Field(description="Tender code.", examples=["card"])
    amount: AmountStr = Field(description="Paid.", examples=["26.99"])


class RecordedCustomer(Document):
    """Whether the customer is known, and under which ids at which system."""

    matched: bool = Field(description="A customer was recognised.", examples=[True])
    external_ids: dict[str, ExternalId] = Field(
        default_factory=dict,
        description="Customer id by backend code.",
        examples=[{"loyalty": "L-100200"}],
    )


class TransactionRecorded(Document):
    """A transaction was recorded, once and for all."""

    uuid: Uuid = Field(
        description="Identity of the transaction, from its natural key.",
        examples=["7d444840-9dc0-51d1-b245-5ffdce74fad2"],
    )
    kind: Literal["sale", "return", "exchange", "void", "no_sale"] = Field(
        description="What happened.", examples=["sale"]
    )
    channel: Code = Field(description="Channel.", examples=["pos"])
    store: Code = Field(description="Store code.", examples=["12"])
    register_code: Code | None = Field(
        None, alias="register", description="Register.", examples=["3"]
    )
    sequence: int | None = Field(None, ge=0, description="Number.", examples=[160])
    ref: ExternalId = Field(description="Reference.", examples=["12/3/160"])
    external_ref: ExternalId | None = Field(
        None, description="The channel's id.", examples=["450789469"]
    )
    business_date: IsoDate = Field(
        description="Business date of the store.", examples=["2026-11-20"]
    )
    occurred_at: Rfc3339 = Field(
        description="When it happened.", examples=["2026-11-20T10:31:02Z"]
    )
    recorded_at: Rfc3339 = Field(
        description="When it was recorded.", examples=["2026-11-20T10:31:04Z"]
    )
    currency: CurrencyCode = Field(description="ISO 4217.", examples=["EUR"])
    tax_included: bool = Field(False, description="Prices hold tax.", examples=[False])
    offline: bool = Field(False, description="Sold offline.", examples=[False])
    training: bool = Field(False, description="Training mode.", examples=[False])
    totals: Totals = Field(description="Sums.")
    rounding: AmountStr | None = Field(
        None, description="Cash rounding.", examples=["0.00"]
    )
    lines: list[RecordedLine] = Field(default_factory=list, description="Lines.")
    tenders: list[RecordedTender] = Field(default_factory=list, description="Payments.")
    customer: RecordedCustomer = Field(description="The customer.")
