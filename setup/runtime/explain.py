"""setup/explain: the part of the runbook that belongs to an error code.

Standard library only: it must help on a machine where nothing else works.
"""

from __future__ import annotations

import re

from . import paths
from .failures import SetupFailure

RUNBOOK = paths.ROOT / "docs" / "runbook.md"
HEADING = re.compile(r"^## (RET-\d{4})\b.*$", re.MULTILINE)


def explain(arguments: list[str]) -> int:
    """Print the runbook's part for a code, or the list of codes; return a status."""
    if not RUNBOOK.exists():
        raise SetupFailure(f"There is no runbook at {RUNBOOK}.")
    parts = _parts(RUNBOOK.read_text("utf-8"))
    if not arguments:
        print("\n".join(part.splitlines()[0].lstrip("# ") for part in parts.values()))
        return 0
    code = arguments[0].upper()
    if code not in parts:
        raise SetupFailure(
            f"The runbook knows no {code}; setup/explain without a code lists all."
        )
    print(parts[code].strip())
    return 0


def _parts(text: str) -> dict[str, str]:
    """Return code -> text, from its heading to the next heading of that level."""
    parts = {}
    for heading in HEADING.finditer(text):
        following = re.compile(r"^#{1,2} ", re.MULTILINE).search(text, heading.end())
        end = following.start() if following else len(text)
        parts[heading[1]] = text[heading.start() : end]
    return parts
