"""``setup/chaos``: play the rows, print the table, say which one failed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence

from runtime.failures import SetupFailure, command_exit

from . import (
    rows_backlog,
    rows_clock,
    rows_http,
    rows_jobs,
    rows_partner,
    rows_points,
    rows_postgres,
    rows_process,
    rows_recovery,
)
from .matrix import ROWS, Result, Row, run
from .stage import open_stage

FILES = (
    rows_http,
    rows_process,
    rows_jobs,
    rows_points,
    rows_postgres,
    rows_partner,
    rows_clock,
    rows_backlog,
    rows_recovery,
)
SEED = 19


def main(arguments: Sequence[str]) -> int:
    """Play the named rows, all without any; 1 if one failed."""
    options = _parse(arguments)
    rows = [ROWS[number] for number in sorted(ROWS)]
    if options.list:
        for row in rows:
            print(f"{row.number:>3}  {row.fault}: {row.expected}")
        return 0
    unknown = [number for number in options.rows if number not in ROWS]
    if unknown:
        raise SetupFailure(f"There is no row {unknown}: setup/chaos --list.")
    chosen = [row for row in rows if not options.rows or row.number in options.rows]
    rows_clock.enter_own_mounts()
    results = _play(chosen, options.seed)
    _tell(results, options.seed)
    if options.json:
        print(json.dumps(_summary(results)), flush=True)
    return 1 if any(result.state == "FAILED" for result in results) else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="setup/chaos", add_help=False)
    parser.add_argument("rows", nargs="*", type=int)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args(arguments)


def _play(rows: Sequence[Row], seed: int) -> list[Result]:
    with open_stage(seed) as stage:
        return run(stage, rows, lambda text: print(text, flush=True))


def _tell(results: Sequence[Result], seed: int) -> None:
    print(f"\nSeed {seed}, {time.strftime('%Y-%m-%d')}\n")
    print("| row | fault | expected | seen | recovered in |")
    print("|---|---|---|---|---|")
    for one in results:
        seen = one.text.splitlines()[0] if one.text else ""
        recovery = f"{one.recovery_s:.1f} s" if one.state == "green" else one.state
        print(
            f"| {one.row.number} | {one.row.fault} | {one.row.expected} | {seen}"
            f" | {recovery} |"
        )
    for one in results:
        if one.state == "left out":
            print(f"\n*** LEFT OUT: row {one.row.number}: {one.text} ***")
    print(flush=True)


def _summary(results: Sequence[Result]) -> dict[str, object]:
    return {
        "rows": len(results),
        "green": sum(result.state == "green" for result in results),
        "failed": [r.row.number for r in results if r.state == "FAILED"],
        "left_out": [r.row.number for r in results if r.state == "left out"],
    }


if __name__ == "__main__":
    sys.exit(command_exit(main))
