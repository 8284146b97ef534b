"""What a program promises: earning rules, multipliers, their conditions and caps.

Lives here: the promises as values, and whether a basket and a member meet their
conditions. Lives elsewhere: the points that follow (``tools/earning.py``), the records
that marketing people edit (``retail.loyalty.rule`` and its like). Called by the mapper
that reads those records, and by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from .basket import KINDS, POINTS_TENDER, ZERO, Basket, BasketLine, MemberFacts
from .reasons import Reason, reason

BASES = ("amount", "quantity", "visit")
SCOPES = ("order", "day", "period")


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines count. Empty sets of products and categories mean any.

    Gift cards, shipping and fees count only where ``kinds`` names them; rewards only
    with ``rewards``; lines with a discount unless ``discounted`` is False.
    """

    kinds: frozenset[str] = frozenset({"item"})
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()
    discounted: bool = True
    rewards: bool = False

    def accepts(self, line: BasketLine) -> bool:
        """Tell whether the line counts."""
        if line.kind not in self.kinds or (line.is_reward and not self.rewards):
            return False
        if line.amount_discount and not self.discounted:
            return False
        if line.product in self.not_products or line.categories & self.not_categories:
            return False
        if not self.products and not self.categories:
            return True
        return line.product in self.products or bool(line.categories & self.categories)


EVERY_LINE = LineFilter(kinds=KINDS, rewards=True)


@dataclass(frozen=True, slots=True)
class Window:
    """When: days and hours on the store's clock, each bound may be missing.

    Both dates are included; ``to_time`` is not. Hours over midnight (22:00 to 02:00)
    belong to the day they began on. ``weekdays``: 0 is Monday; empty means any.
    """

    from_date: date | None = None
    to_date: date | None = None
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    to_time: time | None = None

    def holds(self, local_at: datetime) -> bool:
        """Tell whether a moment on the store's clock is inside."""
        day, at = local_at.date(), local_at.time()
        start, end = self.from_time or time.min, self.to_time
        if end is not None and end <= start:
            if at < end:
                day -= timedelta(days=1)
            elif at < start:
                return False
        elif at < start or (end is not None and at >= end):
            return False
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        return (self.from_date or day) <= day <= (self.to_date or day)

    @property
    def text(self) -> str:
        """The window for people: ``2026-11-27 – 2026-11-29, Fri Sat, 18:00 – …``."""
        days = f"{self.from_date or '…'} – {self.to_date or '…'}"
        names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        week = " ".join(names[day] for day in sorted(self.weekdays))
        hours = ""
        if self.from_time or self.to_time:
            hours = f"{_hour(self.from_time)} – {_hour(self.to_time)}"
        dated = days if self.from_date or self.to_date else ""
        return ", ".join(part for part in (dated, week, hours) if part)


def _hour(value: time | None) -> str:
    return f"{value:%H:%M}" if value else "…"


@dataclass(frozen=True, slots=True)
class Conditions:
    """Who, where and when; an empty set means no condition."""

    window: Window = Window()
    channels: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    not_segments: frozenset[str] = frozenset()
    currency: str = ""

    def refusal(self, basket: Basket, member: MemberFacts) -> Reason | None:
        """Return the first condition that is not met, or None."""
        return self._sale_refusal(basket) or self._member_refusal(member)

    def _sale_refusal(self, basket: Basket) -> Reason | None:
        if self.currency and basket.currency != self.currency:
            return reason("wrong_currency", currency=self.currency)
        if self.channels and basket.channel not in self.channels:
            return reason("wrong_channel", channel=basket.channel)
        if self.stores and basket.store not in self.stores:
            return reason("wrong_store", store=basket.store)
        if not self.window.holds(basket.local_at):
            return reason("outside_window", window=self.window.text)
        return None

    def _member_refusal(self, member: MemberFacts) -> Reason | None:
        if self.tiers and member.tier not in self.tiers:
            return reason("wrong_tier", tiers=self.tiers)
        if self.segments and not self.segments & member.segments:
            return reason("wrong_segment", segments=self.segments)
        barred = self.not_segments & member.segments
        if barred:
            return reason("excluded_segment", segment=min(barred))
        return None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``points`` per order, day or period.

    What a day or period gave already comes in as ``MemberFacts.used[key]``.
    """

    key: str
    points: int
    scope: str = "order"

    def __post_init__(self) -> None:
        if self.scope not in SCOPES or self.points < 0:
            raise ValueError(f"cap {self.key}: {self.points} per {self.scope}")

    def left(self, member: MemberFacts) -> int:
        """Return how many points it still allows, never less than none."""
        used = 0 if self.scope == "order" else member.used.get(self.key, 0)
        return max(0, self.points - used)

    def why(self, member: MemberFacts) -> Reason:
        """Return the reason for a cut."""
        if self.scope == "order":
            return reason("capped_order", limit=self.points)
        used = member.used.get(self.key, 0)
        return reason(f"capped_{self.scope}", limit=self.points, used=used)


@dataclass(frozen=True, slots=True)
class EarningRule:
    """``points`` for each ``step`` of the basis, on the lines that count.

    ``basis``: ``amount`` (step in the currency), ``quantity`` (step in pieces) or
    ``visit`` (once, whatever is bought). ``whole_steps``: only full steps count, over
    the whole sale. What ``excluded_tenders`` paid does not count (by default, what was
    paid with points). Of the rules of one ``group`` each line earns by the first that
    takes it; rules without a group add up. ``minimum`` is what must count at least.
    """

    key: str
    name: str
    points: int
    basis: str = "amount"
    step: Decimal = Decimal(1)
    whole_steps: bool = False
    with_tax: bool = True
    lines: LineFilter = LineFilter()
    excluded_tenders: frozenset[str] = frozenset({POINTS_TENDER})
    conditions: Conditions = Conditions()
    minimum: Decimal = ZERO
    group: str = ""
    wallet: str = "main"
    caps: tuple[Cap, ...] = ()

    def __post_init__(self) -> None:
        if self.basis not in BASES or self.points < 0 or self.step <= 0:
            raise ValueError(
                f"rule {self.key}: {self.points} points per {self.step} {self.basis}"
            )


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A tier's or campaign's factor on what rules give; 2 is double points.

    Never below 1: a campaign gives more; what earns nothing is a matter of filters.
    ``rules`` names the rules that it multiplies; empty means all of its wallet.
    """

    key: str
    name: str
    factor: Decimal
    rules: frozenset[str] = frozenset()
    lines: LineFilter = EVERY_LINE
    conditions: Conditions = Conditions()
    wallet: str = "main"
    caps: tuple[Cap, ...] = ()

    def __post_init__(self) -> None:
        if self.factor < 1:
            raise ValueError(f"multiplier {self.key}: {self.factor} is below 1")


@dataclass(frozen=True, slots=True)
class EarningTerms:
    """Everything a program gives points for.

    ``combination`` says how several factors on one line work together: ``multiply``
    (1.5 and 2 are 3), ``add`` (their extras add up: 2.5) or ``best`` (2). ``caps``
    holds the program's own caps per wallet.
    """

    rules: tuple[EarningRule, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    combination: str = "multiply"
    caps: tuple[tuple[str, Cap], ...] = field(default=())

    def __post_init__(self) -> None:
        if self.combination not in ("multiply", "add", "best"):
            raise ValueError(f"unknown combination of factors: {self.combination}")
        keys = [one.key for one in (*self.rules, *self.multipliers)]
        if len(set(keys)) != len(keys):
            raise ValueError("two rules or multipliers have one key")
        known = {rule.key for rule in self.rules}
        lost = {name for one in self.multipliers for name in one.rules} - known
        if lost:
            raise ValueError(f"multipliers of unknown rules: {sorted(lost)}")
