"""setup/test: checks, Odoo and browser tests, conformance, end to end, fuzzing.

Decides what runs and tells how it ended; how Odoo's tests run is odoo_tests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import (
    browser,
    check_command,
    database,
    odoo_source,
    odoo_tests,
    paths,
    postgres,
    prometheus,
    report,
    templates,
    test_plan,
    vulnerabilities,
)
from .database import Server
from .failures import SetupFailure, command_exit
from .pytest_counts import COUNTS_VARIABLE

NO_BROWSER = (
    "browser tests: no google-chrome or chromium on the path (on Debian and Ubuntu:"
    " apt-get install chromium)"
)
# A test that hangs ends the run and tells in which line each thread was.
PYTEST_OPTIONS = (
    "--durations=5",
    *("-o", "faulthandler_timeout=900", "-o", "faulthandler_exit_on_timeout=true"),
)
BROWSER_DECLINED = "browser tests: --no-browser was given"


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments name, everything without any; return the exit status."""
    options = _parse(arguments)
    named = [test_plan.parse(text) for text in options.targets]
    no_browser = _no_browser(declined=options.no_browser)
    advice = "" if named else vulnerabilities.why_not()
    left_out = [*no_browser, *_no_prometheus(named)]
    left_out += [f"known vulnerabilities (pip-audit): {advice}"] if advice else []
    for what in left_out:
        print(f"\n*** LEFT OUT: {what} ***\n", flush=True)
    results: list[report.Result] = []
    if not named:
        results += check_command.run_checks(all_hooks=True)
        results += [] if advice else vulnerabilities.run()
    with _test_server() as server:
        templates.remove_forgotten(server)
        runner = odoo_tests.Runner(
            server=server,
            source=odoo_source.ensure(),
            with_browser=not no_browser,
            # Everything means from nothing: upgrades are for the quick single run.
            fresh=options.fresh or not named,
        )
        for target in named or test_plan.everything():
            results.append(runner.run(target) if target.module else _pytest(target))
    return report.tell(results, left_out)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup/test", add_help=False)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    return parser.parse_args(arguments)


def _no_browser(*, declined: bool) -> list[str]:
    if declined:
        return [BROWSER_DECLINED]
    return [] if browser.find() else [NO_BROWSER]


def _no_prometheus(named: Sequence[test_plan.Target]) -> list[str]:
    """Return what is left out without a Prometheus server, where it is wanted."""
    if named and not any(one.path.startswith("tests/e2e") for one in named):
        return []
    try:
        prometheus.ensure("promtool")
    except SetupFailure as missing:
        return [f"metrics read by a real Prometheus server: {missing}"]
    return []


@contextmanager
def _test_server() -> Iterator[Server]:
    named = database.named_by_user()
    if named:
        yield named
        return
    with postgres.shared_cluster(paths.CACHE / "test-postgresql") as server:
        yield server


def _pytest(target: test_plan.Target) -> report.Result:
    """Run pytest on a path, its output as it comes."""
    started = time.monotonic()
    print(f"  .. {target.title}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "counts.json"
        status = subprocess.run(
            check_command.pytest_command("-v", target.path, *PYTEST_OPTIONS),
            cwd=paths.ROOT,
            env={**os.environ, COUNTS_VARIABLE: str(written)},
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
        counts = report.counts_of_pytest(written)
    duration_s = time.monotonic() - started
    if status and not counts.failed:
        return report.of_check(target.title, green=False, duration_s=duration_s)
    return report.Result(target.title, counts, duration_s)


if __name__ == "__main__":
    sys.exit(command_exit(main))
