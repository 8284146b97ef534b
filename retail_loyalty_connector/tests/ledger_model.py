"""What the ledger should say, in a few lines of Python that share nothing with it."""

from dataclasses import dataclass, field


@dataclass
class Reservation:
    """A hold as its owner remembers it."""

    points: int
    ends: int
    state: str = "open"
    captured: int = 0


@dataclass
class Lot:
    """Points with one end; ``None`` never."""

    points: int
    end: int | None


@dataclass
class Moved:
    """An entry as its owner remembers it; ``taken`` names the lots it took from."""

    amount: int
    reversed: int = 0
    end: int | None = None
    lot: Lot | None = None
    taken: list[list] = field(default_factory=list)
    matures: int | None = None
    cancelled: int = 0
    is_reversal: bool = False


@dataclass
class LedgerModel:
    """One account, its clock in minutes; no debts unless forced."""

    grace: int
    now: int = 0
    posted: int = 0
    lots: list[Lot] = field(default_factory=list)
    holds: dict[str, Reservation] = field(default_factory=dict)
    moved: dict[str, Moved] = field(default_factory=dict)
    came: list[tuple[Lot, Lot]] = field(default_factory=list)

    @property
    def held(self) -> int:
        """Points of open holds."""
        return sum(h.points for h in self.holds.values() if h.state == "open")

    @property
    def pending(self) -> int:
        """Points that have not matured."""
        return sum(
            m.amount - m.cancelled for m in self.moved.values() if m.matures is not None
        )

    @property
    def available(self) -> int:
        """What can be spent, with nothing left that is past its end."""
        return self.posted - self.held - self._expirable()

    def next_end(self) -> int:
        """Return the next minute at which something ends or matures, or now."""
        ends = [
            *(hold.ends for hold in self.holds.values() if hold.state == "open"),
            *(lot.end for lot in self.lots if lot.points and lot.end is not None),
            *(one.matures for one in self.moved.values() if one.matures is not None),
        ]
        return min((end for end in ends if end > self.now), default=self.now)

    def left(self, uuid: str) -> int:
        """Return what can still be reversed of a movement; 0 of an unknown one."""
        moved = self.moved.get(uuid)
        return abs(moved.amount) - moved.cancelled - moved.reversed if moved else 0

    def ends(self) -> dict[int | None, int]:
        """Return how many points end when."""
        ends: dict[int | None, int] = {}
        for lot in self.lots:
            if lot.points:
                ends[lot.end] = ends.get(lot.end, 0) + lot.points
        return ends

    # --- requests ---------------------------------------------------------------------

    def give(self, uuid: str, points: int, end: int | None, matures: int | None) -> str:
        """Earn points, now or later."""
        moved = self.moved[uuid] = Moved(points, end=end, matures=matures)
        if matures is not None:
            return "pending"
        self._credit(moved)
        return "posted"

    def take(self, uuid: str, points: int) -> str:
        """Spend without a hold."""
        self.expire()
        if points > self.posted - self.held:
            return "refused"
        self.moved[uuid] = self._debit(points)
        return "posted"

    def reserve(self, uuid: str, points: int, minutes: int) -> str:
        """Hold points."""
        self.expire()
        hold = self.holds[uuid] = Reservation(points, self.now + minutes, "refused")
        if points <= self.posted - self.held:
            hold.state = "open"
        return hold.state

    def capture(self, uuid: str, points: int, entry: str) -> bool:
        """Spend of a hold; say whether it was done now."""
        hold = self.holds[uuid]
        self._end(hold)
        if hold.state != "open" or points > hold.points:
            return False
        hold.state, hold.captured = "captured", points
        self.moved[entry] = self._debit(points)
        return True

    def void(self, uuid: str) -> str:
        """Let go of a hold."""
        hold = self.holds[uuid]
        self._end(hold)
        if hold.state == "open":
            hold.state = "voided"
        return hold.state

    def reverse(self, uuid: str, new: str, points: int, policy: str) -> str:
        """Take a movement back, as far as it goes."""
        moved = self.moved.get(uuid)
        if moved is None:
            return "unknown"
        if moved.matures is not None:
            if points > moved.amount - moved.cancelled:
                return "refused"
            moved.cancelled += points
            return "cancelled"
        if moved.is_reversal:
            return "refused"
        if points > abs(moved.amount) - moved.cancelled - moved.reversed:
            return "refused"
        if moved.amount < 0:
            self._restore(moved, points)
            self.moved[new] = Moved(points, is_reversal=True)
            self.expire()
            return "posted"
        free = self.posted - self.held
        if points > free and policy == "available":
            points = free
        if points <= 0 or (points > free and policy == "refuse"):
            return "refused"
        self.moved[new] = self._debit(points, moved.lot)
        self.moved[new].is_reversal = True
        moved.reversed += points
        return "posted"

    # --- one person -------------------------------------------------------------------

    def absorb(self, other: "LedgerModel") -> None:
        """Take over another account, which only ever earned."""
        points, other.posted = other.posted, 0
        self.posted += points
        owed = points - max(0, min(points, self.posted))
        for old in other._fifo():
            part = min(old.points, owed)
            owed -= part
            new = Lot(old.points - part, old.end)
            old.points = 0
            self.lots.append(new)
            self.came.append((new, old))

    def part(self, other: "LedgerModel") -> None:
        """Give back what came over and is neither spent nor held."""
        self.expire()
        came = sum(new.points for new, _old in self.came)
        left = min(came, max(0, self.posted - self.held))
        self.posted -= left
        other.posted += left
        # As they came: the first end first. What is held stands on those.
        for new, old in reversed(self.came):
            part = min(left, new.points)
            new.points -= part
            old.points += part
            left -= part
        self.came = []

    # --- time -------------------------------------------------------------------------

    def expire(self) -> None:
        """Drop what is past its end and not held."""
        gone = self._expirable()
        keep = self.held
        for lot in [one for one in self._fifo() if self._due(one)]:
            kept = min(keep, lot.points)
            keep -= kept
            lot.points = kept
        self.posted -= gone

    def end_holds(self) -> None:
        """Let holds go whose time is over."""
        for hold in self.holds.values():
            self._end(hold)

    def mature(self) -> None:
        """Post what has matured."""
        for moved in self.moved.values():
            if moved.matures is None or moved.matures > self.now:
                continue
            if moved.cancelled < moved.amount:
                moved.matures = None
                self._credit(moved, moved.amount - moved.cancelled)

    # --- lots -------------------------------------------------------------------------

    def _credit(self, moved: Moved, points: int | None = None) -> None:
        points = moved.amount if points is None else points
        self.posted += points
        moved.lot = Lot(max(0, min(points, self.posted)), moved.end)
        if owed := points - moved.lot.points:
            moved.taken.append([moved.lot, owed])
        self.lots.append(moved.lot)

    def _debit(self, points: int, first: Lot | None = None) -> Moved:
        moved = Moved(-points)
        left = min(points, max(0, self.posted))
        self.posted -= points
        order = self._fifo()
        if first is not None:
            order.sort(key=lambda lot: lot is not first)
        for lot in order:
            part = min(left, lot.points)
            if part:
                lot.points -= part
                left -= part
                moved.taken.append([lot, part])
        return moved

    def _restore(self, moved: Moved, points: int) -> None:
        moved.reversed += points
        self.posted += points
        give = max(0, min(points, self.posted))
        owed = points - give
        order = {id(lot): place for place, lot in enumerate(self._fifo(every=True))}
        left = points
        for use in sorted(moved.taken, key=lambda use: -order[id(use[0])]):
            part = min(left, use[1])
            use[1] -= part
            left -= part
            back = part - min(part, owed)
            owed -= part - back
            if back and self._due(use[0]):
                self.lots.append(Lot(back, self.now + self.grace))
            else:
                use[0].points += back
        if left:
            self.lots.append(Lot(left - owed, None))

    def _fifo(self, *, every: bool = False) -> list[Lot]:
        lots = self.lots if every else [lot for lot in self.lots if lot.points]
        never = float("inf")
        return sorted(lots, key=lambda lot: never if lot.end is None else lot.end)

    def _due(self, lot: Lot) -> bool:
        return lot.end is not None and lot.end <= self.now

    def _expirable(self) -> int:
        due = sum(lot.points for lot in self.lots if self._due(lot))
        return max(0, due - self.held)

    def _end(self, hold: Reservation) -> None:
        if hold.state == "open" and hold.ends <= self.now:
            hold.state = "expired"
