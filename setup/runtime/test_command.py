"""setup/test: checks, Odoo and browser tests, conformance, end to end, fuzzing.

Decides what runs and tells how it ended; how it runs is odoo_tests and pytest_runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from . import (
    browser,
    check_command,
    odoo_source,
    odoo_tests,
    prometheus,
    pytest_runs,
    report,
    templates,
    test_plan,
    vulnerabilities,
)
from .failures import SetupFailure, command_exit

NO_BROWSER = (
    "browser tests: no google-chrome or chromium on the path (on Debian and Ubuntu:"
    " apt-get install chromium)"
)
CHECKS_AT = 2
BROWSER_DECLINED = "browser tests: --no-browser was given"

Track = list[Callable[[], list[report.Result]]]


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
    with templates.test_server() as server:
        templates.remove_forgotten(server)
        runner = odoo_tests.Runner(server, odoo_source.ensure())
        # Everything means from nothing: upgrades are for the quick single run.
        if options.fresh or not named:
            templates.remove_stale(server, runner.source)
        if named:
            chosen = [one.without_browser if no_browser else one for one in named]
            results = [_run(runner, one, alone=True) for one in chosen]
        else:
            results = _everything(
                runner, with_browser=not no_browser, with_advice=not advice
            )
    return report.tell(results, left_out)


def _everything(
    runner: odoo_tests.Runner, *, with_browser: bool, with_advice: bool
) -> list[report.Result]:
    """Run all there is in tracks, side by side.

    What a hook mends while others read it makes the run red in any case.
    """
    tracks: list[Track] = [
        [partial(_run_one, runner, target) for target in track]
        for track in test_plan.everything(with_browser=with_browser)
    ]
    checks: Track = [partial(check_command.run_checks, all_hooks=True)]
    if with_advice:
        checks.append(vulnerabilities.run)
    # While the first module is installed, its second track would only wait.
    tracks.insert(CHECKS_AT, checks)
    # One more than there are cores: a track waits for partners half of its time.
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        going = [pool.submit(_run_in_order, track) for track in tracks]
        try:
            return [result for each in going for result in each.result()]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run_in_order(track: Track) -> list[report.Result]:
    return [result for run in track for result in run()]


def _run_one(
    runner: odoo_tests.Runner, target: test_plan.Target
) -> list[report.Result]:
    return [_run(runner, target, alone=False)]


def _run(
    runner: odoo_tests.Runner, target: test_plan.Target, *, alone: bool
) -> report.Result:
    return runner.run(target) if target.module else pytest_runs.run(target, alone=alone)


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


if __name__ == "__main__":
    sys.exit(command_exit(main))
