"""Known vulnerabilities of the pinned packages, by pip-audit (a hook of pre-commit).

Where only a mirror without advisories answers, pip-audit ends green after skipping
every package. So one release is asked about first whose faults are known
(``known_vulnerable.txt``). Called by test_command.
"""

from __future__ import annotations

import re

from . import check_command, report
from .check_command import Check

_ADVISORY = re.compile(r"\b(?:PYSEC-\d|GHSA-\w|CVE-\d)")


def _hook(name: str) -> Check:
    command = ("pre-commit", "run", name, "--hook-stage", "manual", "--all-files")
    return Check("pip-audit", command)


def why_not() -> str | None:
    """Return why no advisories can be had here, None if they can."""
    return reason_in(check_command.output_of(_hook("pip-audit-known")))


def reason_in(output: str) -> str | None:
    """Return why pip-audit said nothing of the release with known faults."""
    if _ADVISORY.search(output):
        return None
    if "could not be audited" in output:
        return "the service that is reached here knows of no advisories"
    return "no advisory service is reached"


def run() -> list[report.Result]:
    """Look every pinned package up; print what is found."""
    return check_command.run_one(_hook("pip-audit"))
