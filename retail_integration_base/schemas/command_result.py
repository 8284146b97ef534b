"""``retail.command.result.v1``: what a partner decided about a command of ours.

Lives here: the contract. Worked by ``retail.handler.command``.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .common import Document, ExternalId, LongText, Rfc3339

TOPIC = "retail.command.result.v1"


class CommandResultDocument(Document):
    """The decision about one command; it may be told more than once."""

    command_id: ExternalId = Field(
        description="The id of the message that held the command.",
        examples=["ea05e9c4-34ac-5597-a561-745420bdf0ef"],
    )
    result: Literal["acknowledged", "refused"] = Field(
        description="Whether the command was carried out.", examples=["acknowledged"]
    )
    reason: LongText | None = Field(
        None,
        description="Why it was refused, in words for people.",
        examples=["The price list is locked for stocktaking."],
    )
    decided_at: Rfc3339 | None = Field(
        None, description="When it was decided.", examples=["2026-11-20T10:31:02Z"]
    )

    def partition_key(self) -> str:
        """Return the key that keeps results of one command in order."""
        return f"command:{self.command_id}"
