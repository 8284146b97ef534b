"""The envelope around every event: CloudEvents 1.0 with the suite's attributes.

Lives here: attributes of transport. Lives elsewhere: the documents in ``data``
(``schemas/registry.py`` names them). Called by the gateway for each event and by the
outbox for each message.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from .common import Document, Rfc3339

TOPIC_PATTERN = r"^retail(\.[a-z_]+)+\.v[0-9]+$"

# Visible ASCII: ids stand in log lines, headers and URLs.
_Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]
# As tools/correlation.py lets ids into log lines and headers.
_CorrelationId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._:/+=@-]{1,128}$")
]
_Topic = Annotated[str, StringConstraints(pattern=TOPIC_PATTERN, max_length=128)]
_Source = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f]{1,255}$")]
_Key = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,255}$")]
_MediaType = Annotated[
    str,
    StringConstraints(
        pattern=r"^application/([a-z0-9.+-]+\+)?json( *;[ -~]{0,100})?$", max_length=255
    ),
]


class EventEnvelope(Document):
    """One event. Unknown extension attributes are tolerated (CloudEvents §3.2)."""

    specversion: Literal["1.0"] = Field(
        description="Version of CloudEvents.", examples=["1.0"]
    )
    id: _Id = Field(
        description="The sender's id of this event: the same at every repetition.",
        examples=["0190f1c2-7d3e-7a51-8f0e-2f6f1d1d9b10"],
    )
    source: _Source = Field(
        description="Who speaks, as a URI reference.", examples=["pos/store-12"]
    )
    type: _Topic = Field(
        description="Topic: the contract of `data`, with its version.",
        examples=["retail.pos.receipt.v1"],
    )
    time: Rfc3339 | None = Field(
        None,
        description="When it happened, RFC 3339 with offset.",
        examples=["2026-11-20T10:31:02Z"],
    )
    subject: _Key | None = Field(
        None, description="What it is about.", examples=["receipt/12/3/160"]
    )
    correlationid: _CorrelationId | None = Field(
        None,
        description="Id of the whole story; in every log line and message of it.",
        examples=["c-5726128734520"],
    )
    causationid: _Id | None = Field(
        None, description="Id of the event that caused this one.", examples=["wh-7b1e"]
    )
    partitionkey: _Key | None = Field(
        None,
        description="Events of one key are worked in their order of arrival; left out, "
        "the document's own key counts.",
        examples=["receipt:12/3"],
    )
    sequence: _Key | None = Field(
        None,
        description="Order inside the key, compared as text.",
        examples=["0000000160"],
    )
    datacontenttype: _MediaType | None = Field(
        None, description="JSON only.", examples=["application/json"]
    )
    data: dict[str, Any] = Field(description="The document of the topic.")
