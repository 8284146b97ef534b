"""Voucherify's answers and webhooks in the platform's vocabulary.

Lives here: reading cards, transactions, errors and events. Lives elsewhere: asking
(``tools/voucherify.py``). Source: Voucherify's OpenAPI description (v1, loyalties) and
its event ``voucher.loyalty_card.points_added``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.retail_integration_base.tools import clock, strict_json
from odoo.addons.retail_integration_base.tools.errors import (
    PayloadInvalid,
    UnknownTopic,
)
from odoo.addons.retail_integration_base.tools.signing import SignatureSpec
from odoo.addons.retail_integration_base.tools.vendor_json import text, text_or_none

from .platform import Balance, Movement, Notice

#: Kind of transaction -> our kind, and the sign of its points.
_TRANSACTIONS = {
    "POINTS_ACCRUAL": ("accrual", 1),
    "PENDING_POINTS_ACTIVATION": ("accrual", 1),
    "POINTS_REDEMPTION": ("redemption", -1),
    "POINTS_REFUND": ("reversal", 1),
    "POINTS_ADDITION": ("adjustment", 1),
    "POINTS_REMOVAL": ("adjustment", -1),
    "POINTS_EXPIRATION": ("expiry", -1),
    "POINTS_TRANSFER_IN": ("other", 1),
    "POINTS_TRANSFER_OUT": ("other", -1),
}
EVENTS = frozenset({"voucher.loyalty_card.points_added"})
SCHEME = SignatureSpec(
    code="voucherify",
    encoding="hex",
    parts=("body",),
    signature_header="x-voucherify-signature",
)
#: Strings, or the white space between them.
_OUTSIDE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')


def problem_of(content: Mapping[str, Any]) -> str:
    """Return what an error says, for people."""
    words = [content.get(name) for name in ("key", "message", "details")]
    return "; ".join(str(word)[:300] for word in words if word) or "no reason given"


def balance_of(card: Mapping[str, Any]) -> Balance:
    """Return a loyalty card's points. :raises PayloadInvalid: none are told."""
    facts = card.get("loyalty_card")
    facts = facts if isinstance(facts, Mapping) else {}
    pending = facts.get("pending_points")
    return Balance(
        member_id=text(card, "code", ""),
        points=_whole(facts, "balance", "/loyalty_card"),
        pending=pending if isinstance(pending, int) else None,
    )


def holder_of(card: Mapping[str, Any]) -> str | None:
    """Return the customer whose card it is. :raises PayloadInvalid: it is no text"""
    return text_or_none(card, "holder_id")


def movement_of(entry: Mapping[str, Any], member_id: str) -> Movement:
    """Return a card's transaction; ``source_id`` is our key where we gave one.

    :raises PayloadInvalid: fields are missing; an unknown kind counts as ``other``
    """
    kind, sign = _TRANSACTIONS.get(text(entry, "type", ""), ("other", 0))
    details = entry.get("details")
    balance = details.get("balance") if isinstance(details, Mapping) else None
    points = 0
    if sign:
        facts = balance if isinstance(balance, Mapping) else {}
        points = sign * abs(_whole(facts, "points", "/details/balance"))
    key = text_or_none(entry, "source_id")
    return Movement(
        movement_id=text(entry, "id", ""),
        member_id=member_id,
        kind=kind,
        points=points,
        at=_moment(entry, "created_at"),
        key=key,
        reason=text_or_none(entry, "reason"),
        ours=key is not None,
    )


def signed_bytes(body: bytes) -> bytes:
    """Return what Voucherify signs: the JSON without white space between its parts."""
    return _OUTSIDE.sub(lambda match: match[1] or b"", body)


def notice_of(body: bytes) -> Notice:
    """Return what a webhook says.

    :raises MalformedBody, PayloadInvalid: not what Voucherify sends
    :raises UnknownTopic: an event that is not about points
    """
    return read_notice(strict_json.loads(body, parse_float=Decimal))


def read_notice(document: Any) -> Notice:
    """Return what a webhook's parsed body says; raises as :func:`notice_of`."""
    if not isinstance(document, Mapping):
        raise PayloadInvalid("", "a webhook is an object")
    kind = text(document, "type", "")
    if kind not in EVENTS:
        raise UnknownTopic(f"Voucherify's event {kind[:64]!r} is not translated")
    data = _object(document, "data", "")
    member_id = text(_object(data, "voucher", "/data"), "code", "/data/voucher")
    movement = movement_of(_object(data, "transaction", "/data"), member_id)
    return Notice(
        event_id=text_or_none(document, "id") or movement.movement_id,
        kind=kind,
        member_id=member_id,
        occurred_at=movement.at,
        proven=True,
        movement=movement,
    )


def _object(obj: Mapping[str, Any], key: str, at: str) -> Mapping[str, Any]:
    part = obj.get(key)
    if not isinstance(part, Mapping):
        raise PayloadInvalid(f"{at}/{key}", "is missing")
    return part


def _whole(obj: Mapping[str, Any], key: str, at: str) -> int:
    value = obj.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PayloadInvalid(f"{at}/{key}", "a whole number of points is required")
    return value


def _moment(obj: Mapping[str, Any], key: str) -> datetime:
    value = text(obj, key, "")
    try:
        return clock.parse_rfc3339(value)
    except ValueError as error:
        raise PayloadInvalid(f"/{key}", str(error)) from None
