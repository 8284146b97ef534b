"""Running Odoo's own tests of one module on a throw-away copy of its template.

Odoo's runner decides what a test is and whether it passed; the log decides too: a
run with warnings or errors from our code is not green.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import odoo_process, paths, report, templates
from .database import Server
from .odoo_log import Counts, Record, counts
from .odoo_process import Outcome
from .odoo_source import OdooSource
from .progress import step
from .test_plan import Target

# Complaints of Odoo itself that say nothing about the code: (end of logger, text).
TOLERATED = (
    # The page was still loading something when the test was over and went away.
    (".browser", re.compile("Error received after termination")),
)

NOTE_WIDTH = 400


@dataclass(frozen=True)
class Runner:
    """How to run the Odoo tests of any module."""

    server: Server
    source: OdooSource

    def run(self, target: Target) -> report.Result:
        """Run the target's tests; print failures and unwelcome log records."""
        template = templates.prepare(self.server, self.source, [target.module])
        started = time.monotonic()
        folder = paths.RUN / "test" / re.sub(r"\W+", "-", target.title)
        shutil.rmtree(folder, ignore_errors=True)
        with (
            templates.copied(
                template, folder, with_assets=target.opens_browser
            ) as odoo,
            step(f"Testing {target.title}") as running,
        ):
            outcome = odoo_process.run(
                odoo.command(*odoo.server_arguments(*_arguments(target, folder))),
                environment=odoo.environment(),
                log=odoo.log,
                running=running,
            )
        return _judge(target, outcome, folder, time.monotonic() - started)


def _arguments(target: Target, folder: Path) -> list[str]:
    screenshots = str(folder / "screenshots")
    return [
        *("--test-tags", target.tags, "--screenshots", screenshots),
        "--stop-after-init",
    ]


def _judge(
    target: Target, outcome: Outcome, folder: Path, duration_s: float
) -> report.Result:
    found = counts(outcome.records)
    unwelcome = _unwelcome(outcome.records)
    for record in unwelcome:
        print(f"\n{record.text}")
    if not found.ran:
        note = "no test matched" if not outcome.status else "Odoo did not get to tests"
        return report.Result(target.title, Counts(failed=1), duration_s, note)
    if (unwelcome or outcome.status) and not found.failed:
        # Said again at the end: what stands above may be cut off where this is read.
        heads = [record.text.partition("\n")[0][:NOTE_WIDTH] for record in unwelcome]
        note = "\n        ".join(
            [f"the log has {len(heads)} warnings or errors: not green", *heads]
        )
        failed = found + Counts(failed=1)
        return report.Result(target.title, failed, duration_s, note)
    note = f"log and screenshots: {folder}" if found.failed else ""
    return report.Result(target.title, found, duration_s, note)


def _unwelcome(found: Sequence[Record]) -> list[Record]:
    return [
        record
        for record in found
        if record.is_complaint
        and not any(
            record.logger.endswith(logger) and pattern.search(record.text)
            for logger, pattern in TOLERATED
        )
    ]
