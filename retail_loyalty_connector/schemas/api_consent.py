"""Consents of members in the partner API (R13)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from odoo.addons.retail_integration_base.schemas.api_common import (
    Answer,
    Page,
    PageParameters,
    Request,
)
from odoo.addons.retail_integration_base.schemas.common import (
    Code,
    ExternalId,
    Rfc3339,
)

from .api_loyalty_common import MEMBER_ID, Channel

CONSENT_ID = "9a4f3f0e-8d1b-5d2e-8c57-5f0f6a1c2b3d"
TEXT_HASH = "6a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322a"
Purpose = Literal[
    "terms",
    "marketing_email",
    "marketing_sms",
    "marketing_push",
    "marketing_post",
    "profiling",
    "partners",
]
Decision = Literal["given", "withdrawn"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise PydanticCustomError("no_address", "Not an IP address") from None


Address = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f.:]{2,45}$"),
    AfterValidator(_address),
]
_MOMENT = "2026-11-20T10:31:02Z"


class ConsentRequest(Request):
    """What a person said about one purpose, at one moment.

    Told again with the same moment it is the same word, however often it comes.
    """

    purpose: Purpose = Field(description="What they were asked for.")
    decision: Decision = Field(description="What they said.")
    decided_at: Rfc3339 = Field(
        description="When they said it; the newest word counts, whatever arrives last.",
        examples=[_MOMENT],
    )
    channel: Channel = Field(description="Where they said it.", examples=["web"])
    store: Code | None = Field(None, description="Store code.", examples=["12"])
    text_version: Code | None = Field(
        None,
        description="Version of the text they were shown; needed for `given`.",
        examples=["2026-03"],
    )
    text_hash: Sha256 | None = Field(
        None, description="SHA-256 of exactly that text.", examples=[TEXT_HASH]
    )
    ip: Address | None = Field(
        None,
        description="Address they said it from; erased with the person.",
        examples=["203.0.113.7"],
    )
    ref: ExternalId | None = Field(
        None,
        description="Your proof: a form, a session; erased with the person.",
        examples=["form-771"],
    )

    @model_validator(mode="after")
    def _check_proof(self) -> ConsentRequest:
        if self.decision == "given" and not self.text_version:
            raise PydanticCustomError("no_text", "Say which text was agreed to")
        return self


class Consent(Answer):
    """One word of a member; it never changes."""

    id: str = Field(examples=[CONSENT_ID])
    member_id: str = Field(examples=[MEMBER_ID])
    purpose: Purpose
    decision: Decision
    decided_at: str = Field(description="When they said it.", examples=[_MOMENT])
    recorded_at: str = Field(description="When we learnt of it.", examples=[_MOMENT])
    channel: str = Field(examples=["web"])
    store: str | None = Field(examples=["12"])
    origin: Literal["screen", "api", "merge", "unmerge"] = Field(
        description="`api`: a connected system told it. `screen`: somebody of ours. "
        "`merge`, `unmerge`: taken over from, or put back for, the same person."
    )
    text_version: str | None = Field(examples=["2026-03"])
    text_hash: str | None = Field(examples=[TEXT_HASH])


class ConsentStanding(Answer):
    """Where a member stands about one purpose."""

    purpose: Purpose
    decision: Literal["given", "withdrawn", "unknown"] = Field(
        description="`unknown`: never asked, which allows nothing."
    )
    is_allowed: bool = Field(
        description="Whether they may be addressed for it now: given, and active."
    )
    consent: Consent | None = Field(description="The word that counts.")


class ConsentList(Answer):
    """Where a member stands about every purpose."""

    items: list[ConsentStanding]


class ConsentPage(Page[Consent]):
    """One page of a member's words, the last recorded first."""


class ConsentParameters(PageParameters):
    """Which words."""

    purpose: Purpose | None = Field(None, description="Only about this one.")
