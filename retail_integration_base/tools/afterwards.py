"""Work that may come a moment later, done once for all who asked for it meanwhile.

Lives here: the thread, and what happens to it when the process forks or ends. Not here:
the work. Called by ``models/gateway_arrival.py``, ``lane_arming.py``
and ``counter.py``. Nothing that must happen belongs here: a
killed process forgets what waits.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Afterwards(Generic[T]):
    """Collects items by key; a daemon thread hands them to ``work`` after ``delay_s``.

    :param work: called with the key and the items in the order they came, never twice
        at the same time in one process; what it raises ends the thread, and the next
        ``add`` starts another.
    :param rest_s: how long the thread rests after work: under load it works seldom, and
        what comes to an idle process still waits for ``delay_s`` only.
    """

    def __init__(
        self,
        work: Callable[[str, list[T]], None],
        delay_s: float,
        *,
        rest_s: float = 0.0,
    ) -> None:
        self._work = work
        self._delay_s = delay_s
        self._rest_s = rest_s
        self._forget()
        # A fork copies the locks as they are, but not the thread.
        os.register_at_fork(after_in_child=self._forget)
        # A worker that is replaced in good order leaves nothing behind.
        atexit.register(self.flush)

    def _forget(self) -> None:
        self._adding = threading.Lock()
        self._working = threading.Lock()
        self._due = threading.Event()
        self._waiting: dict[str, list[T]] = {}
        self._thread: threading.Thread | None = None

    def add(self, key: str, *items: T) -> None:
        """Have ``items`` worked soon, together with others of their ``key``."""
        with self._adding:
            self._waiting.setdefault(key, []).extend(items)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="retail-afterwards", daemon=True
                )
                self._thread.start()
            # Setting what is set already costs more than all the rest.
            if not self._due.is_set():
                self._due.set()

    def flush(self) -> None:
        """Work what waits now, in the calling thread."""
        with self._working:
            self._due.clear()
            with self._adding:
                waiting, self._waiting = self._waiting, {}
            for key, items in waiting.items():
                self._work(key, items)

    def _run(self) -> None:
        while True:
            self._due.wait()
            time.sleep(self._delay_s)
            self.flush()
            time.sleep(self._rest_s)
