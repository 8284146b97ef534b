"""What all answers of the partner API share: problem, page, bases of parameters.

Lives here: shapes without a business word. Lives elsewhere: the resources
(``schemas/api_*.py``) and who reads and writes them (``controllers/``).
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PAGE_LIMIT_DEFAULT = 50
PAGE_LIMIT_MAX = 200
#: Name of the schema with the outgoing topics, which only the running system knows.
OUTGOING_TOPIC = "OutgoingTopic"

Item = TypeVar("Item", bound=BaseModel)


class Parameters(BaseModel):
    """Base of what stands in a path or behind the question mark.

    Values are texts that are converted; unknown names are refused, because a misspelt
    filter that is ignored returns too much.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PageParameters(Parameters):
    """Base of the parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT_MAX)] = Field(
        PAGE_LIMIT_DEFAULT, description="Items per page.", examples=[50]
    )
    cursor: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None
    ) = Field(
        None,
        description="`next` of the page before; left out for the first page.",
    )


class Request(BaseModel):
    """Base of bodies that are no documents; an unknown field is a misspelt one."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class Answer(BaseModel):
    """Base of what we answer."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


class Page(Answer, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(
        description="Cursor of the next page, `null` on the last one. The header "
        '`Link` with `rel="next"` has the whole address.'
    )


class Finding(Answer):
    """One thing that is wrong with a request."""

    pointer: str | None = Field(
        None,
        description="JSON pointer (RFC 6901) into the body.",
        examples=["/data/lines/0/qty"],
    )
    parameter: str | None = Field(None, description="Name of a query parameter.")
    detail: str


class Problem(Answer):
    """RFC 9457 problem details: the body of every answer from 400 on."""

    type: str = Field(
        description="Address of what is known about this kind of problem.",
        examples=["/retail/v1/errors/RET-1104"],
    )
    title: str = Field(examples=["Payload invalid"])
    status: int = Field(examples=[422])
    detail: str = Field(description="For people; not stable.")
    code: str = Field(
        description="Stable; the one to program against.",
        pattern=r"^RET-[0-9]{4}$",
        examples=["RET-1104"],
    )
    correlation_id: str | None = Field(
        None, description="Quote this to us; also in the header `X-Correlation-Id`."
    )
    errors: list[Finding] | None = Field(None, description="Each finding.")
