"""``retail.store.changed.v1``: a system changed what it knows of a store.

Lives here: the contract. Worked by ``retail.handler.store``, which takes over what the
sender owns (``retail.ownership``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .common import Code, CurrencyCode, Document, Rfc3339

TOPIC = "retail.store.changed.v1"
StoreName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
TimeZone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]


class StoreFields(Document):
    """What systems share of a store; a field that is left out stays as it is."""

    name: StoreName | None = Field(
        None, description="What people call it.", examples=["Brussels Central"]
    )
    timezone: TimeZone | None = Field(
        None,
        description="Time zone of the IANA database.",
        examples=["Europe/Brussels"],
    )
    currency: CurrencyCode | None = Field(
        None, description="Currency of its tills, ISO 4217.", examples=["EUR"]
    )


class StoreChanged(StoreFields):
    """What a system says about a store; fields that are left out stay as they are."""

    store: Code = Field(
        description="The store's number, or its id in the sender's system.",
        examples=["12"],
    )
    changed_at: Rfc3339 = Field(
        description="When it was changed in the sender's system.",
        examples=["2026-11-20T10:31:02Z"],
    )

    def partition_key(self) -> str:
        """Return the key that keeps the changes of one store in order."""
        return f"store:{self.store}"
