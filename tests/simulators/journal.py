"""An append-only JSONL file: the oracle that tests compare Odoo with.

Lives here: writing one line per fact and reading them back. Not here: what the facts
mean (``partner``, ``sender``). A line is written whole and flushed before the answer
goes out, so a journal never knows less than the other side does.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TextIO


def sha256_hex(body: bytes) -> str:
    """Return the SHA-256 of ``body`` as 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


class Journal:
    """Facts in the order in which they happened, kept in memory or in a file.

    :param path: JSONL file, continued if it exists; ``None`` keeps nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: TextIO | None = None

    def write(self, kind: str, **facts: Any) -> None:
        """Append one fact with the present time (UTC, RFC 3339)."""
        if self.path is None:
            return
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = json.dumps({"kind": kind, "at": at, **facts}, ensure_ascii=False)
        with self._lock:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("a", encoding="utf-8")
            self._file.write(line + "\n")
            self._file.flush()

    def read(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the facts written so far, oldest first, of one kind or of all."""
        if self.path is None or not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as lines:
            for line in lines:
                fact = json.loads(line)
                if kind is None or fact["kind"] == kind:
                    yield fact

    def close(self) -> None:
        """Close the file; the next ``write`` opens it again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
