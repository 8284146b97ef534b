"""A till that sells all the time: how long it waited while a node was lost.

Lives here: steady traffic in the background and its figures. Not here: who is lost.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from ..chaos.case import Case

PAUSE_S = 0.05
STOP_TIMEOUT_S = 260.0


class Traffic:
    """Sends one sale after the other during a block, each until the hub has it."""

    def __init__(self, case: Case) -> None:
        self.sales = 0
        self.repetitions = 0
        self.longest_s = 0.0
        self._case = case
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, name="traffic")

    def __enter__(self) -> Traffic:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(STOP_TIMEOUT_S)
        if self._errors and value is None:
            raise self._errors[0]

    def _run(self) -> None:
        try:
            with self._case.sender() as sender:
                while not self._stop.is_set():
                    (message,) = self._case.messages(1)
                    asked_at = time.monotonic()
                    ack = sender.send(message)
                    verdicts = set(ack.verdicts.values())
                    assert verdicts <= {"accepted", "duplicate"}, ack
                    self._case.note([message])
                    self.sales += 1
                    self.repetitions += ack.attempts - 1
                    self.longest_s = max(self.longest_s, time.monotonic() - asked_at)
                    self._stop.wait(PAUSE_S)
        except BaseException as error:  # noqa: BLE001 (told where it is joined)
            self._errors.append(error)

    def __str__(self) -> str:
        return (
            f"{self.sales} sales, {self.repetitions} repetitions, the longest wait"
            f" {self.longest_s:.1f} s"
        )
