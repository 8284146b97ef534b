"""The ledger's chains: what an entry's hash covers, and how a broken one is found.

Every member account has a chain of its own. Lives here: pure hashing and verification
over rows, heads and anchors. Lives elsewhere: the rows (``retail.loyalty.entry``), the
head (``retail.loyalty.account``), the same hash in SQL (``data/ledger/chain.sql``; a
test holds the two together), the form of anchors (base's ``tools/audit_chain.py``).
Called by ``retail.loyalty.ledger`` and by ``setup/verify-ledger``, which needs nothing
of Odoo: whoever doubts the database need not trust the program in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from odoo.addons.retail_integration_base.tools.audit_chain import Anchor, Finding

GENESIS_HASH = "0" * 64

#: columns of an entry that the hash covers, in the order in which they are hashed
CONTENT = (
    "account_id",
    "sequence",
    "uuid",
    "content_hash",
    "kind",
    "debit_account_id",
    "credit_account_id",
    "points",
    "amount",
    "balance_after",
    "program_id",
    "company_id",
    "hold_id",
    "reverses_id",
    "transaction_id",
    "channel",
    "store_id",
    "ref",
    "effective_at",
    "recorded_at",
    "expires_at",
    "user_id",
    "approved_by_id",
    "reason",
    "correlation_id",
    "movement_id",
)
#: columns that make the link; a row to verify has these, then ``CONTENT``
LINK = ("previous_hash", "entry_hash")
COLUMNS = LINK + CONTENT
SEQUENCE = COLUMNS.index("sequence")
AMOUNT = COLUMNS.index("amount")
BALANCE = COLUMNS.index("balance_after")


class Head(NamedTuple):
    """A member account as it stands: the end of its chain, and its balance."""

    account_id: int
    last_sequence: int
    last_hash: str
    posted: int


class Start(NamedTuple):
    """A place in a chain that is known to be sound: an anchored entry."""

    sequence: int
    entry_hash: str
    balance: int


FROM_THE_FIRST = Start(0, GENESIS_HASH, 0)
#: what the anchors of the whole ledger are called outside the database
LEDGER_STREAM = "loyalty-ledger"


def stream_name(account_id: int) -> str:
    """Return what a chain is called in anchors and findings."""
    return f"loyalty-account-{account_id}"


def content_text(content: Iterable[Any]) -> str:
    """Return the text of an entry's ``CONTENT``: a JSON array, as PostgreSQL writes it.

    :raises TypeError: a value that no column of an entry has
    """
    return json.dumps([_plain(one) for one in content], ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        text = value.isoformat()
        return text.rstrip("0") if value.microsecond else text
    return value


def entry_hash(previous_hash: str, content: str) -> str:
    """Return the hash of one entry: 64 hex digits of SHA-256 over link and content."""
    return hashlib.sha256(f"{previous_hash}\n{content}".encode()).hexdigest()


def verify(
    head: Head,
    rows: Iterable[tuple],
    anchors: Iterable[Anchor] = (),
    start: Start = FROM_THE_FIRST,
) -> Finding | None:
    """Return the first break of an account's chain, ``None`` when it holds.

    :param rows: the account's entries by sequence, columns ``COLUMNS``; read once
    :param anchors: heads of this chain that were anchored
    :param start: a place up to which the chain is known to hold; ``rows`` follow it
    """
    name = stream_name(head.account_id)
    expected = {anchor.sequence: anchor for anchor in anchors}
    sequence, digest, balance = start
    for row in rows:
        sequence += 1
        balance += row[AMOUNT]
        reason = _broken_link(row, sequence, digest, balance)
        digest = row[1]
        anchor = expected.pop(sequence, None)
        if not reason and anchor and anchor.entry_hash != digest:
            reason = (
                f"the anchor of {anchor.at} names another hash: history was rewritten"
            )
        if reason:
            return Finding(name, sequence, reason)
    reason = _broken_end(head, sequence, digest, balance, expected)
    return Finding(name, sequence + 1, reason) if reason else None


def _broken_link(row: tuple, sequence: int, digest: str, balance: int) -> str | None:
    if row[SEQUENCE] != sequence:
        return f"entry {sequence} is missing; the next one is {row[SEQUENCE]}"
    if row[0] != digest:
        return "it does not follow the entry before it: one of the two was replaced"
    if entry_hash(digest, content_text(row[len(LINK) :])) != row[1]:
        return "its content is not what was recorded"
    if row[BALANCE] != balance:
        return (
            f"it says the balance was {row[BALANCE]}, the entries sum up to {balance}"
        )
    return None


def _broken_end(
    head: Head,
    sequence: int,
    digest: str,
    balance: int,
    expected: dict[int, Anchor],
) -> str | None:
    if (sequence, digest) != (head.last_sequence, head.last_hash):
        return (
            f"the account says {head.last_sequence} entries, the last one here is"
            f" {sequence}: the end was cut off or the account was changed"
        )
    if balance != head.posted:
        return (
            f"the account says a balance of {head.posted}, the entries sum up to"
            f" {balance}"
        )
    for anchored in sorted(expected):
        return (
            f"the anchor of {expected[anchored].at} knows entry {anchored}:"
            " the end was cut off"
        )
    return None


def verify_all(
    heads: Iterable[Head], rows: Iterable[tuple], anchors: Iterable[Anchor] = ()
) -> Iterator[Finding]:
    """Yield the first break of every chain that has one.

    :param heads: member accounts by id
    :param rows: entries by account id and sequence, columns ``COLUMNS``
    :param anchors: of these chains, in any order
    """
    known: dict[str, list[Anchor]] = {}
    for anchor in anchors:
        known.setdefault(anchor.stream, []).append(anchor)
    chains = _Chains(rows)
    for head in heads:
        own = known.pop(stream_name(head.account_id), ())
        entries = chains.of(head.account_id)
        finding = verify(head, entries, own)
        # What follows a break still belongs to this account.
        deque(entries, maxlen=0)
        if finding:
            yield finding
    for stranger in chains.strangers:
        yield Finding(stream_name(stranger), 1, "its account does not exist")
    for stream, lost in sorted(known.items()):
        yield Finding(
            stream, lost[0].sequence, "the anchors know it, nothing else does"
        )


class _Chains:
    """Entries of many accounts in one pass, handed out account by account."""

    def __init__(self, rows: Iterable[tuple]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)
        self._strangers: set[int] = set()

    def of(self, account_id: int) -> Iterator[tuple]:
        """Yield the entries of an account; those skipped belong to none."""
        at = len(LINK)
        while self._next is not None and self._next[at] <= account_id:
            row, self._next = self._next, next(self._rows, None)
            if row[at] == account_id:
                yield row
            else:
                self._strangers.add(row[at])

    @property
    def strangers(self) -> list[int]:
        """Return accounts that have entries and do not exist; reads what is left."""
        rest = [] if self._next is None else [self._next, *self._rows]
        self._next = None
        return sorted(self._strangers | {row[len(LINK)] for row in rest})


def anchor_digest(previous: str, heads: Iterable[tuple[int, int, str]]) -> str:
    """Return the digest of an anchor: of the one before it and of the heads in it.

    :param heads: account id, sequence and hash, by account id
    """
    digest = hashlib.sha256(previous.encode())
    for account_id, sequence, entry_hash in heads:
        digest.update(f"\n{account_id}:{sequence}:{entry_hash}".encode())
    return digest.hexdigest()


def verify_anchors(
    anchors: Iterable[tuple[int, str, Iterable[tuple[int, int, str]]]],
    outside: Iterable[Anchor] = (),
) -> Finding | None:
    """Return the first anchor that is not what was made, ``None`` if all are.

    :param anchors: number, digest and heads of each anchor kept in the database
    :param outside: what was written outside: stream ``LEDGER_STREAM``
    """
    expected = {anchor.sequence: anchor for anchor in outside}
    number, previous = 0, GENESIS_HASH
    for found, digest, heads in anchors:
        number += 1
        reason = None
        if found != number:
            reason = f"anchor {number} is missing; the next one is {found}"
        elif anchor_digest(previous, heads) != digest:
            reason = "its heads are not those that were anchored"
        known = expected.pop(number, None)
        if not reason and known and known.entry_hash != digest:
            reason = f"the line of {known.at} outside names another digest"
        if reason:
            return Finding(LEDGER_STREAM, number, reason)
        previous = digest
    for lost in sorted(expected):
        reason = f"the line of {expected[lost].at} outside knows anchor {lost}"
        return Finding(LEDGER_STREAM, number + 1, reason)
    return None
