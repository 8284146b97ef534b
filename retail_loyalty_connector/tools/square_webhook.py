"""Square's webhooks: whom to believe and what they say.

Lives here: the signature's scheme and the bodies of loyalty events. Lives elsewhere:
computing signatures (base's ``tools/signing.py``), an event's meaning
(``tools/square_answer.py``). Source: developer.squareup.com, "Validate webhooks" and
the events ``loyalty.*``.
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
from .square_answer import moment_of, movement_of

SCHEME = signing.SCHEMES["square"]
#: Kinds that say something about points or members; others are not subscribed to.
KINDS = {
    "loyalty.event.created": "loyalty_event",
    "loyalty.account.created": "loyalty_account",
    "loyalty.account.updated": "loyalty_account",
    "loyalty.account.deleted": "loyalty_account",
}


def verify(
    secrets: Sequence[Secret],
    *,
    headers: Mapping[str, str],
    body: bytes,
    url: str,
    now: datetime,
) -> None:
    """Accept what Square signed with one of our keys for this address.

    No time is signed: a message can be replayed, so it counts once by its event id.

    :param url: the notification URL exactly as it was registered.
    :raises AuthenticationError: anything else
    """
    signing.verify(SCHEME, secrets, headers=headers, body=body, url=url, now=now)


def parse(body: bytes) -> Notice:
    """Return what a webhook says.

    :raises MalformedBody, PayloadInvalid: not what Square sends
    :raises UnknownTopic: a kind that nobody subscribed to
    """
    return read(strict_json.loads(body, parse_float=Decimal))


def read(document: Any) -> Notice:
    """Return what a webhook's parsed body says; raises as :func:`parse`."""
    if not isinstance(document, Mapping):
        raise PayloadInvalid("", "a webhook is an object")
    kind = text(document, "type", "")
    if kind not in KINDS:
        raise UnknownTopic(f"Square's event {kind[:64]!r} is not translated")
    subject = _subject(document, KINDS[kind])
    movement = movement_of(subject) if kind == "loyalty.event.created" else None
    return Notice(
        event_id=text(document, "event_id", ""),
        kind=kind,
        member_id=movement.member_id if movement else text_or_none(subject, "id"),
        occurred_at=moment_of(document, "created_at"),
        proven=True,
        movement=movement,
        facts={"gone": "1"} if kind == "loyalty.account.deleted" else {},
    )


def _subject(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    data = document.get("data")
    holder = data.get("object") if isinstance(data, Mapping) else None
    subject = holder.get(name) if isinstance(holder, Mapping) else None
    if isinstance(subject, Mapping):
        return subject
    # A deleted account comes without its fields, only as an id.
    if name == "loyalty_account" and isinstance(data, Mapping) and data.get("deleted"):
        return {"id": text(data, "id", "/data")}
    raise PayloadInvalid(f"/data/object/{name}", "is missing")
