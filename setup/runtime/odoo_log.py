"""Reading Odoo's log: records, test results, and what should not be in it.

Pure functions over lines. Called by whatever runs Odoo to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

HEAD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+"
    r" (?P<logger>[\w.\-]+): (?P<message>.*)$"
)
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests? when loading")
STARTING = re.compile(r"Starting (\S+)\.\.\.")
COMPLAINTS = frozenset({"WARNING", "ERROR", "CRITICAL"})


@dataclass(frozen=True)
class Record:
    """One log record; `text` is all of it, with its traceback."""

    level: str
    logger: str
    text: str

    @property
    def is_complaint(self) -> bool:
        """Tell whether a green run must not contain it."""
        return self.level in COMPLAINTS


@dataclass(frozen=True)
class Counts:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    @property
    def ran(self) -> int:
        """How many tests ran at all."""
        return self.passed + self.failed


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Join the lines of a log to records; lines before the first one are dropped."""
    head: re.Match[str] | None = None
    text: list[str] = []
    for line in lines:
        match = HEAD.match(line)
        if match and head:
            yield Record(head["level"], head["logger"], "\n".join(text))
        if match:
            head, text = match, []
        text.append(line.rstrip())
    if head:
        yield Record(head["level"], head["logger"], "\n".join(text))


def counts(found: Iterable[Record]) -> Counts:
    """Sum up the test results that the log reports."""
    total = Counts()
    for record in found:
        result = RESULT.search(record.text)
        if result:
            failed = int(result[1]) + int(result[2])
            total += Counts(passed=int(result[3]) - failed, failed=failed)
        elif ": skipped " in record.text and ".tests." in record.logger:
            total += Counts(passed=-1, skipped=1)
    return total


def message_of(line: str) -> str:
    """Return the message of a log line, or the line itself, for a progress note."""
    match = HEAD.match(line)
    return match["message"] if match else line.strip()
