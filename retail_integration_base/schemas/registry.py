"""Which document belongs to which topic, and its published JSON Schema.

Lives here: the table and the one place where a document is validated. Called by the
gateway, by handlers (stored events), by the API description and by the topic records.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from ..tools.errors import UnknownTopic
from ..tools.problem import payload_invalid
from . import (
    alert_changed,
    command_result,
    order_placed,
    ping,
    pos_receipt,
    transaction_recorded,
)

SCHEMAS: dict[str, type[BaseModel]] = {
    alert_changed.TOPIC: alert_changed.AlertChanged,
    command_result.TOPIC: command_result.CommandResultDocument,
    pos_receipt.TOPIC: pos_receipt.PosReceipt,
    order_placed.TOPIC: order_placed.OrderPlaced,
    transaction_recorded.TOPIC: transaction_recorded.TransactionRecorded,
    ping.TOPIC: ping.Ping,
}


def validate(topic: str, data: Any, *, prefix: str = "/data") -> BaseModel:
    """Return ``data`` as the topic's document.

    :param prefix: JSON pointer of ``data`` in what the sender sent.
    :raises UnknownTopic: no contract of that name and version.
    :raises PayloadInvalid: with every finding in ``errors``.
    """
    try:
        return _model(topic).model_validate(data)
    except ValidationError as exc:
        raise payload_invalid(exc, prefix) from None


@lru_cache(maxsize=64)
def json_schema(topic: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a topic's document; do not change it.

    :raises UnknownTopic: no contract of that name and version.
    """
    schema = _model(topic).model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:retail:schema:{topic}",
        **schema,
    }


def _model(topic: str) -> type[BaseModel]:
    model = SCHEMAS.get(topic)
    if model is None:
        raise UnknownTopic(
            f"no contract {topic[:128]!r}; known: {', '.join(sorted(SCHEMAS))}",
            context={"topic": topic[:128]},
        )
    return model
