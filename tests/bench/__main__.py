"""``setup/bench``: measure, print the table, say which bars were missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from runtime.failures import SetupFailure, command_exit
from runtime.progress import step

from .accept import measure_accept
from .cockpit import measure_cockpit
from .drain import measure_drain, measure_drain_noop
from .findings import Finding, missed, table
from .ingest import measure_batch, measure_single
from .ledger import (
    measure_balance_growth,
    measure_batch_post,
    measure_native,
    measure_pairs,
)
from .loyalty_api import measure_balance_route
from .loyalty_reconcile import measure_loyalty_reconcile
from .memory import measure_memory
from .reconcile import measure_reconcile
from .retention import measure_retention
from .scene import Scene, Size, open_scene

MEASURES: dict[str, Callable[[Scene], Finding]] = {
    "ingest_single": measure_single,
    "ingest_batch": measure_batch,
    "accept_p99_over_idle_p50": measure_accept,
    "drain_vs_job": measure_drain,
    "drain_noop_vs_job": measure_drain_noop,
    "memory_growth": measure_memory,
    "reconcile_vs_join": measure_reconcile,
    "retention_slowdown": measure_retention,
    "cockpit_growth": measure_cockpit,
    "hold_capture_vs_sql": measure_pairs,
    "hold_capture_vs_native": measure_native,
    "batch_post_vs_insert": measure_batch_post,
    "balance_growth": measure_balance_growth,
    "balance_p95_vs_empty": measure_balance_route,
    "loyalty_reconcile_vs_join": measure_loyalty_reconcile,
}
#: Sized as docs/operations.md says for two cores: a door that is slow because both
#: workers are busy with jobs is a mistake of the sizing. All else has two workers.
SIZED = {"accept_p99_over_idle_p50": Size(workers=4, jobs=2)}


def main(arguments: Sequence[str]) -> int:
    """Run the named measurements, all without any; 1 if a bar was missed."""
    parser = argparse.ArgumentParser(prog="setup/bench", add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in MEASURES]
    if unknown:
        raise SetupFailure(
            f"Nothing to measure is called {', '.join(unknown)}: name"
            f" {', '.join(MEASURES)}."
        )
    findings = _measure(options.names or list(MEASURES))
    print("\n" + table(findings))
    problem = missed(findings)
    if problem:
        print("\n" + problem, flush=True)
    if options.json:
        ratios = {finding.key: round(finding.ratio, 3) for finding in findings}
        print(json.dumps({"ratios": ratios}), flush=True)
    return 1 if problem else 0


def _measure(names: Sequence[str]) -> list[Finding]:
    findings = []
    for size in dict.fromkeys(SIZED.get(name, Size()) for name in names):
        with open_scene(size) as scene:
            for name in names:
                if SIZED.get(name, Size()) != size:
                    continue
                with step(f"Measuring {name}"):
                    findings.append(MEASURES[name](scene))
                # Told at once: a later measurement may break.
                print(table(findings[-1:]), flush=True)
    return sorted(findings, key=lambda finding: names.index(finding.key))


if __name__ == "__main__":
    sys.exit(command_exit(main))
