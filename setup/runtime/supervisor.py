"""Keeping processes alive: PostgreSQL and Odoo, as a service manager would.

A lost database connection ends Odoo 19's prefork server for good, so something has
to start it again; docs/operations.md says what does that in production.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

BACKOFF_S = 0.5
BACKOFF_S_MAX = 15.0
STEADY_S = 30.0  # having lived that long, the next failure is a new story
STOP_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Service:
    """A process to keep alive.

    `spawn` starts it in a session of its own; `can_start` tells whether what it
    needs is there.
    """

    name: str
    spawn: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals
    can_start: Callable[[], bool] = lambda: True


class Keeper:
    """Starts a service, starts it again whenever it ends, until told to stop."""

    def __init__(self, service: Service, tell: Callable[[str], None]) -> None:
        self.service = service
        self.failures = 0  # in a row
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._tell = tell
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=service.name)

    def start(self) -> None:
        """Start the service and keep it alive in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the service and wait for its end."""
        with self._spawning:
            self._stopping.set()
        process = self.process
        if process and process.poll() is None:
            process.send_signal(self.service.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            _end_group(process)
        if self._thread.ident is not None:  # it was started
            self._thread.join()

    def _keep(self) -> None:
        while self._wait_startable():
            begun = time.monotonic()
            with self._spawning:
                if self._stopping.is_set():
                    return
                self.process = self.service.spawn()
            self.starts += 1
            status = self.process.wait()
            # Workers outlive a killed master for a while and hold its port.
            _end_group(self.process)
            if self._stopping.is_set():
                return
            steady = time.monotonic() - begun > STEADY_S
            self.failures = 1 if steady else self.failures + 1
            delay_s = min(BACKOFF_S * 2 ** (self.failures - 1), BACKOFF_S_MAX)
            self._tell(
                f"{self.service.name} ended (status {status}), starting it again"
                f" in {delay_s:.1f} s"
            )
            self._stopping.wait(delay_s)

    def _wait_startable(self) -> bool:
        """Return True as soon as the service may start, False when told to stop."""
        while not self._stopping.is_set():
            if self.service.can_start():
                return True
            self._stopping.wait(0.2)
        return False


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
