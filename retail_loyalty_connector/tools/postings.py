"""What the ledger is asked: values without a database.

Lives here: postings, holds, captures and reversals as requests, and their documents,
whose hash decides what "the same content" is. Lives elsewhere: who works them
(``retail.loyalty.ledger``), what it answers (``tools/outcomes.py``). Made by the
engine, the HTTP routes and the crons.

Points are integers. Times are UTC without a zone, as Odoo stores them; anything below a
second is cut off, since the hash chain keeps seconds.
"""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .posting_parts import POINTS_MAX, check_points, check_uuid, filled, second

#: the other side of an entry, by its kind
OWN_ACCOUNT = {
    "accrual": "issue",
    "redemption": "redemption",
    "expiry": "expiry",
    "breakage": "breakage",
    "adjustment": "adjustment",
    "transfer": "clearing",
}
OWN_ACCOUNTS = tuple(OWN_ACCOUNT.values())
ON_SHORTFALL = ("refuse", "debt", "available")
#: channel of what a program's platform did: a word for people, which decides nothing
PLATFORM = "platform"
# Fixed for ever: an entry that is posted for another record takes its id from it.
NAMESPACE = uuids.UUID("0d3d9b0c-6c1e-5a53-9f0e-2f1b7f6f7a41")


def derived_uuid(uuid: str, purpose: str) -> str:
    """Return the id of the entry that ``purpose`` posts for the record ``uuid``."""
    return str(uuids.uuid5(NAMESPACE, f"{purpose}:{uuid}"))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from; part of its content."""

    channel: str | None = None
    store_id: int | None = None
    ref: str | None = None


NOWHERE = Source()


@dataclass(frozen=True, slots=True)
class Posting:
    """Points for a member (positive) or from one (negative).

    :param uuid: made by the caller before the first try, the same at every repetition
    :param account_id: the member's ``retail.loyalty.account``
    :param kind: ``accrual``, ``redemption``, ``breakage``, ``adjustment``; of a
        platform ``expiry`` too, which the ledger else does by itself
    :param effective_at: when it took place; by default when it is recorded
    :param expires_at: end of the new lot; never without
    :param matures_at: pending until then, not spendable
    :param transaction_id: the ``retail.transaction`` that it comes from
    :param company_id: whose liability it is; by default the program's company
    :param forced: take points that are not there: the member owes them
    :param movement_id: the ``retail.loyalty.platform.movement`` that it takes over;
        nobody but its model says so
    """

    uuid: str
    account_id: int
    kind: str
    points: int
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    matures_at: datetime | None = None
    transaction_id: int | None = None
    source: Source = NOWHERE
    reason: str | None = None
    company_id: int | None = None
    approved_by_id: int | None = None
    forced: bool = False
    movement_id: int | None = None

    def __post_init__(self) -> None:
        check_uuid(self.uuid)
        own_doing = {"transfer"} if self.is_platforms else {"expiry", "transfer"}
        if self.kind not in OWN_ACCOUNT or self.kind in own_doing:
            raise ValueError(f"nobody posts {self.kind!r}")
        if isinstance(self.points, bool) or not isinstance(self.points, int):
            raise TypeError(f"points are integers, not {self.points!r}")
        if not 0 < abs(self.points) <= POINTS_MAX:
            raise ValueError(f"no posting moves {self.points} points")
        if self.kind == "accrual" and self.points < 0:
            raise ValueError("an accrual is taken back by a reversal")
        if self.matures_at and (self.kind != "accrual" or self.points < 0):
            raise ValueError("only accruals can be pending")
        if self.kind == "adjustment" and not (self.reason or "").strip():
            raise ValueError("an adjustment needs a reason")

    @property
    def is_platforms(self) -> bool:
        """Whether the program's platform did it: nobody here decides about it."""
        return self.movement_id is not None

    @property
    def is_plain_credit(self) -> bool:
        """Whether it only adds points, so that thousands can be posted at once."""
        return self.points > 0 and self.matures_at is None

    def document(self) -> dict[str, Any]:
        """Return what the ledger reads; absent values are left out."""
        return filled(
            uuid=self.uuid,
            account_id=self.account_id,
            kind=self.kind,
            amount=self.points,
            effective_at=second(self.effective_at),
            expires_at=second(self.expires_at),
            matures_at=second(self.matures_at),
            transaction_id=self.transaction_id,
            reason=self.reason,
            company_id=self.company_id,
            approved_by_id=self.approved_by_id,
            forced=self.forced or None,
            movement_id=self.movement_id,
            **_source(self.source),
        )


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Points to reserve.

    :param uuid: made by the caller, for good
    :param ttl_s: seconds until the hold ends by itself
    """

    uuid: str
    account_id: int
    points: int
    ttl_s: int
    source: Source = NOWHERE

    def __post_init__(self) -> None:
        check_uuid(self.uuid)
        check_points(self.points)
        if self.ttl_s <= 0:
            raise ValueError("a hold needs some time")

    def document(self) -> dict[str, Any]:
        """Return what the ledger reads; absent values are left out."""
        return filled(
            uuid=self.uuid,
            account_id=self.account_id,
            points=self.points,
            ttl_s=self.ttl_s,
            **_source(self.source),
        )


@dataclass(frozen=True, slots=True)
class Capture:
    """Spending held points, all of them or fewer; the rest goes back.

    :param points: ``None`` means all
    """

    hold_uuid: str
    points: int | None = None
    effective_at: datetime | None = None
    transaction_id: int | None = None
    source: Source = NOWHERE

    def __post_init__(self) -> None:
        check_uuid(self.hold_uuid)
        if self.points is not None:
            check_points(self.points)

    def document(self) -> dict[str, Any]:
        """Return what the ledger reads; absent values are left out."""
        return filled(
            uuid=derived_uuid(self.hold_uuid, "capture"),
            points=self.points,
            effective_at=second(self.effective_at),
            transaction_id=self.transaction_id,
            **_source(self.source),
        )


@dataclass(frozen=True, slots=True)
class Reversal:
    """Taking back what an entry did, in part or all that is left of it.

    An accrual that is still pending is cancelled instead.

    :param original_uuid: the id under which it was posted
    :param points: positive; ``None`` means all that was not reversed yet
    :param on_shortfall: if the member has not got them any more: ``refuse``, ``debt``
        (they are owed) or ``available`` (take what is there)
    :param expires_at: end of points that come back without a lot to go to
    :param movement_id: the platform's movement that it takes over
    """

    uuid: str
    original_uuid: str
    points: int | None = None
    on_shortfall: str = "refuse"
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    transaction_id: int | None = None
    source: Source = NOWHERE
    reason: str | None = None
    movement_id: int | None = None

    def __post_init__(self) -> None:
        check_uuid(self.uuid)
        check_uuid(self.original_uuid)
        if self.points is not None:
            check_points(self.points)
        if self.on_shortfall not in ON_SHORTFALL:
            raise ValueError(f"unknown policy {self.on_shortfall!r}")

    def document(self) -> dict[str, Any]:
        """Return what the ledger reads; absent values are left out."""
        return filled(
            uuid=self.uuid,
            original_uuid=self.original_uuid,
            points=self.points,
            on_shortfall=self.on_shortfall,
            effective_at=second(self.effective_at),
            expires_at=second(self.expires_at),
            transaction_id=self.transaction_id,
            reason=self.reason,
            movement_id=self.movement_id,
            **_source(self.source),
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """Points from one member to another of the same wallet: a merge, a gift.

    :param forced: the giver owes what is not there
    """

    uuid: str
    from_account_id: int
    to_account_id: int
    points: int
    reason: str | None = None
    source: Source = NOWHERE
    forced: bool = False

    def __post_init__(self) -> None:
        check_uuid(self.uuid)
        check_points(self.points)

    def document(self) -> dict[str, Any]:
        """Return what the ledger reads; absent values are left out."""
        return filled(
            uuid=self.uuid,
            account_id=self.from_account_id,
            to_account_id=self.to_account_id,
            kind="transfer",
            amount=-self.points,
            reason=self.reason,
            forced=self.forced or None,
            **_source(self.source),
        )


def documents(requests: Iterable[Posting | Reversal | Transfer]) -> str:
    """Return the JSON array that one call of the ledger reads."""
    return json.dumps([one.document() for one in requests], ensure_ascii=False)


def _source(source: Source) -> dict[str, Any]:
    return {"channel": source.channel, "store_id": source.store_id, "ref": source.ref}
