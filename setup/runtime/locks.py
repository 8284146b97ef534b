"""File locks, so that two set-ups or two demos at once do not collide.

The kernel drops a lock when its process dies, however it dies: there is never a
stale lock to clean up by hand.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .progress import step


def _open(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+", encoding="utf-8")


@contextmanager
def waiting_lock(path: Path, purpose: str) -> Iterator[None]:
    """Hold the lock during the block; wait, visibly, while another process does."""
    with _open(path) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step(f"Waiting for another process that is {purpose}"):
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def try_lock(path: Path) -> TextIO | None:
    """Return an open handle that holds the lock, or None if another process does."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


class Users:
    """Counts the living processes that use one thing, by shared locks on a file.

    `join` and `leave` must be called under a lock that all users share, else one
    may join what another is just about to stop.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: TextIO | None = None

    def join(self) -> None:
        """Be one of the users until `leave` or the end of this process."""
        self._handle = _open(self._path)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user; return True when nobody else is one."""
        if self._handle is None:
            return False
        with self._handle as handle:
            self._handle = None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True
