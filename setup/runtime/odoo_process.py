"""Running Odoo to its end: an installation, an upgrade, a shell script, a test run.

The log goes to a file and its latest message to the progress line. Servers that
stay up are the supervisor's business.
"""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import odoo_log
from .failures import SetupFailure
from .odoo_server import OdooServer
from .progress import Step, step

# Longer than anything Odoo does without a word in its log.
SILENCE_S_MAX = 300.0


@dataclass(frozen=True)
class Outcome:
    """How an Odoo process ended and what it logged."""

    status: int
    records: tuple[odoo_log.Record, ...]

    @property
    def complaints(self) -> list[odoo_log.Record]:
        """The records that a green run must not contain."""
        return [record for record in self.records if record.is_complaint]


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    running: Step,
    stdin: str = "",
) -> Outcome:
    """Run a command line of Odoo to its end, its output in `log` (overwritten)."""
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            list(command),
            # Makes the abort below tell in which line each thread was.
            env={**environment, "PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
        _ended_when_silent(process) as heard,
    ):
        if process.stdin:
            process.stdin.write(stdin)
            process.stdin.close()
        try:
            for line in process.stdout or ():
                heard.set()
                lines.append(line)
                file.write(line)
                running.note = odoo_log.message_of(line)
        except KeyboardInterrupt:
            # Odoo got the same Ctrl-C and ends by itself.
            process.wait()
            raise
    return Outcome(process.returncode, tuple(odoo_log.records(lines)))


@contextmanager
def _ended_when_silent(process: subprocess.Popen[str]) -> Iterator[threading.Event]:
    """Abort a process that hangs; the block sets the event whenever it hears of it."""
    heard, over = threading.Event(), threading.Event()

    def watch() -> None:
        while heard.wait(SILENCE_S_MAX):
            heard.clear()
            if over.is_set():
                return
        process.send_signal(signal.SIGABRT)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield heard
    finally:
        over.set()
        heard.set()


def run_or_fail(
    odoo: OdooServer,
    title: str,
    *arguments: str,
    stdin: str = "",
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run Odoo with `arguments` as a step; SetupFailure if it fails or logs errors.

    `variables` are added to its environment, `stdin` is what it reads.
    """
    log = odoo.folder / "prepare.log"
    with step(title) as running:
        outcome = run(
            odoo.command(*arguments),
            environment={**odoo.environment(), **(variables or {})},
            log=log,
            running=running,
            stdin=stdin,
        )
        errors = [each for each in outcome.complaints if each.level != "WARNING"]
        if outcome.status or errors:
            raise SetupFailure(f"{title} failed: {_reason(errors, log)} (log: {log}).")
    return outcome


def _reason(errors: Sequence[odoo_log.Record], log: Path) -> str:
    """Return the line that says it: of a traceback, that is the last one."""
    text = errors[-1].text if errors else log.read_text("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "Odoo said nothing"
