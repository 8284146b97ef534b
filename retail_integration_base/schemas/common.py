"""Building blocks of all documents: exact decimals, moments, codes, strict base.

Lives here: field types and the base model. Lives elsewhere: the documents (one file
each). Checks run in pydantic's compiled core, because every event pays for them.

Decimals travel as JSON strings: a JSON number would pass through binary floats in most
readers; no floats at rest or on the wire.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

# [0-9], not \d: the compiled core's \d takes digits of every script.
DECIMAL_PATTERN = r"^-?[0-9]{1,13}(\.[0-9]{1,6})?$"
MOMENT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class _Text:
    """A string of a given form that becomes a Python value, all in compiled code."""

    def __init__(
        self, form: str, pattern: str, value: CoreSchema, json_schema: dict[str, Any]
    ) -> None:
        self.form = form
        self.pattern = pattern
        self.value = value
        self.json_schema = json_schema

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema(pattern=self.pattern, strict=True)
        return core_schema.custom_error_schema(
            core_schema.chain_schema([text, self.value]),
            custom_error_type="text_form",
            custom_error_message=f"Input should be {self.form}",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", **self.json_schema}


_DECIMAL = _Text(
    'a decimal string such as "-12.50", not a JSON number',
    DECIMAL_PATTERN,
    core_schema.decimal_schema(allow_inf_nan=False, strict=False),
    {"pattern": DECIMAL_PATTERN},
)
AmountStr = Annotated[Decimal, _DECIMAL]
QtyStr = Annotated[Decimal, _DECIMAL]
RateStr = Annotated[Decimal, _DECIMAL]

Rfc3339 = Annotated[
    datetime,
    _Text(
        'an RFC 3339 date-time with offset such as "2026-11-20T10:31:02Z"',
        MOMENT_PATTERN,
        core_schema.datetime_schema(
            tz_constraint="aware",
            microseconds_precision="truncate",
            strict=False,
            # Any offset can be converted within these, and every column holds them.
            ge=datetime(1970, 1, 1, tzinfo=timezone.utc),
            lt=datetime(9000, 1, 1, tzinfo=timezone.utc),
        ),
        {"format": "date-time"},
    ),
]
IsoDate = Annotated[
    date,
    _Text(
        'a date such as "2026-11-20"',
        DATE_PATTERN,
        core_schema.date_schema(strict=False),
        {"format": "date"},
    ),
]

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
# Codes take part in keys and URLs: no blank, no slash.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
# Identifiers of other systems: any visible text, no control characters.
ExternalId = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=128)
]
Text = Annotated[str, StringConstraints(max_length=255)]
LongText = Annotated[str, StringConstraints(max_length=2000)]
Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    ),
]
Gtin = Annotated[str, StringConstraints(pattern=r"^[0-9]{8,14}$")]


class Document(BaseModel):
    """Base of everything that crosses the edge.

    Known fields are typed strictly (no conversion from other JSON types); unknown ones
    are ignored, so that a partner may send a newer minor version. Errors never carry
    the input: it may be personal.
    """

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        # "register" is taken on model classes, so such a field has an alias.
        serialize_by_alias=True,
    )
