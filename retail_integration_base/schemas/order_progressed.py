"""``retail.order.progressed.v1``: how far an order has come, by who follows it.

Lives here: the contract. Worked by ``retail.handler.order``. It tells totals, never
steps: it may come twice, late, or before the order itself (R10), and the system that
ships need not know what the one that takes payments says.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..tools.order_progress import LineCount, Progress
from .common import Code, Document, ExternalId, QtyStr, Rfc3339

TOPIC = "retail.order.progressed.v1"
LINES_MAX = 2000
ZERO = Decimal(0)


class OrderLineProgress(Document):
    """How much of one line is where, as totals since the order was placed."""

    id: ExternalId = Field(description="The line's id in the order.", examples=["li_1"])
    fulfilled: QtyStr = Field(
        ZERO, description="Pieces handed over to the customer.", examples=["2"]
    )
    cancelled: QtyStr = Field(
        ZERO, description="Pieces that will never be handed over.", examples=["0"]
    )


class OrderState(Document):
    """An order, and how far it has come; what is left out stays as it is."""

    channel: Code = Field(description="Where it was placed.", examples=["web"])
    store: Code = Field(description="Selling location.", examples=["acme-eu"])
    external_id: ExternalId = Field(
        description="The channel's id.", examples=["5726128734520"]
    )
    at: Rfc3339 = Field(
        description="Since when it is like that, as far as the sender knows.",
        examples=["2026-11-21T09:12:44Z"],
    )
    is_paid: bool = Field(
        False, description="All of it has been paid.", examples=[True]
    )
    is_fulfilled: bool = Field(
        False,
        description="All that is not cancelled has been handed over.",
        examples=[False],
    )
    is_cancelled: bool = Field(
        False,
        description="What `lines` do not tell as handed over never will be.",
        examples=[False],
    )
    lines: list[OrderLineProgress] = Field(
        default_factory=list, max_length=LINES_MAX, description="Totals by line."
    )

    @model_validator(mode="after")
    def _check_lines(self) -> OrderState:
        if len({line.id for line in self.lines}) != len(self.lines):
            raise PydanticCustomError("line_id_twice", "Two lines have the same id")
        if any(min(line.fulfilled, line.cancelled) < 0 for line in self.lines):
            raise PydanticCustomError("pieces_negative", "Totals cannot be negative")
        return self


class OrderProgressed(Document):
    """An order has come further."""

    order: OrderState = Field(description="The order, and how far it is.")

    def partition_key(self) -> str:
        """Keep everything about one order in its order."""
        return f"order:{self.order.store}/{self.order.external_id}"

    def to_progress(self) -> Progress:
        """Return what the message says, to be merged with what is known."""
        order = self.order
        return Progress(
            paid_at=order.at if order.is_paid else None,
            fulfilled_at=order.at if order.is_fulfilled else None,
            cancelled_at=order.at if order.is_cancelled else None,
            lines={
                line.id: LineCount(line.fulfilled, order.at, line.cancelled)
                for line in order.lines
            },
        )
