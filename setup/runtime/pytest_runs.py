"""Running pytest on what needs the running system, a service or a browser.

Called by test_command. Alone, its output comes as it is written; beside others it
goes to a file and is shown at the end if something failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from . import check_command, paths, report
from .progress import step
from .pytest_counts import COUNTS_VARIABLE
from .test_plan import Target

# A test that hangs ends the run and tells in which line each thread was.
OPTIONS = (
    *("-v", "--durations=5"),
    *("-o", "faulthandler_timeout=900", "-o", "faulthandler_exit_on_timeout=true"),
)


def run(target: Target, *, alone: bool) -> report.Result:
    """Run pytest on the target's path and count."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "counts.json"
        command = check_command.pytest_command(target.path, *OPTIONS)
        environment = {**os.environ, COUNTS_VARIABLE: str(written)}
        talk = _live if alone else _logged
        status = talk(target, command, environment)
        counts = report.counts_of_pytest(written)
    duration_s = time.monotonic() - started
    if status and not counts.failed:
        return report.of_check(target.title, green=False, duration_s=duration_s)
    return report.Result(target.title, counts, duration_s)


def _live(target: Target, command: list[str], environment: dict[str, str]) -> int:
    print(f"  .. {target.title}", flush=True)
    return subprocess.run(
        command,
        cwd=paths.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def _logged(target: Target, command: list[str], environment: dict[str, str]) -> int:
    name = re.sub(r"\W+", "-", target.title)
    log = paths.RUN / "test" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        step(f"Testing {target.title}") as running,
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=paths.ROOT,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            file.write(line)
            running.note = line.strip() or running.note
    if process.returncode:
        print(f"\n--- {target.title}\n{log.read_text('utf-8')}", flush=True)
    return process.returncode
