"""What ran and how it ended, counted and told at the end of setup/test and check."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .odoo_log import Counts


@dataclass(frozen=True)
class Result:
    """One thing that ran; a check without tests of its own counts as one."""

    title: str
    counts: Counts
    duration_s: float = 0.0
    note: str = ""


def of_check(title: str, *, green: bool, duration_s: float) -> Result:
    """Return the result of a check that is either green or not."""
    counts = Counts(passed=1) if green else Counts(failed=1)
    return Result(title, counts, duration_s)


def counts_of_pytest(path: Path) -> Counts:
    """Return what the plugin pytest_counts wrote; nothing if pytest broke before."""
    return Counts(**json.loads(path.read_text("utf-8"))) if path.exists() else Counts()


def tell(results: Sequence[Result], left_out: Sequence[str] = ()) -> int:
    """Print the summary and the closing line; return the exit status."""
    print("\n" + " summary ".center(72, "="))
    for result in results:
        counts = result.counts
        mark = "FAILED" if counts.failed else "passed"
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        print(
            f"{mark}  {result.title}: {counts.passed} passed,"
            f" {counts.failed} failed{skipped} ({result.duration_s:.1f} s)"
        )
        if result.note:
            print(f"        {result.note}")
    for what in left_out:
        print(f"LEFT OUT  {what}")
    total = sum((result.counts for result in results), Counts())
    # Continuous integration reads this line: it stands alone and comes last.
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or not total.ran else 0
