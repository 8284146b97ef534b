"""setup/check: lint, layers and pure tests; no Odoo, no PostgreSQL.

`run_checks` is also the first part of setup/test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from . import paths, python_env, report
from .failures import command_exit
from .progress import step
from .pytest_counts import COUNTS_VARIABLE


@dataclass(frozen=True)
class Check:
    """A command that must end with status 0; `counts` is where pytest counts."""

    title: str
    command: tuple[str, ...]
    counts: Path | None = None


# Holds the linters too, and the hooks for everything that is not Python.
_HOOKS = Check("pre-commit", ("pre-commit", "run", "--all-files", "--color=never"))


@dataclass(frozen=True)
class Finished:
    """A check that ran, with what it printed."""

    result: report.Result
    output: str


def run_checks(*, all_hooks: bool) -> list[report.Result]:
    """Run the checks side by side, then the hooks; print what the failed ones say."""
    # The hooks ask git for the files; what is no checkout gets the linters alone.
    with_hooks = all_hooks and (paths.ROOT / ".git").exists()
    if all_hooks and not with_hooks:
        print("\n*** LEFT OUT: pre-commit, this folder is no git checkout ***\n")
    with tempfile.TemporaryDirectory() as folder:
        finished = _run_together(_checks(Path(folder), with_lint=not with_hooks))
    if with_hooks:
        # Alone: a hook may mend files while the others read them.
        finished += _run_together([_HOOKS])
    return _told(finished)


def run_one(check: Check) -> list[report.Result]:
    """Run one check and print what it says if it fails."""
    return _told(_run_together([check]))


def output_of(check: Check) -> str:
    """Run one check and return what it says, whatever that means."""
    with step(f"Asking {check.title}"):
        return _run(check).output


def _told(finished: Sequence[Finished]) -> list[report.Result]:
    for each in finished:
        if each.result.counts.failed:
            print(f"\n--- {each.result.title}\n{each.output}")
    return [each.result for each in finished]


def _checks(folder: Path, *, with_lint: bool) -> list[Check]:
    # Without a path: pytest.ini names what needs no Odoo.
    command = tuple(pytest_command("-q"))
    checks = [Check("pure tests", command, folder / "pure.json")]
    if with_lint:
        checks.append(Check("pylint-odoo", ("pylint", *paths.retail_modules())))
        checks.append(Check("ruff check", ("ruff", "check", ".")))
        checks.append(Check("ruff format", ("ruff", "format", "--check", ".")))
    return checks


def _run_together(checks: Sequence[Check]) -> list[Finished]:
    finished = []
    with (
        step(f"Checking: {', '.join(check.title for check in checks)}") as running,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        going = {pool.submit(_run, check): check.title for check in checks}
        for done in as_completed(going):
            finished.append(done.result())
            del going[done]
            running.note = f"waiting for {', '.join(going.values())}"
    return finished


def _run(check: Check) -> Finished:
    started = time.monotonic()
    tools = str(python_env.folder() / "bin")
    process = subprocess.run(
        [shutil.which(check.command[0], path=tools) or tools, *check.command[1:]],
        cwd=paths.ROOT,
        env={
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(paths.CACHE / "pre-commit"),
            COUNTS_VARIABLE: str(check.counts or ""),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    duration_s = time.monotonic() - started
    green = process.returncode == 0
    result = report.of_check(check.title, green=green, duration_s=duration_s)
    counts = report.counts_of_pytest(check.counts) if check.counts else result.counts
    if counts.ran and (green or counts.failed):
        result = report.Result(check.title, counts, duration_s)
    return Finished(result, process.stdout)


def pytest_command(*arguments: str) -> list[str]:
    """Return the command line of pytest with our counting plugin."""
    plugin = ("-p", "runtime.pytest_counts")
    return [str(python_env.python()), "-m", "pytest", *plugin, *arguments]


def main(arguments: Sequence[str]) -> int:
    """Run the checks and return the exit status."""
    parser = argparse.ArgumentParser(prog="setup/check", add_help=False)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args(arguments)
    return report.tell(run_checks(all_hooks=options.all))


if __name__ == "__main__":
    sys.exit(command_exit(main))
