"""The audit chain: what an entry's hash covers, and how a broken chain is found.

Lives here: pure hashing and verification over rows and anchors. Lives elsewhere: the
rows (``retail.audit.entry``), the head that serialises them (``retail.audit.stream``).
Called by those models and by ``setup/verify-audit``, which shares nothing else with
Odoo: whoever doubts the database does not have to trust the program in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from . import canonical

GENESIS_HASH = "0" * 64
#: the entry that says up to where, and to which hash, older ones were removed
REMOVED = "audit.entries_removed"

#: columns that the hash covers, in the order in which they are stored
CONTENT = (
    "recorded_at",
    "action",
    "res_model",
    "res_id",
    "res_name",
    "company_id",
    "user_id",
    "user_name",
    "approved_by_id",
    "approved_by_name",
    "origin",
    "remote_addr",
    "correlation_id",
    "details",
)
#: columns that make the link; a row to verify has these, then ``CONTENT``
LINK = ("stream", "sequence", "previous_hash", "entry_hash")


class Head(NamedTuple):
    """The end of a stream, and where what is kept of it begins."""

    stream: str
    last_sequence: int
    last_hash: str
    checkpoint_sequence: int = 0
    checkpoint_hash: str = GENESIS_HASH


class Anchor(NamedTuple):
    """A head as it was written outside the database."""

    database: str
    stream: str
    sequence: int
    entry_hash: str
    at: str


class Finding(NamedTuple):
    """The first thing that is wrong with a stream."""

    stream: str
    sequence: int
    reason: str


def content_text(values: dict[str, Any]) -> str:
    """Return the canonical text of an entry's ``CONTENT``; empty values are null."""
    content = {name: _plain(values.get(name)) for name in CONTENT}
    return canonical.canonical_bytes(content).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value or None


def entry_hash(previous_hash: str, stream: str, sequence: int, content: str) -> str:
    """Return the hash of one entry: 64 hex digits of SHA-256 over its link and content.

    ``retail.audit.stream`` computes the same in SQL; a test holds the two together.
    """
    text = f"{previous_hash}\n{stream}\n{sequence}\n{content}"
    return hashlib.sha256(text.encode()).hexdigest()


def verify(
    head: Head, rows: Iterable[tuple], anchors: Iterable[Anchor] = ()
) -> Finding | None:
    """Return the first break of a stream, ``None`` when the chain holds.

    :param rows: the stream's entries by sequence, columns ``LINK`` + ``CONTENT``;
        read once, so that a cursor will do
    :param anchors: heads of this stream from outside the database
    """
    expected = {anchor.sequence: anchor for anchor in anchors}
    sequence, digest = head.checkpoint_sequence, head.checkpoint_hash
    removal: dict[str, Any] = {}
    for row in rows:
        link = dict(zip(LINK, row, strict=False))
        reason = _broken_link(link, sequence + 1, digest, row[len(LINK) :])
        if reason:
            return Finding(head.stream, sequence + 1, reason)
        sequence, digest = link["sequence"], link["entry_hash"]
        removal = _removal(row) or removal
        anchor = expected.pop(sequence, None)
        if anchor and anchor.entry_hash != digest:
            return Finding(
                head.stream,
                sequence,
                f"the anchor of {anchor.at} names another hash: history was rewritten",
            )
    return _broken_start(head, removal) or _broken_end(head, sequence, digest, expected)


def _removal(row: tuple) -> dict[str, Any] | None:
    content = dict(zip(CONTENT, row[len(LINK) :], strict=True))
    return json.loads(content["details"]) if content["action"] == REMOVED else None


def _broken_start(head: Head, removal: dict[str, Any]) -> Finding | None:
    told = (removal.get("to_sequence", 0), removal.get("to_hash", GENESIS_HASH))
    if told == (head.checkpoint_sequence, head.checkpoint_hash):
        return None
    return Finding(
        head.stream,
        head.checkpoint_sequence,
        f"entries up to {head.checkpoint_sequence} are gone, but the chain tells of a"
        f" removal up to {told[0]}: the start was cut off",
    )


def _broken_link(
    link: dict[str, Any], sequence: int, digest: str, content: tuple
) -> str | None:
    if link["sequence"] != sequence:
        return f"entry {sequence} is missing; the next one is {link['sequence']}"
    if link["previous_hash"] != digest:
        return "it does not follow the entry before it: one of the two was replaced"
    text = content_text(dict(zip(CONTENT, content, strict=True)))
    if entry_hash(digest, link["stream"], sequence, text) != link["entry_hash"]:
        return "its content is not what was recorded"
    return None


def _broken_end(
    head: Head, sequence: int, digest: str, expected: dict[int, Anchor]
) -> Finding | None:
    if (sequence, digest) != (head.last_sequence, head.last_hash):
        return Finding(
            head.stream,
            sequence + 1,
            f"the head says {head.last_sequence} entries, the last one here is"
            f" {sequence}: the end was cut off or the head was moved",
        )
    for anchored in sorted(expected):
        if anchored > sequence:
            return Finding(
                head.stream,
                sequence + 1,
                f"the anchor of {expected[anchored].at} knows entry {anchored}:"
                " the end was cut off",
            )
        if anchored == head.checkpoint_sequence and (
            expected[anchored].entry_hash != head.checkpoint_hash
        ):
            return Finding(
                head.stream,
                anchored,
                "the checkpoint is not the entry that the anchor of"
                f" {expected[anchored].at} names",
            )
    return None


def anchor_line(anchor: Anchor) -> str:
    """Return an anchor as one line of JSON."""
    return json.dumps(anchor._asdict(), sort_keys=True)


def read_anchors(lines: Iterable[str], database: str) -> Iterator[Anchor]:
    """Yield the anchors of ``database`` from the lines of an anchor file.

    :raises ValueError: a line is not an anchor; a torn last line counts as one, since
        an anchor that cannot be read must not look like one that agrees
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            anchor = Anchor(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no anchor") from error
        if anchor.database == database:
            yield anchor
