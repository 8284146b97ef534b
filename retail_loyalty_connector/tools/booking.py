"""Under which ids the points of a sale stand in the ledger, and which to take back.

Lives here: choosing postings for points that come back. Lives elsewhere: how many come
back (``tools/returns.py``), reversing them (the ledger). After an exchange, the points
of the new goods stand in part under the first sale's id: what is returned next takes
back the newest posting first, each no further than it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .basket import ZERO
from .earned import Earned
from .earning_rules import EarningTerms
from .rounding import part_of
from .sold import ReturnState, SoldOrder


@dataclass(frozen=True, slots=True)
class Booked:
    """``points`` of a wallet that are still posted under ``uuid`` for a sale."""

    wallet: str
    uuid: str
    points: int


def take(
    booked: Sequence[Booked], wallet: str, points: int
) -> tuple[list[Booked], list[Booked]]:
    """Return what to take back, newest first, and all that stays booked.

    :raises ValueError: fewer points are booked in the wallet
    """
    taken: list[Booked] = []
    left: list[Booked] = []
    for one in reversed(booked):
        part = min(points, one.points) if one.wallet == wallet else 0
        points -= part
        if part:
            taken.append(Booked(wallet, one.uuid, part))
        if one.points > part:
            left.append(Booked(one.wallet, one.uuid, one.points - part))
    if points:
        raise ValueError(f"{points} points of {wallet} were never booked")
    return taken, left[::-1]


def booked_rows(booked: Iterable[Booked]) -> list[list[Any]]:
    """Return bookings as JSON values."""
    return [[one.wallet, one.uuid, one.points] for one in booked]


def read_booked(rows: Iterable[Sequence[Any]] | None) -> list[Booked]:
    """Return the bookings of JSON values."""
    return [Booked(*row) for row in rows or ()]


def points_left(order: SoldOrder, state: ReturnState) -> dict[str, int]:
    """Return what a sale earned for goods that have not come back, by wallet."""
    left: dict[str, int] = {}
    for line in order.lines:
        gone = state.qty.get(line.key, ZERO)
        for share in line.earned:
            points = share.points - part_of(share.points, gone, line.qty)
            left[share.wallet] = left.get(share.wallet, 0) + points
    return left


def cap_uses(terms: EarningTerms, earned: Earned) -> dict[str, int]:
    """Return what each cap with a memory (day, period) has given in this sale."""
    sources = [
        (one.key, cap) for one in (*terms.rules, *terms.multipliers) for cap in one.caps
    ]
    by_source: dict[str, int] = {}
    for part in earned.parts:
        by_source[part.source] = by_source.get(part.source, 0) + part.points
    wallets = earned.wallets
    used = {
        cap.key: by_source.get(source, 0)
        for source, cap in sources
        if cap.scope != "order"
    }
    used |= {
        cap.key: wallets.get(wallet, 0)
        for wallet, cap in terms.caps
        if cap.scope != "order"
    }
    return {key: points for key, points in used.items() if points}
