"""``retail.ping.v1``: a test event, sent when somebody asks for one.

Lives here: the contract. It says that address, secret and network are right, and
nothing about the business. Built by ``retail.subscription``, sent by the outbox.
"""

from __future__ import annotations

from pydantic import Field

from .common import Document, Rfc3339, Uuid

TOPIC = "retail.ping.v1"


class Ping(Document):
    """A test event."""

    subscription: Uuid = Field(
        description="The subscription it was sent for.",
        examples=["3f2c1b1e-5a8d-4c39-9b0e-2f6f2f0b7c11"],
    )
    sent_at: Rfc3339 = Field(
        description="When it was asked for, UTC.", examples=["2026-11-20T10:31:02Z"]
    )
