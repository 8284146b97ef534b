"""Visible progress: one line per step, with seconds, alive while a step takes long.

Used by every module of this package, also by several threads at once. On a terminal
the line is rewritten, with all steps that are running; in a log (CI) each adds a line
every LOG_INTERVAL_S seconds instead.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .failures import DISK_FULL, SetupFailure

TERMINAL_INTERVAL_S = 0.5
LOG_INTERVAL_S = 10.0
NOTE_WIDTH = 60

_RUNNING: list[Step] = []
_WRITING = threading.Lock()


class Step:
    """A running step; `note` is what it is doing at the moment."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self._started = time.monotonic()
        self._done = threading.Event()
        self._terminal = sys.stdout.isatty()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def begin(self) -> None:
        """Show the step and keep showing that it is alive."""
        _RUNNING.append(self)
        if not self._terminal:
            _write(f"  .. {self.title}\n")
        self._thread.start()

    def end(self, mark: str) -> None:
        """Stop the progress display and leave one line with the duration."""
        self._done.set()
        self._thread.join()
        _RUNNING.remove(self)
        rewrite = "\r\033[K" if self._terminal else ""
        _write(f"{rewrite}  {mark} {self.title} ({self.elapsed_s:.1f} s)\n")

    def _tick(self) -> None:
        interval_s = TERMINAL_INTERVAL_S if self._terminal else LOG_INTERVAL_S
        while not self._done.wait(interval_s):
            if not self._terminal:
                _write(f"  .. {self._state(NOTE_WIDTH)}\n")
            elif self is _RUNNING[0]:
                going = list(_RUNNING)
                width = NOTE_WIDTH // len(going)
                line = " | ".join(each._state(width) for each in going)
                _write(f"\r\033[K  .. {line}")

    def _state(self, note_width: int) -> str:
        note = f" {self.note[:note_width]}" if self.note else ""
        return f"{self.title} {self.elapsed_s:.0f} s{note}"


def _write(text: str) -> None:
    with _WRITING:
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show `title` while the block runs: `ok` with seconds, or `!!` if it fails."""
    running = Step(title)
    running.begin()
    try:
        yield running
    except BaseException:
        running.end("!!")
        raise
    running.end("ok")


def run_quietly(
    command: Sequence[str | Path],
    *,
    running: Step,
    failure: str,
    **process_options: Any,
) -> list[str]:
    """Run a command, show its latest line as the step's note, return its lines.

    `process_options` go to subprocess.Popen (env, cwd, user …). Raises SetupFailure,
    `failure` plus the last telling line, when the command fails.
    """
    lines: list[str] = []
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        **process_options,
    ) as process:
        for line in process.stdout or ():
            if line.strip():
                lines.append(line.strip())
                running.note = line.strip()
    if process.returncode and any(os.strerror(errno.ENOSPC) in x for x in lines):
        raise SetupFailure(DISK_FULL)
    if process.returncode:
        raise SetupFailure(f"{failure}: {telling_line(lines)}")
    return lines


def telling_line(lines: Sequence[str]) -> str:
    """Return the last line that names an error, else the last line."""
    told = [line for line in lines if line.lower().startswith(("e:", "error"))]
    return (told or list(lines) or ["it said nothing"])[-1]
