"""How far an order has come: totals of several messages, whatever their order.

Lives here: merging what systems say, and what follows for an order's lines. Lives
elsewhere: the message (``schemas/order_progressed.py``), keeping it
(``retail.order.progress``). Merging takes the greater total and the earlier moment, so
that it does not matter in which order messages come, or how often (R10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from .clock import parse_rfc3339, to_rfc3339

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineCount:
    """Pieces of a line that were handed over (the last of them then) or cancelled."""

    fulfilled: Decimal = ZERO
    at: datetime | None = None
    cancelled: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an order; a moment that is None has not come.

    ``fulfilled_at``: all that is not cancelled was handed over. ``cancelled_at``: what
    was not handed over never will be.
    """

    paid_at: datetime | None = None
    fulfilled_at: datetime | None = None
    cancelled_at: datetime | None = None
    lines: Mapping[str, LineCount] = field(default_factory=dict)


def merge(known: Progress, said: Progress) -> Progress:
    """Return what is known after another message."""
    names = dict.fromkeys([*known.lines, *said.lines])
    return Progress(
        paid_at=_earlier(known.paid_at, said.paid_at),
        fulfilled_at=_earlier(known.fulfilled_at, said.fulfilled_at),
        cancelled_at=_earlier(known.cancelled_at, said.cancelled_at),
        lines={
            name: _merge_line(
                known.lines.get(name, LineCount()), said.lines.get(name, LineCount())
            )
            for name in names
        },
    )


def handed_over_at(
    progress: Progress, ordered: Mapping[str, Decimal]
) -> datetime | None:
    """Return when the customer had all that was not cancelled; None: not yet.

    :param ordered: pieces of each line that is goods
    """
    if progress.fulfilled_at:
        return progress.fulfilled_at
    moments = []
    for name, qty in ordered.items():
        count = progress.lines.get(name, LineCount())
        if count.fulfilled and count.at:
            moments.append(count.at)
        if count.fulfilled + cancelled_of(progress, name, qty) < qty:
            return None
    return max(moments, default=None)


def cancelled_of(progress: Progress, name: str, qty: Decimal) -> Decimal:
    """Return how many of a line's ``qty`` pieces will never be handed over."""
    count = progress.lines.get(name, LineCount())
    left = max(ZERO, qty - count.fulfilled)
    if progress.cancelled_at and not progress.fulfilled_at:
        return left
    return min(left, count.cancelled)


def is_all_cancelled(progress: Progress) -> bool:
    """Tell whether nothing of the order was or will be handed over."""
    return bool(
        progress.cancelled_at
        and not progress.fulfilled_at
        and not any(count.fulfilled for count in progress.lines.values())
    )


def progress_document(progress: Progress) -> dict[str, Any]:
    """Return what is known as JSON values."""
    return {
        "paid_at": _text(progress.paid_at),
        "fulfilled_at": _text(progress.fulfilled_at),
        "cancelled_at": _text(progress.cancelled_at),
        "lines": {
            name: [str(count.fulfilled), _text(count.at), str(count.cancelled)]
            for name, count in sorted(progress.lines.items())
        },
    }


def read_progress(document: Mapping[str, Any] | None) -> Progress:
    """Return what a document tells; the reverse of ``progress_document``."""
    if not document:
        return Progress()
    return Progress(
        paid_at=_moment(document["paid_at"]),
        fulfilled_at=_moment(document["fulfilled_at"]),
        cancelled_at=_moment(document["cancelled_at"]),
        lines={
            name: LineCount(Decimal(fulfilled), _moment(at), Decimal(cancelled))
            for name, (fulfilled, at, cancelled) in document["lines"].items()
        },
    )


def _merge_line(known: LineCount, said: LineCount) -> LineCount:
    if known.fulfilled == said.fulfilled:
        at = _earlier(known.at, said.at)
    else:
        at = max(known, said, key=lambda count: count.fulfilled).at
    return LineCount(
        max(known.fulfilled, said.fulfilled), at, max(known.cancelled, said.cancelled)
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at), default=None)


def _moment(text: str | None) -> datetime | None:
    return parse_rfc3339(text) if text else None


def _text(at: datetime | None) -> str | None:
    return to_rfc3339(at) if at else None
