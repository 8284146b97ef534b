"""The points of a sale, part by part, and how caps and rounding end them.

Lives here: the result of earning as values, cutting to a cap, rounding to whole
points. Lives elsewhere: the shares (``tools/earning.py``). Read by quotes, postings and
returns.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .basket import MemberFacts
from .earning_rules import Cap
from .reasons import Reason
from .rounding import over_one, spread_over, total_of


@dataclass(frozen=True, slots=True)
class EarnedPart:
    """What one rule or multiplier (``source``) gives for one line.

    ``rule`` is the rule that a multiplier multiplied, else the source itself; ``exact``
    is the share before rounding, ``points`` after.
    """

    source: str
    name: str
    rule: str
    line: str
    wallet: str
    exact: Fraction
    why: Reason
    points: int = 0

    def rounded_to(self, points: int) -> EarnedPart:
        """Return the part with its whole points."""
        if points == self.points:
            return self
        return EarnedPart(
            self.source,
            self.name,
            self.rule,
            self.line,
            self.wallet,
            self.exact,
            self.why,
            points,
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule or multiplier that gives nothing here, and why."""

    source: str
    name: str
    why: Reason


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cap took from a rule, a multiplier or (source empty) the whole wallet."""

    cap: str
    source: str
    wallet: str
    exact: Fraction
    why: Reason


@dataclass(frozen=True, slots=True)
class Earned:
    """All points of a sale. ``parts`` sum to what is earned, per wallet."""

    parts: tuple[EarnedPart, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    cuts: tuple[Cut, ...] = ()

    @property
    def wallets(self) -> dict[str, int]:
        """Points by wallet."""
        sums: dict[str, int] = {}
        for part in self.parts:
            sums[part.wallet] = sums.get(part.wallet, 0) + part.points
        return sums

    def points(self, wallet: str = "main", line: str | None = None) -> int:
        """Return the points of a wallet, of one line if given."""
        return sum(part.points for part in self._of(wallet, line))

    def exact(self, wallet: str = "main", line: str | None = None) -> Fraction:
        """Return the share before rounding of a wallet, of one line if given."""
        return total_of(part.exact for part in self._of(wallet, line))

    def _of(self, wallet: str, line: str | None) -> Iterable[EarnedPart]:
        return (
            part
            for part in self.parts
            if part.wallet == wallet and line in (None, part.line)
        )


def capped(
    parts: list[EarnedPart],
    caps: Sequence[Cap],
    member: MemberFacts,
    source: str,
    cuts: list[Cut],
) -> list[EarnedPart]:
    """Return the parts within all caps, cut in proportion; add each cut to ``cuts``."""
    for cap in caps:
        total = total_of(part.exact for part in parts)
        left = cap.left(member)
        if total > left:
            lost, wallet = total - left, parts[0].wallet
            cuts.append(Cut(cap.key, source, wallet, lost, cap.why(member)))
            scale = Fraction(left) / total
            parts = [replace(part, exact=part.exact * scale) for part in parts]
    return parts


def rounded(parts: Sequence[EarnedPart]) -> list[EarnedPart]:
    """Return the parts with whole points: each wallet's sum rounded down once.

    Handed out by largest remainder: to sources, then to their lines, each part within
    one point of its exact share. A line that earlier sources rounded down comes first:
    it must not be by luck that it has few points, or many, when it comes back.
    """
    done: list[EarnedPart] = []
    for wallet in dict.fromkeys(part.wallet for part in parts):
        inside = [part for part in parts if part.wallet == wallet]
        points = _whole_points(inside)
        done += [part.rounded_to(n) for part, n in zip(inside, points, strict=True)]
    return done


def _whole_points(parts: Sequence[EarnedPart]) -> list[int]:
    """Return the points of one wallet's parts. Plain integers: this is the hot loop."""
    numerators, unit = over_one([part.exact for part in parts])
    by_source: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        by_source.setdefault(part.source, []).append(index)
    sums = [sum(numerators[i] for i in mine) for mine in by_source.values()]
    totals = spread_over(sum(sums) // unit, sums, unit)
    points = [0] * len(parts)
    owed: dict[str, int] = {}
    for mine, total in zip(by_source.values(), totals, strict=True):
        broken: dict[str, list[tuple[int, int]]] = {}
        for i in mine:
            points[i], rest = divmod(numerators[i], unit)
            line = parts[i].line
            owed[line] = owed.get(line, 0) + rest
            if rest:
                broken.setdefault(line, []).append((rest, -i))
        left = total - sum(points[i] for i in mine)
        for i in _most_owed(broken, owed, unit, left):
            points[i] += 1
    return points


def _most_owed(
    broken: dict[str, list[tuple[int, int]]],
    owed: dict[str, int],
    unit: int,
    left: int,
) -> Iterable[int]:
    """Yield which parts are rounded up: of the line owed most, the largest remainder.

    :param broken: by line, the remainder and the negative position of its parts.
    :param owed: by line, in units of a point; lowered here.
    """
    queue = [(-owed[line], n, line) for n, line in enumerate(broken)]
    heapq.heapify(queue)
    for _unit in range(left):
        _owed, n, line = heapq.heappop(queue)
        owed[line] -= unit
        best = max(broken[line])
        broken[line].remove(best)
        if broken[line]:
            heapq.heappush(queue, (-owed[line], n, line))
        yield -best[1]
