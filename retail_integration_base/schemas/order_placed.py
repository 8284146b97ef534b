"""``retail.order.placed.v1``: an order of any webshop, marketplace or order desk.

Lives here: the contract and its translation into the canonical transaction. Lives
elsewhere: vendors' own formats (``tools/<vendor>.py``), sums (``tools/sums.py``).
"""

from __future__ import annotations

import re
from datetime import timezone
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from .common import (
    AmountStr,
    Code,
    CurrencyCode,
    Document,
    ExternalId,
    IsoDate,
    LongText,
    Rfc3339,
    Text,
)
from .conversion import customer_of, line_of, totals_of
from .parts import (
    TENDER_PATTERN,
    Customer,
    Discount,
    SaleLine,
    Tax,
    TenderType,
    Totals,
)
from .transaction_document import (
    ZERO,
    TransactionDiscount,
    TransactionDocument,
    TransactionLine,
    TransactionTax,
    TransactionTender,
)

TOPIC = "retail.order.placed.v1"
LINES_MAX = 2000
_TENDER_CODE = re.compile(TENDER_PATTERN)
_CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Address(Document):
    """A postal address."""

    name: Text | None = Field(None, description="Person.", examples=["Ada Example"])
    company: Text | None = Field(None, description="Company.", examples=["Acme"])
    street: Text | None = Field(None, description="Street.", examples=["Main St 1"])
    street2: Text | None = Field(None, description="Addition.", examples=["Box 3"])
    zip: Text | None = Field(None, description="Postal code.", examples=["9000"])
    city: Text | None = Field(None, description="City.", examples=["Ghent"])
    region: Text | None = Field(None, description="Region code.", examples=["VOV"])
    country: _CountryCode | None = Field(
        None, description="ISO 3166-1 alpha-2.", examples=["BE"]
    )
    phone: Text | None = Field(None, description="Phone.", examples=["+3292000000"])


class OrderLine(SaleLine):
    """One line of the order."""

    id: ExternalId = Field(description="The shop's line id.", examples=["li_1"])
    properties: dict[str, LongText] = Field(
        default_factory=dict,
        max_length=100,
        description="Options chosen by the customer.",
        examples=[{"engraving": "Ada"}],
    )


class ShippingLine(Document):
    """One shipping charge."""

    code: ExternalId | None = Field(
        None, description="Shipping method.", examples=["std"]
    )
    title: Text | None = Field(None, description="Name.", examples=["Standard"])
    price: AmountStr = Field(
        description="Before discounts; with tax if `tax_included`.", examples=["4.00"]
    )
    discounts: list[Discount] = Field(
        default_factory=list, max_length=50, description="Discounts on shipping."
    )
    taxes: list[Tax] = Field(
        default_factory=list, max_length=20, description="Taxes on shipping."
    )


class Payment(Document):
    """One payment of the order, in any state."""

    id: ExternalId = Field(description="Payment id.", examples=["tx_1"])
    kind: Literal["authorization", "capture", "sale", "refund", "void"] = Field(
        description="What was asked from the provider.", examples=["authorization"]
    )
    type: TenderType | None = Field(
        None, description="Tender code; the gateway's name counts if it is left out."
    )
    gateway: ExternalId | None = Field(
        None, description="Payment provider.", examples=["card_gateway"]
    )
    amount: AmountStr = Field(description="Amount, positive.", examples=["26.99"])
    status: Literal["success", "pending", "failure", "error"] = Field(
        description="The provider's answer.", examples=["success"]
    )
    parent: ExternalId | None = Field(
        None, description="The payment this one belongs to.", examples=["tx_0"]
    )
    reference: ExternalId | None = Field(
        None, description="Reference at the provider.", examples=["pi_3Nx"]
    )


class Order(Document):
    """The order; channel, store and external id are its natural key."""

    ref: ExternalId = Field(description="Number people use.", examples=["#1001"])
    external_id: ExternalId = Field(
        description="The channel's id.", examples=["5726128734520"]
    )
    channel: Code = Field(description="Where it was placed.", examples=["web"])
    store: Code = Field(description="Selling location.", examples=["acme-eu"])
    placed_at: Rfc3339 = Field(
        description="When it was placed.", examples=["2026-11-20T10:31:02Z"]
    )
    business_date: IsoDate | None = Field(
        None,
        description="Business date; left out, the store's time zone decides.",
        examples=["2026-11-20"],
    )
    currency: CurrencyCode = Field(
        description="ISO 4217 code of all amounts.", examples=["EUR"]
    )
    presentment_currency: CurrencyCode | None = Field(
        None, description="What the customer saw.", examples=["USD"]
    )
    test: bool = Field(False, description="A test order: no effect.", examples=[False])
    customer: Customer | None = Field(None, description="Who ordered.")
    billing: Address | None = Field(None, description="Billing address.")
    shipping: Address | None = Field(None, description="Shipping address.")
    tax_included: bool = Field(
        False,
        description="True: prices hold the tax. False: tax comes on top.",
        examples=[False],
    )
    lines: list[OrderLine] = Field(
        min_length=1, max_length=LINES_MAX, description="Lines."
    )
    shipping_lines: list[ShippingLine] = Field(
        default_factory=list, max_length=50, description="Shipping charges."
    )
    totals: Totals = Field(description="Sums of the order.")
    payments: list[Payment] = Field(
        default_factory=list, max_length=100, description="Payments so far."
    )
    fulfillment_mode: Literal["ship", "pickup", "ship_from_store"] = Field(
        "ship", description="How the goods get to the customer.", examples=["ship"]
    )
    risk: Literal["low", "medium", "high"] | None = Field(
        None, description="The channel's fraud assessment.", examples=["low"]
    )

    @field_validator("lines", mode="after")
    @classmethod
    def _check_line_ids(cls, lines: list[OrderLine]) -> list[OrderLine]:
        if len({line.id for line in lines}) != len(lines):
            raise PydanticCustomError("line_id_twice", "Two lines have the same id")
        return lines


class OrderPlaced(Document):
    """An order was placed."""

    order: Order = Field(description="The order.")

    @property
    def natural_key(self) -> tuple[str, ...]:
        """The order's identity in the business, whatever brings it."""
        order = self.order
        return ("order", order.channel, order.store, order.external_id)

    def partition_key(self) -> str:
        """Everything about one order keeps its order."""
        return f"order:{self.order.store}/{self.order.external_id}"

    def to_transaction(self) -> TransactionDocument:
        """Return the canonical transaction; shipping charges become lines."""
        order = self.order
        lines = [_order_line(n, line) for n, line in enumerate(order.lines, start=1)]
        lines += [
            _shipping_line(n, shipping, order.tax_included)
            for n, shipping in enumerate(order.shipping_lines, start=len(lines) + 1)
        ]
        return TransactionDocument(
            kind="sale",
            channel=order.channel,
            store_code=order.store,
            natural_key=self.natural_key,
            occurred_at=order.placed_at.astimezone(timezone.utc),
            currency=order.currency,
            totals=totals_of(order.totals),
            ref=order.ref,
            external_ref=order.external_id,
            business_date=order.business_date,
            lines=lines,
            tenders=_tenders(order.payments),
            customer=customer_of(order.customer),
            tax_included=order.tax_included,
            training=order.test,
            paid_in_full=False,
        )


def _order_line(n: int, line: OrderLine) -> TransactionLine:
    converted = line_of(n, line)
    converted.line_id = line.id
    return converted


def _shipping_line(
    n: int, shipping: ShippingLine, tax_included: bool
) -> TransactionLine:
    """Return a shipping charge as a line of quantity one."""
    off = sum((discount.amount for discount in shipping.discounts), ZERO)
    tax = sum((tax.amount for tax in shipping.taxes), ZERO)
    return TransactionLine(
        n=n,
        qty=ZERO + 1,
        unit_price=shipping.price,
        total=shipping.price - off + (ZERO if tax_included else tax),
        kind="shipping",
        line_id=f"shipping-{n}",
        sku=shipping.code,
        description=shipping.title,
        discounts=[
            TransactionDiscount(amount=discount.amount, code=discount.code)
            for discount in shipping.discounts
        ],
        taxes=[
            TransactionTax(tax.amount, tax.code, tax.title, tax.rate)
            for tax in shipping.taxes
        ],
    )


def _tender_type(gateway: str | None) -> str:
    """Return the gateway's name where it can be a tender code."""
    code = (gateway or "").lower().replace("-", "_").replace(" ", "_")
    return code if _TENDER_CODE.fullmatch(code) else "online"


def _tenders(payments: list[Payment]) -> list[TransactionTender]:
    """Return what was paid or is promised; failed and superseded tries are left out.

    An authorisation counts until a capture or void names it as its parent.
    """
    done = [payment for payment in payments if payment.status == "success"]
    superseded: set[Any] = {
        payment.parent for payment in done if payment.kind in ("capture", "void")
    }
    return [
        TransactionTender(
            type=payment.type or _tender_type(payment.gateway),
            amount=-payment.amount if payment.kind == "refund" else payment.amount,
            auth=payment.id,
            reference=payment.reference,
            settled=payment.kind != "authorization",
        )
        for payment in done
        if payment.kind != "void" and payment.id not in superseded
    ]
