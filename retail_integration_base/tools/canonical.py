"""One form for one content: canonical bytes, content hash, name-based UUIDs.

Lives here: what "same content" means for idempotency. Lives elsewhere: reading JSON
(``tools/strict_json.py``). Called by controllers (content hash of an event) and
models (UUID of a transaction's natural key).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import date
from decimal import Decimal
from typing import Any

# Fixed for ever: changing it would give every known transaction a second identity.
NAMESPACE = uuid.UUID("6f1d0c52-5b0e-5d3a-9c1b-0a7e4f2b8d19")


def _default(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    default=_default,
)


def canonical_bytes(obj: Any) -> bytes:
    """Return ``obj`` as JSON with sorted keys, no spaces, in UTF-8.

    Numbers keep their digits (``Decimal`` becomes a string); order of lists counts.

    :raises TypeError: a type without JSON form. :raises ValueError: NaN or infinity.
    """
    return _ENCODER.encode(obj).encode()


def content_hash(obj: Any) -> str:
    """Return the SHA-256 of the canonical bytes as 64 hex digits."""
    return hashlib.sha256(canonical_bytes(obj)).hexdigest()


def uuid_of(*parts: str) -> uuid.UUID:
    """Return the UUIDv5 (RFC 9562) of a key in parts, the same on every machine.

    Each part is joined with its length, so that ("a", "bc") and ("ab", "c") differ.
    """
    return uuid.uuid5(NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts))


def document_hash(document: dict[str, Any]) -> str:
    """Return the hash of a parsed document: ``1.0`` and ``1.00`` are one content.

    :param document: Python values of a pydantic model, decimals and dates included.
    """
    encoded = json.dumps(
        document, sort_keys=True, separators=(",", ":"), default=_normalised
    )
    return hashlib.sha256(encoded.encode()).hexdigest()


def _normalised(value: Any) -> str:
    if isinstance(value, Decimal):
        # Zero keeps its sign and exponent in ``normalize``: spell it out.
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")
