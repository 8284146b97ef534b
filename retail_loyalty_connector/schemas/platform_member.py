"""``retail.loyalty.platform.member.v1``: something about a member changed there.

Lives here: the contract. It is a hint, no fact: whoever hears it asks the platform.
Worked by ``retail.handler.platform.member``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from odoo.addons.retail_integration_base.schemas.common import (
    Document,
    ExternalId,
    Rfc3339,
)

TOPIC = "retail.loyalty.platform.member.v1"


class PlatformMember(Document):
    """A member whom the platform says something new of."""

    member: ExternalId = Field(
        description="The member's id there.", examples=["79b807d2-d786-46a9-933b"]
    )
    what: Literal["moved", "changed", "gone"] = Field(
        description="Points moved; who they are or their tier changed; there no more.",
        examples=["moved"],
    )
    changed_at: Rfc3339 | None = Field(
        None, description="When, if it is told.", examples=["2026-11-20T10:31:02Z"]
    )

    def partition_key(self) -> str:
        """Return the key that keeps what is said of one member in order."""
        return f"member:{self.member}"
