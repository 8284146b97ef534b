"""Which document belongs to which topic, and its published JSON Schema.

Lives here: the table and the one place where a document is validated. Called by the
gateway, by handlers (stored events), by the API description and by the topic records.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from ..tools.errors import UnknownTopic
from ..tools.problem import payload_invalid
from . import (
    alert_changed,
    command_result,
    order_placed,
    order_progressed,
    ping,
    pos_receipt,
    store_changed,
    store_recorded,
    transaction_recorded,
)

SCHEMAS: dict[str, type[BaseModel]] = {
    alert_changed.TOPIC: alert_changed.AlertChanged,
    command_result.TOPIC: command_result.CommandResultDocument,
    pos_receipt.TOPIC: pos_receipt.PosReceipt,
    order_placed.TOPIC: order_placed.OrderPlaced,
    order_progressed.TOPIC: order_progressed.OrderProgressed,
    store_changed.TOPIC: store_changed.StoreChanged,
    store_recorded.TOPIC: store_recorded.StoreRecorded,
    transaction_recorded.TOPIC: transaction_recorded.TransactionRecorded,
    ping.TOPIC: ping.Ping,
}

#: of the known topics, in the answer to an unknown one: the most alike
NAMED_MAX = 5


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


def is_required(topic: str, path: tuple[str, ...]) -> bool:
    """Tell whether a document without the member at ``path`` breaks its contract.

    :param path: steps of a JSON pointer, ``*`` for any item of a list. A path that the
        contract does not know is not required.
    """
    root = json_schema(topic)
    *outer, last = path
    found = [root]
    for step in outer:
        found = [inner for one in found for inner in _members(one, step, root)]
    return any(
        last == "*" or last in shape.get("required", ())
        for one in found
        for shape in _shapes(one, root)
    )


def _members(schema: dict[str, Any], step: str, root: dict[str, Any]) -> list[Any]:
    found = []
    for shape in _shapes(schema, root):
        inner = (
            shape.get("items") if step == "*" else shape.get("properties", {}).get(step)
        )
        if inner:
            found.append(inner)
    return found


def _shapes(schema: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a schema may be once references and choices are followed."""
    if "$ref" in schema:
        return _shapes(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [schema, *(shape for one in choices for shape in _shapes(one, root))]


def _model(topic: str) -> type[BaseModel]:
    model = SCHEMAS.get(topic)
    if model is None:
        # Whoever mistyped one finds it; all of them are too many for an answer.
        asked = topic[:128]
        near = difflib.get_close_matches(asked, sorted(SCHEMAS), NAMED_MAX, 0.0)
        raise UnknownTopic(
            f"no contract {asked!r}; known: {', '.join(near)}",
            context={"topic": topic[:128]},
        )
    return model
