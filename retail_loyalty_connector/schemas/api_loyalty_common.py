"""What members, holds and quotes of the partner API have in common.

Lives here: ids, points, where a request comes from. Lives elsewhere: the resources
(``schemas/api_*.py``), base's shapes (``schemas/api_common.py`` there).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from odoo.addons.retail_integration_base.schemas.api_common import Parameters, Request
from odoo.addons.retail_integration_base.schemas.common import Code, ExternalId, Uuid

from ..tools.postings import POINTS_MAX

MEMBER_ID = "3f0c1d52-7a64-4a0e-9c55-0a6a5a3f7d11"
HOLD_ID = "5b1f8a3e-2c47-4d0b-8e6f-9d3c2a1b0f47"
ENTRY_ID = "c2a6f1d0-4b8e-5f3a-9d7c-6e5b4a392817"

Points = Annotated[int, Field(ge=1, le=POINTS_MAX)]
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
MemberId = Annotated[
    Uuid,
    Field(description="Id that enrolling or finding answered.", examples=[MEMBER_ID]),
]
Wallet = Annotated[
    Code | None,
    Field(description="Which kind of points; left out, the program's first."),
]


class SourceBody(Request):
    """Where a request comes from; stands on the entry that comes of it."""

    channel: Channel | None = Field(None, description="Channel.", examples=["pos"])
    store: Code | None = Field(None, description="Store code.", examples=["12"])
    ref: ExternalId | None = Field(
        None, description="Your reference: a receipt, an order.", examples=["12/3/160"]
    )


class MemberPlace(Parameters):
    """Which member."""

    id: MemberId


class WalletParameters(Parameters):
    """Which of a member's wallets."""

    wallet: Wallet = None
