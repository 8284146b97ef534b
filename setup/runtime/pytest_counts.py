"""A pytest plugin that leaves the counts of a run where setup/test finds them.

Loaded with `-p runtime.pytest_counts`; the file is named by COUNTS_VARIABLE.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

COUNTS_VARIABLE = "RETAIL_TEST_COUNTS"
FAILED = ("failed", "error")
PASSED = ("passed", "xfailed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write {"passed": n, "failed": n, "skipped": n}."""
    stats = terminalreporter.stats
    counts = {
        "passed": sum(len(stats.get(name, ())) for name in PASSED),
        "failed": sum(len(stats.get(name, ())) for name in FAILED),
        "skipped": len(stats.get("skipped", ())),
    }
    Path(os.environ[COUNTS_VARIABLE]).write_text(json.dumps(counts), "utf-8")
