"""Paging cursors: where the next page of a list begins, as one opaque word.

Lives here: writing and reading the word. Lives elsewhere: the search that starts there
(``controllers/paging.py``). A cursor holds the last row's position and a digest of the
filters. It is not signed, because it grants nothing: whatever position somebody makes
up, the key's rights and the filters of the request decide what is seen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from .error_api import CursorInvalid

POSITION_MAX = 2**63 - 1
CURSOR_CHARS_MAX = 64


def write(position: int, filters: Mapping[str, object]) -> str:
    """Return the cursor of the page after ``position``.

    :param filters: what the list was filtered by; a cursor is valid with these only.
    """
    word = f"{position}.{_digest(filters)}".encode()
    return base64.urlsafe_b64encode(word).decode().rstrip("=")


def read(cursor: str, filters: Mapping[str, object]) -> int:
    """Return the position that a cursor stands for.

    :raises CursorInvalid: not one of ours, or one of another list or other filters
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        word = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        text, _dot, digest = word.partition(".")
        position = int(text) if text.isdecimal() and len(text) < 20 else -1
    except (binascii.Error, ValueError):
        position, digest = -1, ""
    if not 0 <= position <= POSITION_MAX or digest != _digest(filters):
        raise CursorInvalid(
            "This cursor does not belong to this list and these filters: take `next` "
            "of an answer as it is, and keep the filters while you page."
        )
    return position


def _digest(filters: Mapping[str, object]) -> str:
    kept = {name: str(value) for name, value in filters.items() if value is not None}
    text = json.dumps(kept, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
