"""Recorded transactions as the partner API shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .api_common import Answer, Page, PageParameters, Parameters
from .common import IsoDate

_Word = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,128}$")]
_Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    ),
]
Kind = Literal["sale", "return", "exchange", "void", "no_sale"]


class TransactionPlace(Parameters):
    """Which transaction."""

    uuid: _Uuid = Field(
        description="Identity of the transaction; follows from store, register, date "
        "and number, or from the order's id.",
        examples=["7d444840-9dc0-51d1-b245-5ffdce74fad2"],
    )


class TransactionParameters(PageParameters):
    """Filters of the list; several narrow it together."""

    business_date_from: IsoDate | None = Field(
        None, description="First business date.", examples=["2026-11-20"]
    )
    business_date_to: IsoDate | None = Field(
        None, description="Last business date.", examples=["2026-11-20"]
    )
    store: _Word | None = Field(None, description="Store code.", examples=["12"])
    register_code: _Word | None = Field(
        None, alias="register", description="Register.", examples=["3"]
    )
    kind: Kind | None = Field(None, description="What happened.", examples=["sale"])
    ref: _Word | None = Field(
        None, description="Reference, exactly.", examples=["12/3/160"]
    )
    event_id: _Word | None = Field(
        None, description="Id of the message that brought it.", examples=["evt-1"]
    )


class TransactionItem(Answer):
    """One recorded transaction without its lines."""

    uuid: str = Field(examples=["7d444840-9dc0-51d1-b245-5ffdce74fad2"])
    url: str = Field(description="Where the whole transaction is.")
    kind: Kind
    channel: str = Field(examples=["pos"])
    store: str = Field(examples=["12"])
    register_code: str | None = Field(alias="register", examples=["3"])
    sequence: int | None = Field(examples=[160])
    ref: str = Field(examples=["12/3/160"])
    external_ref: str | None = Field(description="Your id of it, if you gave one.")
    business_date: str = Field(examples=["2026-11-20"])
    occurred_at: str = Field(examples=["2026-11-20T10:31:02Z"])
    received_at: str = Field(examples=["2026-11-20T10:31:04Z"])
    currency: str = Field(examples=["EUR"])
    subtotal: str = Field(description="Without tax.", examples=["8.22"])
    discount: str = Field(examples=["0.00"])
    tax: str = Field(examples=["1.73"])
    total: str = Field(description="With tax.", examples=["9.95"])
    correlation_id: str | None


class TransactionLineItem(Answer):
    """One line."""

    n: int = Field(examples=[1])
    kind: str = Field(examples=["item"])
    sku: str | None = Field(examples=["MUG-BLUE"])
    gtin: str | None
    qty: str = Field(examples=["1"])
    unit_price: str = Field(examples=["9.95"])
    discount: str = Field(examples=["0.00"])
    tax: str = Field(examples=["1.73"])
    total: str = Field(examples=["9.95"])


class TransactionTenderItem(Answer):
    """One means of payment."""

    type: str = Field(description="Our tender code.", examples=["card"])
    amount: str = Field(examples=["9.95"])


class TransactionWhole(TransactionItem):
    """One recorded transaction with lines and payments."""

    lines: list[TransactionLineItem]
    tenders: list[TransactionTenderItem]


class TransactionPage(Page[TransactionItem]):
    """One page of transactions, the ones recorded last first."""
