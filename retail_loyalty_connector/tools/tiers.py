"""Tiers: which one a member has reached, keeps or loses, and what is missing.

Lives here: the assessment of one member on one day. Lives elsewhere: where the values
come from (entries or transactions), who runs it (the models), what a tier brings
(multipliers in ``tools/earning_rules.py``). Only where this engine owns the tiers: with
an external platform they are mirrored, never computed here (R14).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .basket import ZERO
from .dates import add_months

WINDOWS = ("rolling", "calendar_year", "membership_year", "lifetime")
DOWNGRADES = ("one_step", "to_qualified", "never")


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier and the value (points or spend) that it asks for."""

    key: str
    name: str
    threshold: Decimal


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """A program's tiers, lowest first; the lowest asks for nothing.

    ``window``: what counts: the last ``months`` (``rolling``), the calendar year, the
    year since joining, or everything. A tier is reached at once. It holds to the end
    of the window after the one in which it was reached (``rolling``: so many months,
    and again if the member qualifies then); it never ends with ``lifetime``.
    ``grace_days`` later whoever does not qualify goes down: ``one_step``, all the way
    (``to_qualified``) or ``never``.
    """

    tiers: tuple[Tier, ...]
    window: str = "rolling"
    months: int = 12
    downgrade: str = "one_step"
    grace_days: int = 0

    def __post_init__(self) -> None:
        asked = [tier.threshold for tier in self.tiers]
        keys = {tier.key for tier in self.tiers}
        if not asked or asked[0] != 0 or sorted(set(asked)) != asked:
            raise ValueError("tiers start at zero, each asks for more than the last")
        if len(keys) != len(asked):
            raise ValueError("two tiers have one key")
        if self.window not in WINDOWS or self.downgrade not in DOWNGRADES:
            raise ValueError(f"unknown policy: {self.window}, {self.downgrade}")
        if self.months < 1 or self.grace_days < 0:
            raise ValueError(f"{self.months} months, {self.grace_days} days of grace")

    def rank(self, key: str) -> int:
        """Return the position of a tier, 0 is the lowest.

        :raises ValueError: no such tier: it was removed while members had it.
        """
        keys = [tier.key for tier in self.tiers]
        return keys.index(key)

    def qualified(self, value: Decimal) -> int:
        """Return the rank of the highest tier that a value reaches."""
        reached = [n for n, tier in enumerate(self.tiers) if value >= tier.threshold]
        return max(reached, default=0)

    def window_start(self, joined: date, today: date) -> date:
        """Return the first day that counts."""
        if self.window == "rolling":
            return add_months(today, -self.months) + timedelta(days=1)
        if self.window == "calendar_year":
            return date(today.year, 1, 1)
        if self.window == "membership_year":
            return add_months(joined, 12 * _full_years(joined, today))
        return date.min

    def valid_until(self, joined: date, today: date) -> date | None:
        """Return how long a tier holds that is reached today; None is for ever."""
        if self.window == "lifetime":
            return None
        if self.window == "rolling":
            return add_months(today, self.months)
        if self.window == "calendar_year":
            return date(today.year + 1, 12, 31)
        years = _full_years(joined, today) + 2
        return add_months(joined, 12 * years) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TierState:
    """The tier a member has. ``valid_until`` is None for the lowest, or for ever."""

    tier: str
    since: date
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Qualifying:
    """A value that counts; a return counts negative, on the day of its sale."""

    day: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class TierAssessment:
    """What is true today.

    ``change``: ``up``, ``down``, ``renewed``, ``grace`` (not qualified, still kept) or
    empty. ``missing`` is what the next tier (``next_tier``, None at the top) still
    asks for, ``keep_missing`` what the present one does until ``falls_on``, the first
    day without it.
    """

    state: TierState
    change: str
    value: Decimal
    next_tier: str | None
    missing: Decimal
    keep_missing: Decimal
    falls_on: date | None


def assess(
    policy: TierPolicy,
    state: TierState,
    activity: Iterable[Qualifying],
    joined: date,
    today: date,
) -> TierAssessment:
    """Return a member's tier today; assessing twice a day changes nothing more."""
    start = policy.window_start(joined, today)
    counted = (one.value for one in activity if start <= one.day <= today)
    value = max(ZERO, sum(counted, ZERO))
    rank, earned = policy.rank(state.tier), policy.qualified(value)
    losable = _is_losable(policy, rank)
    change = ""
    if earned > rank:
        state, change = _at(policy, earned, joined, today), "up"
    elif earned == rank and rank and state.valid_until is not None:
        until = policy.valid_until(joined, today)
        # Rolling: the end would move every day, with a write per member.
        early = policy.window != "rolling" or today > state.valid_until
        if early and until is not None and until > state.valid_until:
            state = TierState(state.tier, state.since, until)
            change = "renewed"
    elif earned < rank and losable and state.valid_until is not None:
        if today > state.valid_until + timedelta(days=policy.grace_days):
            down = earned if policy.downgrade == "to_qualified" else rank - 1
            state, change = _at(policy, down, joined, today), "down"
        elif today > state.valid_until:
            change = "grace"
    return _assessment(policy, state, change, value)


def _is_losable(policy: TierPolicy, rank: int) -> bool:
    """Tell whether a tier of this rank can be lost at all."""
    return rank > 0 and policy.downgrade != "never"


def _at(policy: TierPolicy, rank: int, joined: date, today: date) -> TierState:
    until = policy.valid_until(joined, today) if rank else None
    return TierState(policy.tiers[rank].key, today, until)


def _assessment(
    policy: TierPolicy, state: TierState, change: str, value: Decimal
) -> TierAssessment:
    rank = policy.rank(state.tier)
    above = policy.tiers[rank + 1] if rank + 1 < len(policy.tiers) else None
    falls_on = None
    if state.valid_until is not None and _is_losable(policy, rank):
        falls_on = state.valid_until + timedelta(days=policy.grace_days + 1)
    return TierAssessment(
        state,
        change,
        value,
        above.key if above else None,
        max(ZERO, above.threshold - value) if above else ZERO,
        max(ZERO, policy.tiers[rank].threshold - value),
        falls_on,
    )


def _full_years(joined: date, today: date) -> int:
    years = today.year - joined.year
    return years if add_months(joined, 12 * years) <= today else years - 1
