"""A part of a list that a partner posts: from bytes to rows that PostgreSQL takes.

Pure. Called by ``controllers/reconciliations.py``; what becomes of the rows is the
business of ``retail.reconciliation.stage``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import strict_json
from .errors import PayloadInvalid
from .reconciliation import Column


def read_items(
    raw: bytes, columns: Sequence[Column], *, ndjson: bool, items_max: int
) -> tuple[str, int]:
    """Return a part's items as the text of one JSON array, and how many there are.

    The text is the sender's own, so that a number stays what was written.

    :raises MalformedBody: not strict JSON
    :raises PayloadInvalid: no list of 1 to ``items_max`` objects, or one without a key
    """
    items = strict_json.iter_ndjson(raw) if ndjson else strict_json.loads(raw)
    if not isinstance(items, list) or not 0 < len(items) <= items_max:
        raise PayloadInvalid("", f"expected a list of 1 to {items_max} items")
    keys = [column for column in columns if column.role == "key"]
    for position, item in enumerate(items):
        _check_item(item, position, keys)
    return _as_array(raw, ndjson), len(items)


def _check_item(item: Any, position: int, keys: Sequence[Column]) -> None:
    if not isinstance(item, dict):
        raise PayloadInvalid(f"/{position}", "expected an object")
    for column in keys:
        path = column.path_there.split(".")
        value: Any = item
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, str | int) or not str(value).strip():
            raise PayloadInvalid(
                f"/{position}/{'/'.join(path)}", "the key is missing or no text"
            )


def _as_array(raw: bytes, ndjson: bool) -> str:
    if not ndjson:
        return raw.decode()
    lines = (line for line in raw.decode().split("\n") if line.strip())
    return f"[{','.join(lines)}]"
