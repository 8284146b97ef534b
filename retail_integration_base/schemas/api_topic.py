"""Topics as the partner API shows them: the contracts and their dates."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from .api_common import Answer, Parameters

TOPIC_EXAMPLE = "retail.pos.receipt.v1"


class TopicPlace(Parameters):
    """Which topic."""

    name: str = Field(description="Name with version.", examples=[TOPIC_EXAMPLE])


class TopicSummary(Answer):
    """One version of one contract."""

    name: str = Field(examples=[TOPIC_EXAMPLE])
    family: str = Field(
        description="The name without its version; versions of a family live side by "
        "side.",
        examples=["retail.pos.receipt"],
    )
    version: int = Field(examples=[1])
    direction: Literal["in", "out"] = Field(
        description="`in`: you send it; `out`: we send it."
    )
    description: str | None
    deprecated_date: date | None = Field(
        description="From this day on, use a newer version."
    )
    sunset_date: date | None = Field(
        description="After this day it may be refused at any time."
    )
    url: str = Field(description="Where the whole contract is.")


class TopicList(Answer):
    """Every contract that is in force."""

    items: list[TopicSummary]


class TopicContract(TopicSummary):
    """One contract with the JSON Schema of its document."""

    schema_: dict[str, Any] = Field(
        alias="schema", description="JSON Schema 2020-12 of `data`."
    )
