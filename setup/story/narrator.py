"""How the day is told: chapters, what was sent and found, the table at the end.

Words on a stream and nothing else: no network, no knowledge of Odoo. Colours and
rewritten lines only where the stream is a terminal.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

WIDTH = 88
LABEL_WIDTH = 9
POLL_INTERVAL_S = 0.1
#: Nothing is said about waits that are shorter.
SILENT_WAIT_S = 1.5
LOG_INTERVAL_S = 5.0


@dataclass(frozen=True)
class Check:
    """Something that had to come out, and what came out."""

    title: str
    expected: object
    found: object

    @property
    def is_green(self) -> bool:
        """Whether it came out as it had to."""
        return self.expected == self.found

    @property
    def as_text(self) -> str:
        """What came out, and what should have, if that is something else."""
        if self.is_green:
            return _shown(self.found)
        return f"{_shown(self.found)}, expected {_shown(self.expected)}"


class Narrator:
    """Tells the story on a stream and remembers the checks."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._chapter = 0
        self.checks: list[Check] = []

    # --- telling ------------------------------------------------------------------

    def open(self, title: str, *lines: str) -> None:
        """Begin the story."""
        self._write("")
        self._write(self._styled(title, "1"))
        for line in lines:
            self._write(line)

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._chapter += 1
        self._write("")
        self._write(self._styled(f"{self._chapter:>2}  {title}", "1"))

    def sent(self, text: str) -> None:
        """Say what went to Odoo."""
        self._labelled("sent", text)

    def holds(self, text: str) -> None:
        """Say what Odoo holds now."""
        self._labelled("Odoo", text)

    def happened(self, text: str) -> None:
        """Say what happened elsewhere."""
        self._labelled("then", text)

    def look(self, url: str) -> None:
        """Say where to click; never wrapped, so that terminals make it a link."""
        self._write(f"    {'look':<{LABEL_WIDTH}}{self._styled(url, '36')}")

    def plain(self, text: str) -> None:
        """Print a line of a list, as it is."""
        self._write(f"    {'':<{LABEL_WIDTH}}{text}")

    # --- checking -------------------------------------------------------------------

    def check(self, title: str, expected: object, found: object) -> bool:
        """Remember what had to come out; say so at once if it did not."""
        check = Check(title, expected, found)
        self.checks.append(check)
        if not check.is_green:
            text = f"WRONG     {title}: {check.as_text}"
            self._write("    " + self._styled(text, "31"))
        return check.is_green

    def wait(
        self, what: str, wanted: int, count: Callable[[], int], timeout_s: float
    ) -> int:
        """Wait until `count` reaches `wanted`, visibly; return the last count."""
        started = told_at = time.monotonic()
        found = count()
        while found < wanted and time.monotonic() - started < timeout_s:
            time.sleep(POLL_INTERVAL_S)
            found = count()
            now = time.monotonic()
            pause_s = POLL_INTERVAL_S if self._is_terminal else LOG_INTERVAL_S
            if now - started > SILENT_WAIT_S and now - told_at > pause_s:
                told_at = now
                self._progress(f"{what}: {found} of {wanted}, {now - started:.0f} s")
        self._clear_progress()
        return found

    def close(self) -> bool:
        """Print the table of checks; return whether all are green."""
        self._write("")
        self._write(self._styled("What had to come out, and what came out", "1"))
        widest = max((len(check.title) for check in self.checks), default=0)
        for check in self.checks:
            mark = self._styled("ok", "32") if check.is_green else "!!"
            text = check.as_text
            if not check.is_green:
                text = self._styled(text, "31")
            self._write(f"    {mark} {check.title:<{widest}}  {text}")
        green = sum(check.is_green for check in self.checks)
        red = len(self.checks) - green
        self._write("")
        summary = f"Story: {green} checks green" + (f", {red} RED" if red else "")
        self._write(self._styled(summary, "31" if red or not green else "32"))
        return bool(green) and not red

    # --- writing --------------------------------------------------------------------

    def _labelled(self, label: str, text: str) -> None:
        wrapped = textwrap.wrap(
            text,
            WIDTH - 4 - LABEL_WIDTH,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in wrapped:
            self._write(f"    {label:<{LABEL_WIDTH}}{line}")
            label = ""

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._is_terminal else text

    def _progress(self, text: str) -> None:
        if self._is_terminal:
            self._out.write(f"\r\033[K    …        {text}")
            self._out.flush()
        else:
            self._write(f"    ..       {text}")

    def _clear_progress(self) -> None:
        if self._is_terminal:
            self._out.write("\r\033[K")
            self._out.flush()

    def _write(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def _shown(value: object) -> str:
    """Return a value as people say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | dict):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)
