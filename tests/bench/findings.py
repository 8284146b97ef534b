"""What a measurement found, the bar it has to take, and how that is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Bar:
    """The range that a ratio has to be in."""

    low: float
    high: float | None = None

    def admits(self, ratio: float) -> bool:
        """Tell whether ``ratio`` takes the bar."""
        return ratio >= self.low and (self.high is None or ratio <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f">= {self.low:g}"
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Finding:
    """One ratio: the median of ``rounds``.

    :param told: what was divided by what, with figures and units.
    """

    key: str
    bar: Bar
    rounds: Sequence[float]
    told: str

    @property
    def ratio(self) -> float:
        """The median of the rounds, which one noisy round does not move."""
        return median(self.rounds)

    @property
    def taken(self) -> bool:
        """Whether the ratio takes the bar."""
        return self.bar.admits(self.ratio)


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as text, one line each."""
    lines = [f"{'':2}{'measure':26}{'ratio':>8}  {'bar':13}{'rounds':17}measured"]
    for finding in findings:
        spread = f"{min(finding.rounds):.3g} to {max(finding.rounds):.3g}"
        mark = "  " if finding.taken else "!!"
        lines.append(
            f"{mark}{finding.key:26}{finding.ratio:8.3f}  {finding.bar!s:13}"
            f"{spread:17}{finding.told}"
        )
    return "\n".join(lines)


def missed(findings: Sequence[Finding]) -> str:
    """Return which bars were missed, in a sentence; empty if none was."""
    low = [f"{f.key} ({f.ratio:.3f}, bar {f.bar})" for f in findings if not f.taken]
    return f"Bars missed: {', '.join(low)}." if low else ""
