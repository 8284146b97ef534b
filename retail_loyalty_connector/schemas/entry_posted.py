"""``retail.loyalty.entry.posted.v1``: points moved, were reserved, or set free (R21).

Lives here: the contract. Built by ``retail.loyalty.announcement``, sent by the outbox,
many movements in one message. Names members by their ids; nothing personal.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    Document,
    Rfc3339,
    Uuid,
)

TOPIC = "retail.loyalty.entry.posted.v1"
MOVEMENTS_MAX = 100
_ID = "c2a6f1d0-4b8e-5f3a-9d7c-6e5b4a392817"
_MEMBER = "0f8fad5b-d9cb-469f-a165-70867728950e"
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Movement(Document):
    """What happened to points of one member."""

    change: Literal[
        "posted", "captured", "expired", "reversed", "held", "voided", "lapsed"
    ] = Field(
        description="`posted`, `captured`, `expired` and `reversed` change the balance "
        "and name an entry. `held`, `voided` and `lapsed` (the time was over) change "
        "what can be spent and name a hold.",
        examples=["posted"],
    )
    id: Uuid = Field(description="The entry's or hold's id.", examples=[_ID])
    member: Uuid = Field(description="The member's id.", examples=[_MEMBER])
    wallet: Code = Field(description="Which kind of points.", examples=["points"])
    kind: Literal[
        "accrual",
        "redemption",
        "expiry",
        "breakage",
        "adjustment",
        "transfer",
        "hold",
    ] = Field(description="Of entry or hold.", examples=["accrual"])
    points: int = Field(
        description="Of entries: positive, the member got them. Of holds: how many.",
        examples=[70],
    )
    balance: int | None = Field(
        None, description="Posted points after the entry.", examples=[1250]
    )
    number: int | None = Field(
        None, ge=1, description="The entry's number in its wallet.", examples=[17]
    )
    hold: Uuid | None = Field(None, description="The hold that the entry spent.")
    reverses: Uuid | None = Field(None, description="The entry that it takes back.")
    transaction: Uuid | None = Field(None, description="The sale that caused it.")
    store: Text | None = Field(None, description="Store code.", examples=["12"])
    channel: Text | None = Field(None, description="Channel.", examples=["pos"])
    ref: Text | None = Field(
        None, description="Reference of who asked.", examples=["12/3/160"]
    )
    effective_at: Rfc3339 = Field(
        description="When it took place, UTC.", examples=["2026-11-20T10:31:02Z"]
    )
    expires_at: Rfc3339 | None = Field(
        None, description="End of points or hold.", examples=["2028-11-20T00:00:00Z"]
    )


class EntriesPosted(Document):
    """Movements of one program, in the order in which they took effect."""

    program: Code = Field(description="The program.", examples=["friends"])
    movements: list[Movement] = Field(
        min_length=1, max_length=MOVEMENTS_MAX, description="What happened."
    )
