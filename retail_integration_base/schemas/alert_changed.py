"""``retail.alert.changed.v1``: what subscribers hear when an alert opens or ends.

Lives here: the contract. Sent by the outbox for rules whose *Webhook* is on. Holds no
personal data.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .common import Code, Document, ExternalId, QtyStr, Rfc3339

TOPIC = "retail.alert.changed.v1"


class AlertChanged(Document):
    """A limit was passed, or the number is back to normal."""

    alert: ExternalId = Field(description="Names the alert.", examples=["42"])
    rule: str = Field(description="The rule's name.", examples=["Sales not booked"])
    measure: Code = Field(description="What is measured.", examples=["sales_failed"])
    state: Literal["open", "cleared"] = Field(
        description="What it is now.", examples=["open"]
    )
    severity: Literal["low", "medium", "high"] = Field(
        description="How bad.", examples=["high"]
    )
    impact: str = Field(
        description="What it means to the business.",
        examples=["Turnover is missing from today's figures."],
    )
    value: QtyStr = Field(description="The value seen.", examples=["3.0"])
    threshold: QtyStr = Field(description="The limit.", examples=["0.0"])
    system: Code | None = Field(
        None, description="Code of the connected system.", examples=["tills-benelux"]
    )
    store: ExternalId | None = Field(None, description="Store.", examples=["12"])
    changed_at: Rfc3339 = Field(
        description="When it changed.", examples=["2026-11-20T10:31:02Z"]
    )

    def partition_key(self) -> str:
        """Changes of one alert stay in order."""
        return f"alert/{self.alert}"
