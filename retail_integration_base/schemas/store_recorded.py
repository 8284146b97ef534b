"""``retail.store.recorded.v1``: what Odoo holds of a store has changed.

Lives here: the contract. Built by ``retail.shared.mixin``, sent by the outbox. Left out
are the fields that did not change, that the receiver owns, or that it told us itself.
"""

from __future__ import annotations

from pydantic import Field

from .common import Code, Rfc3339
from .store_changed import StoreFields

TOPIC = "retail.store.recorded.v1"


class StoreRecorded(StoreFields):
    """The fields of a store that changed and that the receiver should take over."""

    store: Code = Field(description="The store's number.", examples=["12"])
    changed_at: Rfc3339 = Field(
        description="When it was changed in Odoo, UTC.",
        examples=["2026-11-20T10:31:05Z"],
    )
