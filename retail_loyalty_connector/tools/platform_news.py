"""What happens at a platform, as the inbox keeps it and as the ledger takes it over.

Lives here: a movement as document and back, what a notice is filed under, and which
posting a movement becomes. Lives elsewhere: reading vendors' webhooks and lists
(``tools/<vendor>*.py``), posting (``retail.loyalty.platform.movement``). Called by
connectors and handlers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339

from ..schemas.platform_member import TOPIC as MEMBER_TOPIC
from ..schemas.platform_movement import TOPIC as MOVEMENT_TOPIC
from .platform import Movement, Notice
from .postings import derived_uuid

#: In a stored message: it was read from a list, in our words already.
FETCHED = "retail_fetched"
REASON_CHARS_MAX = 2000
_POSTED = {
    ("accrual", 1): "accrual",
    ("redemption", -1): "redemption",
    # Points that somebody locked there cannot be spent here.
    ("hold", -1): "redemption",
    ("expiry", -1): "expiry",
}


def document_of(movement: Movement) -> dict[str, Any]:
    """Return a movement as ``retail.loyalty.platform.movement.v1``."""
    document = {
        "movement": movement.movement_id,
        "member": movement.member_id,
        "kind": movement.kind,
        "points": movement.points,
        "at": to_rfc3339(movement.at),
        "key": movement.key,
        "hold": movement.hold_id,
        "ref": movement.ref,
        "reason": (movement.reason or "")[:REASON_CHARS_MAX] or None,
        "by_interface": movement.ours,
    }
    return {name: value for name, value in document.items() if value is not None}


def document_of_notice(notice: Notice) -> tuple[str, dict[str, Any]]:
    """Return topic and document of what a webhook says.

    What nobody vouches for is only a reason to ask.
    """
    if notice.movement and notice.proven:
        return MOVEMENT_TOPIC, document_of(notice.movement)
    what = "moved" if notice.movement or "movement_id" in notice.facts else "changed"
    if notice.facts.get("gone"):
        what = "gone"
    document = {"member": notice.member_id, "what": what}
    if notice.occurred_at:
        document["changed_at"] = to_rfc3339(notice.occurred_at)
    return MEMBER_TOPIC, document


def event_key(movement_id: str) -> str:
    """Return the id of the message about a movement, by webhook and by list alike."""
    return f"movement:{movement_id}"


def identity_of(document: Mapping[str, Any]) -> list[Any]:
    """Return what never changes about a movement, however often it is told."""
    return [document[name] for name in ("movement", "member", "kind", "points")]


def posted_kind(kind: str, points: int) -> str:
    """Return as which kind of entry a movement is posted; ``points`` are not 0.

    What the ledger has no word for (somebody's correction, a reversal without its
    original) is an adjustment.
    """
    return _POSTED.get((kind, 1 if points > 0 else -1), "adjustment")


def entry_uuid(backend_code: str, movement_id: str, *, forced: bool = False) -> str:
    """Return the id of the entry that a movement becomes, the same for ever.

    :param forced: points that are not there are taken too: another content, which
        needs another id once the first was refused.
    """
    purpose = "platform.forced" if forced else "platform.movement"
    return derived_uuid(f"{backend_code}:{movement_id}", purpose)
