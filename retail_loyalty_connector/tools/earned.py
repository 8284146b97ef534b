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
from .rounding import spread, total_of, whole


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

    Handed out by largest remainder, to sources and then to their lines, each within
    one point of its exact share.
    """
    wallets: dict[str, dict[str, list[EarnedPart]]] = {}
    for part in parts:
        wallets.setdefault(part.wallet, {}).setdefault(part.source, []).append(part)
    done: list[EarnedPart] = []
    for by_source in wallets.values():
        shares = [total_of(p.exact for p in mine) for mine in by_source.values()]
        totals = spread(whole(total_of(shares)), shares)
        for mine, total in zip(by_source.values(), totals, strict=True):
            points = spread(total, [part.exact for part in mine])
            done += [p.rounded_to(n) for p, n in zip(mine, points, strict=True)]
    return done
