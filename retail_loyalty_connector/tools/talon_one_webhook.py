"""Talon.One's notifications: who may bring them and what they hint at.

Lives here: the header that proves the sender and the bodies about points. Lives
elsewhere: what really happened, which only the ledger says (``tools/talon_one.py``).
Source: the notifications ``LoyaltyPointsAdded`` and ``LoyaltyPointsDeducted``.

Talon.One signs nothing. A header with a secret, which a notification can be given, says
who speaks; nothing vouches for what is said. So a notice is a reason to read the
member's ledger, and its points are never believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.retail_integration_base.tools import signing, strict_json
from odoo.addons.retail_integration_base.tools.errors import (
    PayloadInvalid,
    UnknownTopic,
)
from odoo.addons.retail_integration_base.tools.signing import Secret
from odoo.addons.retail_integration_base.tools.vendor_json import text, text_or_none

from .platform import Notice

SCHEME = signing.SCHEMES["static-header"]
EVENT_HEADER = "x-uuid"
KINDS = frozenset({"LoyaltyPointsAdded", "LoyaltyPointsDeducted"})


def verify(
    secrets: Sequence[Secret],
    *,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    now: datetime,
) -> None:
    """Accept whoever brings our secret in ``X-Retail-Token``.

    :raises AuthenticationError: anybody else
    """
    signing.verify(SCHEME, secrets, headers=headers, body=body, url=url, now=now)


def parse(headers: Mapping[str, str], body: bytes) -> Notice:
    """Return what a notification hints at; duplicates have the same ``X-UUID``.

    :raises MalformedBody, PayloadInvalid: not what Talon.One sends
    :raises UnknownTopic: a notification that is not about points
    """
    return read(headers, strict_json.loads(body, parse_float=Decimal))


def read(headers: Mapping[str, str], document: Any) -> Notice:
    """Return what a notification's parsed body hints at; raises as :func:`parse`."""
    if not isinstance(document, Mapping):
        raise PayloadInvalid("", "a notification is an object")
    kind = text(document, "NotificationType", "")
    if kind not in KINDS:
        raise UnknownTopic(f"Talon.One's {kind[:64]!r} is not translated")
    return Notice(
        event_id=_event_id(headers, document),
        kind=kind,
        member_id=text(document, "ProfileIntegrationID", ""),
        occurred_at=None,
        proven=False,
        facts={
            "movement_id": text(document, "TransactionUUID", ""),
            "session_id": text_or_none(document, "SessionIntegrationID") or "",
        },
    )


def _event_id(headers: Mapping[str, str], document: Mapping[str, Any]) -> str:
    """Return the delivery's id; an entry is told once, so its own id names it too."""
    by_name = {name.lower(): value for name, value in headers.items()}
    return by_name.get(EVENT_HEADER) or text(document, "TransactionUUID", "")
