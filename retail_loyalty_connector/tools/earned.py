"""The points of a sale, part by part, and how caps and rounding end them.

Lives here: the result of earning as values, cutting to a cap, rounding to whole
points. Lives elsewhere: the shares (``tools/earning.py``). Read by quotes, postings and
returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .basket import MemberFacts
from .earning_rules import Cap
from .reasons import Reason
from .rounding import spread, whole


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
        return sum((part.exact for part in self._of(wallet, line)), Fraction())

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
        total = sum((part.exact for part in parts), Fraction())
        left = cap.left(member)
        if total > left:
            lost, wallet = total - left, parts[0].wallet
            cuts.append(Cut(cap.key, source, wallet, lost, cap.why(member)))
            scale = Fraction(left) / total
            parts = [replace(part, exact=part.exact * scale) for part in parts]
    return parts


def rounded(parts: Sequence[EarnedPart]) -> list[EarnedPart]:
    """Return the parts with whole points: each wallet's sum rounded down once.

    Handed out by largest remainder, to sources and then to their lines, each within
    one point of its exact share.
    """
    done: list[EarnedPart] = []
    for wallet in dict.fromkeys(part.wallet for part in parts):
        inside = [part for part in parts if part.wallet == wallet]
        sources = list(dict.fromkeys(part.source for part in inside))
        by_source = [[p for p in inside if p.source == source] for source in sources]
        shares = [sum((p.exact for p in mine), Fraction()) for mine in by_source]
        totals = spread(whole(sum(shares, Fraction())), shares)
        for mine, total in zip(by_source, totals, strict=True):
            points = spread(total, [part.exact for part in mine])
            done += [replace(p, points=n) for p, n in zip(mine, points, strict=True)]
    return done
