"""Lists that a partner posts to be compared with ours, as it sees them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from .api_common import Answer, Page, PageParameters, Parameters

PART_ITEMS_MAX = 10_000
PARTS_MAX = 100_000

ListId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]

#: As the body of a part is described; the route reads it itself.
PART_BODY: dict[str, Any] = {
    "title": "Part",
    "type": "array",
    "items": {
        "type": "object",
        "description": "One row of your list, with the columns of the reconciliation.",
    },
    "minItems": 1,
    "maxItems": PART_ITEMS_MAX,
}
PART_EXAMPLE: list[dict[str, str]] = [
    {
        "ref": "12/9/1",
        "business_date": "2026-11-20",
        "total": "9.95",
        "tax": "1.73",
        "currency": "EUR",
        "kind": "sale",
        "store": "12",
    },
    {
        "ref": "12/9/2",
        "business_date": "2026-11-20",
        "total": "-4.50",
        "tax": "-0.78",
        "currency": "EUR",
        "kind": "return",
        "store": "12",
    },
]


class ReconciliationPlace(Parameters):
    """Which reconciliation."""

    rule: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(
        description="Its `id` in the list of reconciliations."
    )


class ListPlace(ReconciliationPlace):
    """Which list."""

    id: ListId = Field(description="The `id` that was answered when it was begun.")


class PartPlace(ListPlace):
    """Which part."""

    number: Annotated[int, Field(ge=1, le=PARTS_MAX)] = Field(
        description="1 for the first part, then one more each time."
    )


class ListFinish(BaseModel):
    """What the list should hold."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    items: int = Field(
        ge=0,
        le=2**31 - 1,
        description="How many items you sent in all parts together.",
        examples=[2],
    )


class ReconciliationColumn(Answer):
    """A column of the list."""

    name: str = Field(
        description="Field of an item; dots lead into objects.", examples=["total"]
    )
    kind: Literal["text", "number", "date"] = Field(
        description="`number`: a decimal string; `date`: `2026-11-20`, what follows "
        "the day is not looked at."
    )
    role: Literal["key", "compare", "info"] = Field(
        description="`key`: identifies an item, required. `compare`: must agree. "
        "`info`: shown to people."
    )


class Reconciliation(Answer):
    """A list that you may post."""

    id: int
    name: str = Field(description="For people.")
    columns: list[ReconciliationColumn]
    days: int = Field(
        description="Whole days before today (UTC) that it covers; 0: all there is."
    )
    due_at: str | None = Field(description="Later, people are told.")


class ReconciliationParameters(PageParameters):
    """Which reconciliations."""


class ReconciliationPage(Page[Reconciliation]):
    """One page of what you may post."""


class ComparisonResult(Answer):
    """What the comparison found, each in items."""

    agree: int
    missing_here: int = Field(description="You have it, we do not.")
    missing_there: int = Field(description="We have it, you do not.")
    differ: int = Field(description="Both have it, with other values.")
    duplicates_here: int = Field(description="We have it more than once.")
    duplicates_there: int = Field(description="Your list has it more than once.")


class PostedList(Answer):
    """Where a list stands."""

    id: str
    status: Literal["open", "comparing", "compared", "failed", "closed"] = Field(
        description="`open`: send parts, then finish. `comparing`: wait. `compared`: "
        "see `result`. `failed`: see `reason`, post it again. `closed`: given up."
    )
    next_part: int = Field(
        description="Number of the part to send next, also after a break."
    )
    items: int = Field(description="How many items came in so far.")
    unreadable: int = Field(
        description="Values that are no number or no day where one is expected; they "
        "are compared as missing."
    )
    since: str | None = Field(description="First day that is compared.")
    until: str | None = Field(description="The day after the last one.")
    reason: str | None = Field(description="Why it failed, for people.")
    result: ComparisonResult | None
