"""Members of loyalty programs, their balances and entries, in the partner API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from odoo.addons.retail_integration_base.schemas.api_common import (
    Answer,
    Page,
    PageParameters,
    Parameters,
    Request,
)
from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    ExternalId,
    Rfc3339,
)

from .api_loyalty_common import ENTRY_ID, HOLD_ID, MEMBER_ID, Wallet

#: What recognises a person, strongest first.
KEYS = ("number", "card", "external_id", "email", "phone")
Email = Annotated[str, StringConstraints(min_length=1, max_length=254)]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
ProgramCode = Annotated[
    Code | None,
    Field(description="Program; needed where your company has several."),
]


class _Keys:
    """The keys of a person as they are described."""

    CARD = "Card number or payment card token, as the reader gives it."
    EXTERNAL = "The person's id in your system."
    PHONE = "Phone, best in E.164; without + it is one of your company's country."


class EnrolmentRequest(Request):
    """A person who is or becomes a member; at least one key.

    All keys have to belong to one person. New ones are kept, so that the person is
    recognised by them from then on.
    """

    program: ProgramCode = None
    card: ExternalId | None = Field(None, description=_Keys.CARD, examples=["T-901"])
    external_id: ExternalId | None = Field(
        None, description=_Keys.EXTERNAL, examples=["207119551"]
    )
    email: Email | None = Field(
        None, description="E-mail address.", examples=["ada@example.com"]
    )
    phone: Phone | None = Field(
        None, description=_Keys.PHONE, examples=["+32470123456"]
    )
    name: Name | None = Field(
        None, description="Name; kept for a new person only.", examples=["Ada Lovelace"]
    )

    @model_validator(mode="after")
    def _check_key(self) -> EnrolmentRequest:
        if not any(getattr(self, name, None) for name in KEYS):
            raise PydanticCustomError(
                "no_key", "Give a phone, an email, a card or an external_id"
            )
        return self


class MemberParameters(Parameters):
    """One key of a person."""

    number: ExternalId | None = Field(
        None, description="Member number.", examples=["M0000123"]
    )
    card: ExternalId | None = Field(None, description=_Keys.CARD, examples=["T-901"])
    external_id: ExternalId | None = Field(
        None, description=_Keys.EXTERNAL, examples=["207119551"]
    )
    email: Email | None = Field(
        None, description="E-mail address.", examples=["ada@example.com"]
    )
    phone: Phone | None = Field(
        None, description=_Keys.PHONE, examples=["+32470123456"]
    )
    program: ProgramCode = None


class Balance(Answer):
    """What a member has of one kind of points.

    With `at` only `posted` is known; the rest is `null`.
    """

    member_id: str = Field(examples=[MEMBER_ID])
    wallet: str = Field(examples=["points"])
    posted: int = Field(description="Earned less spent.", examples=[1250])
    held: int | None = Field(
        description="Reserved for payments that are under way.", examples=[200]
    )
    pending: int | None = Field(
        description="Earned, not yet to be spent; not in `posted`.", examples=[40]
    )
    available: int | None = Field(description="Can be spent now.", examples=[1050])
    value: str | None = Field(
        description="What the available points are worth as a payment; `null` where "
        "points are no means of payment.",
        examples=["10.50"],
    )
    currency: str = Field(description="Of `value`.", examples=["EUR"])
    at: str = Field(
        description="The balance counts everything up to here.",
        examples=["2026-11-20T10:31:02Z"],
    )


class Member(Answer):
    """A person in a program."""

    id: str = Field(examples=[MEMBER_ID])
    url: str = Field(description="Where this answer is.")
    number: str = Field(
        description="Stands on card and receipt.", examples=["M0000123"]
    )
    program: str = Field(examples=["club"])
    name: str | None = Field(examples=["Ada Lovelace"])
    status: Literal["active", "suspended", "merged", "closed"] = Field(
        description="Only active members can reserve points."
    )
    enrolled_at: str = Field(examples=["2026-11-20T10:31:02Z"])
    merged_ids: list[str] = Field(
        description="Ids of members who turned out to be this person; they go on to "
        "work, as this one.",
        examples=[[]],
    )
    balance: Balance = Field(description="Of the program's first wallet.")


class MemberList(Answer):
    """The members found: at most one per program."""

    items: list[Member]


class BalanceParameters(Parameters):
    """Which balance."""

    wallet: Wallet = None
    at: Rfc3339 | None = Field(
        None,
        description="The posted points at the end of this second; now without it.",
        examples=["2025-12-31T22:59:59Z"],
    )
    basis: Literal["effective", "recorded"] = Field(
        "effective",
        description="With `at`: by when things took place, or as it was known then "
        "(which never changes afterwards).",
    )


class EntryParameters(PageParameters):
    """Which entries."""

    wallet: Wallet = None


class Entry(Answer):
    """One movement of points; it never changes."""

    id: str = Field(examples=[ENTRY_ID])
    number: int = Field(
        description="Counts from 1 without gaps, per wallet.", examples=[17]
    )
    kind: Literal[
        "accrual", "redemption", "expiry", "breakage", "adjustment", "transfer"
    ]
    points: int = Field(
        description="Positive: the member got them. Negative: gave.", examples=[-200]
    )
    balance: int = Field(description="Posted points after it.", examples=[1050])
    effective_at: str = Field(
        description="When it took place.", examples=["2026-11-20T10:31:02Z"]
    )
    recorded_at: str = Field(
        description="When we learnt of it.", examples=["2026-11-20T10:31:04Z"]
    )
    expires_at: str | None = Field(
        description="End of the points that came with it.",
        examples=["2028-11-20T00:00:00Z"],
    )
    hold_id: str | None = Field(description="The hold it spent.", examples=[HOLD_ID])
    reverses: str | None = Field(description="The entry that it takes back.")
    transaction: str | None = Field(description="The sale that caused it.")
    channel: str | None = Field(examples=["pos"])
    store: str | None = Field(examples=["12"])
    ref: str | None = Field(examples=["12/3/160"])
    reason: str | None = Field(description="Why, where a person did it.")


class EntryPage(Page[Entry]):
    """One page of entries, the last one first."""
