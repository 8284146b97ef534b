"""Made-up receipts of the tills of a few stores: ``retail.pos.receipt.v1``.

Lives here: who buys what, when and how they pay. Not here: arithmetic (``documents``),
the envelope (``events``). The same seed gives the same receipts.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from .catalogue import CATALOGUE, Item
from .documents import (
    ZERO,
    Discount,
    Line,
    Money,
    price_line,
    return_line,
    totals_document,
)

OPENING = time(8, 0, tzinfo=timezone.utc)
CLOSING_HOUR = 21
REMEMBERED_SALES = 500


@dataclass(frozen=True)
class Mix:
    """Shares of the kinds of receipts; the rest are plain sales."""

    returns: float = 0.06
    exchanges: float = 0.02
    voids: float = 0.0
    no_sales: float = 0.0
    training: float = 0.0


@dataclass
class Register:
    """One till: its number, its clock and its next receipt."""

    store: str
    code: str
    sequence: int
    clock: datetime

    def tick(self, seconds: float) -> datetime:
        """Let time pass; a new business day starts when the store has closed."""
        self.clock += timedelta(seconds=seconds)
        if self.clock.hour >= CLOSING_HOUR:
            tomorrow = self.clock.date() + timedelta(days=1)
            self.clock = datetime.combine(tomorrow, OPENING)
        return self.clock


@dataclass
class SoldLine:
    """A line that somebody may bring back."""

    line: Line
    original: dict[str, Any]
    returned: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """Quantity that is still with the customer."""
        return self.line.qty - self.returned


class ReceiptGenerator:
    """Receipts of several tills, in the order in which they are printed.

    :param stores: store codes; each has ``registers`` tills.
    :param day: the first business date.
    :param cash_step: cash is rounded to multiples of it (0.05), if given.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        stores: Sequence[str] = ("S01", "S02"),
        registers: int = 2,
        catalogue: Sequence[Item] = CATALOGUE,
        money: Money | None = None,
        day: date = date(2026, 11, 20),
        mix: Mix | None = None,
        first_sequence: int = 1,
        cash_step: Decimal | None = None,
    ) -> None:
        self.rng = random.Random(f"receipts/{seed}")
        self.catalogue = list(catalogue)
        self.money = money or Money()
        self.mix = mix or Mix()
        self.cash_step = cash_step
        opening = datetime.combine(day, OPENING)
        self.registers = [
            Register(store, str(number), first_sequence, opening)
            for store in stores
            for number in range(1, registers + 1)
        ]
        self._sold: deque[SoldLine] = deque(maxlen=REMEMBERED_SALES)

    def receipts(self, count: int) -> Iterator[dict[str, Any]]:
        """Yield ``count`` documents."""
        for _n in range(count):
            yield self.receipt()

    def receipt(self, kind: str | None = None) -> dict[str, Any]:
        """Return the next document of any till, of the given ``type`` or of the mix.

        A return or exchange becomes a sale as long as nothing was sold before.
        """
        register = self.rng.choice(self.registers)
        kind = kind or self._kind()
        lines = self._lines(kind)
        if kind in ("return", "exchange") and not any(line.qty < 0 for line in lines):
            kind = "sale"
        started = register.tick(self.rng.uniform(5, 120))
        ended = register.tick(self.rng.uniform(5, 90))
        document = {
            "store": register.store,
            "register": register.code,
            "sequence": register.sequence,
            "business_date": ended.date().isoformat(),
            "type": kind,
            "currency": self.money.currency,
            "training": self.rng.random() < self.mix.training,
            "started_at": _moment(min(started, ended)),
            "ended_at": _moment(ended),
            "operator": str(self.rng.randint(1, 30)),
            "tax_included": self.money.tax_included,
            "lines": [
                {"n": n, **line.document(self.money)} for n, line in enumerate(lines, 1)
            ],
            "totals": totals_document(lines, self.money),
            **self._paid(kind, lines),
            **self._customer(),
        }
        register.sequence += 1
        if kind in ("sale", "exchange") and not document["training"]:
            self._remember(document, lines)
        return document

    # --- what is bought ---------------------------------------------------------------

    def _kind(self) -> str:
        kinds = ("return", "exchange", "void", "no_sale")
        mix = self.mix
        weights = (mix.returns, mix.exchanges, mix.voids, mix.no_sales)
        rest = max(0.0, 1 - sum(weights))
        return self.rng.choices((*kinds, "sale"), (*weights, rest))[0]

    def _lines(self, kind: str) -> list[Line]:
        if kind == "no_sale":
            return []
        returned = self._return_line() if kind in ("return", "exchange") else None
        if kind == "return" and returned:
            return [returned]
        count = self.rng.choices((1, 2, 3, 4, 6, 9), (30, 25, 18, 12, 10, 5))[0]
        count = 1 if kind == "exchange" else count
        sold = [self._sale_line() for _n in range(count)]
        return [returned, *sold] if returned else sold

    def _sale_line(self) -> Line:
        item = self.rng.choice(self.catalogue)
        if item.by_weight:
            qty = Decimal(self.rng.randint(80, 1500)).scaleb(-3)
        else:
            qty = Decimal(self.rng.choices((1, 2, 3), (85, 11, 4))[0])
        discounts: tuple[Discount, ...] = ()
        if self.rng.random() < 0.2:
            percent = self.rng.choice((10, 20, 25, 50))
            off = self.money.rounded(qty * item.price * percent / 100)
            version = self.rng.randint(1, 3)
            discounts = (Discount(f"PROMO{percent}", off, version),)
        return price_line(item, qty, self.money, discounts)

    def _return_line(self) -> Line | None:
        candidates = [sold for sold in self._sold if sold.left > 0]
        if not candidates:
            return None
        sold = self.rng.choice(candidates)
        qty = sold.left
        if not sold.line.item.by_weight and qty > 1 and self.rng.random() < 0.5:
            qty = Decimal(1)
        line = return_line(sold.line, qty, sold.returned, self.money)
        sold.returned += qty
        return replace(line, original=sold.original)

    def _remember(self, document: dict[str, Any], lines: Sequence[Line]) -> None:
        keys = ("store", "register", "sequence", "business_date")
        reference = {key: document[key] for key in keys}
        self._sold.extend(
            SoldLine(line, {**reference, "line": n})
            for n, line in enumerate(lines, start=1)
            if line.qty > 0
        )

    # --- who pays how -----------------------------------------------------------------

    def _paid(self, kind: str, lines: Sequence[Line]) -> dict[str, Any]:
        """Return tenders and cash rounding; a void was never paid."""
        grand = sum((line.total for line in lines), ZERO)
        if kind == "void" or not lines or not grand:
            return {"tenders": [], "rounding": self.money.text(ZERO)}
        if self.rng.random() < 0.65:
            auth = f"A{self.rng.randint(10000, 99999)}"
            tenders = [self._tender("card", grand, auth=auth)]
            return {"tenders": tenders, "rounding": self.money.text(ZERO)}
        due = self._cash_amount(grand)
        tenders = [self._tender("cash", due)]
        if due > 0 and self.rng.random() < 0.7:
            given = self._note_above(due)
            change = due - given
            tenders = [self._tender("cash", given)]
            tenders += [self._tender("cash", change)] if change else []
        return {"tenders": tenders, "rounding": self.money.text(due - grand)}

    def _cash_amount(self, grand: Decimal) -> Decimal:
        if self.cash_step is None:
            return grand
        steps = (grand / self.cash_step).to_integral_value(rounding="ROUND_HALF_UP")
        return steps * self.cash_step

    def _note_above(self, due: Decimal) -> Decimal:
        notes = [Decimal(note) for note in (5, 10, 20, 50, 100, 200, 500, 1000, 10**6)]
        return next(note for note in notes if note >= due)

    def _tender(self, kind: str, amount: Decimal, **facts: str) -> dict[str, str]:
        return {"type": kind, "amount": self.money.text(amount), **facts}

    def _customer(self) -> dict[str, Any]:
        if self.rng.random() > 0.35:
            return {}
        return {"customer": customer_document(self.rng.randint(0, 999))}


def customer_document(number: int) -> dict[str, Any]:
    """Return the keys of made-up customer ``number`` (0 to 999).

    The phone numbers are those that Ofcom keeps free for drama: valid, nobody's.
    """
    keys: dict[str, Any] = {"loyalty_id": f"L-{100000 + number}"}
    if number % 2:
        keys["email"] = f"customer{number}@example.com"
    if number % 3 == 0:
        keys["phone"] = f"+447700900{number:03d}"
    return keys


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
