"""Parts that several documents share: taxes, discounts, totals, customer keys.

Lives here: shapes with amounts and references. Lives elsewhere: the rules that tie
them together (``tools/sums.py``). Amounts of returns are negative throughout.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .common import (
    AmountStr,
    Code,
    Document,
    ExternalId,
    Gtin,
    IsoDate,
    QtyStr,
    RateStr,
    Text,
)

LineKind = Literal["item", "gift_card", "shipping", "fee"]
TENDER_PATTERN = r"^[a-z][a-z0-9_]{0,31}$"
TenderType = Annotated[str, StringConstraints(pattern=TENDER_PATTERN)]


class Tax(Document):
    """Tax on one line."""

    code: ExternalId | None = Field(
        None, description="The sender's tax code.", examples=["V21"]
    )
    title: Text | None = Field(None, description="Name to show.", examples=["VAT 21%"])
    rate: RateStr | None = Field(
        None, description="As a fraction: 0.21 is 21 %.", examples=["0.21"]
    )
    amount: AmountStr = Field(description="Tax in the currency.", examples=["3.99"])


class Promotion(Document):
    """The promotion that gave a price or a discount."""

    id: ExternalId = Field(description="Its id.", examples=["P7"])
    version: int | None = Field(
        None, ge=0, description="The version the till had.", examples=[3]
    )


class Discount(Document):
    """A discount on one line, positive on sales and negative on returns."""

    code: ExternalId | None = Field(
        None, description="Code or reason.", examples=["BF"]
    )
    amount: AmountStr = Field(description="Taken off.", examples=["1.00"])
    promotion: Promotion | None = Field(None, description="Its promotion, if any.")


class OriginalRef(Document):
    """Where a returned line was sold: a receipt's key or an order's reference."""

    store: Code | None = Field(None, description="Store code.", examples=["12"])
    register_code: Code | None = Field(
        None, alias="register", description="Register in the store.", examples=["1"]
    )
    sequence: int | None = Field(
        None, ge=0, description="Receipt number.", examples=[88]
    )
    business_date: IsoDate | None = Field(
        None, description="Business date of the sale.", examples=["2026-11-18"]
    )
    order: ExternalId | None = Field(
        None, description="Order id, for goods sold online.", examples=["450789469"]
    )
    line: int | None = Field(None, ge=1, description="Line number.", examples=[2])
    line_id: ExternalId | None = Field(
        None, description="Line id of an order.", examples=["li_1"]
    )


class Consents(Document):
    """What the customer agreed to, per channel."""

    email: bool | None = Field(None, description="May be mailed.", examples=[True])
    sms: bool | None = Field(None, description="May be texted.", examples=[False])
    phone: bool | None = Field(None, description="May be called.", examples=[False])


class Customer(Document):
    """Keys that recognise a customer; any of them, none is required."""

    loyalty_id: ExternalId | None = Field(
        None, description="Loyalty card or member number.", examples=["L-100200"]
    )
    email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        None, description="E-mail address.", examples=["ada@example.com"]
    )
    phone: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="Phone, best in E.164.", examples=["+32470123456"]
    )
    card_token: ExternalId | None = Field(
        None, description="Token of a payment card, never its number.", examples=["t1"]
    )
    external_id: ExternalId | None = Field(
        None, description="The sender's customer id.", examples=["207119551"]
    )
    consents: Consents | None = Field(None, description="Agreements.")


class Totals(Document):
    """Sums of the document; those given are checked to the last unit."""

    subtotal: AmountStr | None = Field(
        None,
        description="Goods after discounts, without tax and shipping.",
        examples=["19.00"],
    )
    discount: AmountStr | None = Field(
        None, description="All discounts.", examples=["1.00"]
    )
    tax: AmountStr | None = Field(
        None, description="All taxes, those on shipping included.", examples=["3.99"]
    )
    shipping: AmountStr | None = Field(
        None,
        description="Shipping after discounts, without tax.",
        examples=["4.00"],
    )
    grand: AmountStr = Field(
        description="subtotal + tax + shipping.", examples=["26.99"]
    )


class SaleLine(Document):
    """What lines of receipts and orders have in common."""

    kind: LineKind = Field(
        "item", description="What is sold in this line.", examples=["item"]
    )
    sku: ExternalId | None = Field(
        None, description="Article number.", examples=["MUG-01"]
    )
    gtin: Gtin | None = Field(
        None, description="Barcode digits.", examples=["5410013101703"]
    )
    description: Text | None = Field(
        None, description="Text of the line.", examples=["Mug, blue"]
    )
    qty: QtyStr = Field(description="Quantity; negative on returns.", examples=["2"])
    unit_price: AmountStr = Field(
        description="Price of one, before discounts; with tax if `tax_included`.",
        examples=["10.00"],
    )
    discounts: list[Discount] = Field(
        default_factory=list, max_length=50, description="Discounts of the line."
    )
    taxes: list[Tax] = Field(
        default_factory=list, max_length=20, description="Taxes of the line."
    )
    total: AmountStr = Field(
        description="To pay for the line: after discounts, with tax.",
        examples=["22.99"],
    )
