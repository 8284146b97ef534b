"""The canonical sale: what every receipt and order becomes before it is recorded.

Lives here: the shape, without behaviour. Lives elsewhere: how a document becomes one
(``to_transaction`` of the documents), its sums (``tools/sums.py``), its record
(``retail.transaction``). Built by schemas, read by handlers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)
KINDS = ("sale", "return", "exchange", "void", "no_sale")


@dataclass(slots=True)
class TransactionTax:
    """Tax on a line; ``rate`` is a fraction, 0.21 for 21 %."""

    amount: Decimal
    code: str | None = None
    title: str | None = None
    rate: Decimal | None = None


@dataclass(slots=True)
class TransactionDiscount:
    """Discount on a line, negative on returns."""

    amount: Decimal
    code: str | None = None
    promotion_id: str | None = None
    promotion_version: int | None = None


@dataclass(slots=True)
class TransactionOriginal:
    """Where a returned line was sold."""

    store: str | None = None
    register: str | None = None
    sequence: int | None = None
    business_date: date | None = None
    order: str | None = None
    line: int | None = None
    line_id: str | None = None


@dataclass(slots=True)
class TransactionLine:
    """One line. ``n`` counts from 1; ``total`` is to pay, with tax, after discounts."""

    n: int
    qty: Decimal
    unit_price: Decimal
    total: Decimal
    kind: str = "item"
    line_id: str | None = None
    sku: str | None = None
    gtin: str | None = None
    description: str | None = None
    discounts: list[TransactionDiscount] = field(default_factory=list)
    taxes: list[TransactionTax] = field(default_factory=list)
    original: TransactionOriginal | None = None
    promotion_id: str | None = None
    promotion_version: int | None = None

    @property
    def discount_amount(self) -> Decimal:
        """Sum of the line's discounts."""
        return sum((discount.amount for discount in self.discounts), ZERO)

    @property
    def tax_amount(self) -> Decimal:
        """Sum of the line's taxes."""
        return sum((tax.amount for tax in self.taxes), ZERO)

    @property
    def net_amount(self) -> Decimal:
        """What is to pay for the line without tax."""
        return self.total - self.tax_amount


@dataclass(slots=True)
class TransactionTender:
    """One payment. ``settled`` is False for an authorisation not captured yet."""

    type: str
    amount: Decimal
    auth: str | None = None
    reference: str | None = None
    gift_card: str | None = None
    settled: bool = True


@dataclass(slots=True)
class TransactionCustomer:
    """Keys of the customer as sent, not normalised."""

    loyalty_id: str | None = None
    email: str | None = None
    phone: str | None = None
    card_token: str | None = None
    external_id: str | None = None
    consents: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class TransactionTotals:
    """Sums as sent; ``None`` where the sender left one out."""

    grand: Decimal
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None


@dataclass(slots=True)
class TransactionDocument:
    """A sale, return, exchange, void or no-sale of any channel.

    ``natural_key`` identifies it in the business, apart from any transport;
    ``business_date`` is ``None`` where the store's time zone has to decide;
    ``occurred_at`` is aware; ``paid_in_full`` says that the tenders must cover the
    amount (a receipt), not only not exceed it (an order).
    """

    kind: str
    channel: str
    store_code: str
    natural_key: tuple[str, ...]
    occurred_at: datetime
    currency: str
    totals: TransactionTotals
    ref: str
    external_ref: str | None = None
    register: str | None = None
    sequence: int | None = None
    business_date: date | None = None
    started_at: datetime | None = None
    operator: str | None = None
    lines: list[TransactionLine] = field(default_factory=list)
    tenders: list[TransactionTender] = field(default_factory=list)
    rounding: Decimal = ZERO
    customer: TransactionCustomer = field(default_factory=TransactionCustomer)
    tax_included: bool = False
    offline: bool = False
    training: bool = False
    suspended: bool = False
    paid_in_full: bool = True
