"""Square Loyalty's answers in the platform's vocabulary.

Lives here: reading accounts, rewards, events and errors. Lives elsewhere: asking
(``tools/square.py``), webhooks (``tools/square_webhook.py``). Source: Square's OpenAPI
description, schemas ``LoyaltyAccount``, ``LoyaltyReward``, ``LoyaltyEvent``, ``Error``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from odoo.addons.retail_integration_base.tools import clock
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid
from odoo.addons.retail_integration_base.tools.vendor_json import (
    objects,
    text,
    text_or_none,
)

from .platform import Balance, ExpiringPoints, Hold, Member, Movement, Profile

#: Kind of event -> our kind, and the sign of its points; 0: they do not move anything.
_EVENTS = {
    "ACCUMULATE_POINTS": ("accrual", "accumulate_points", 1),
    "ACCUMULATE_PROMOTION_POINTS": ("accrual", "accumulate_promotion_points", 1),
    "CREATE_REWARD": ("hold", "create_reward", -1),
    "REDEEM_REWARD": ("redemption", "redeem_reward", 0),
    "DELETE_REWARD": ("release", "delete_reward", 1),
    "ADJUST_POINTS": ("adjustment", "adjust_points", None),
    "EXPIRE_POINTS": ("expiry", "expire_points", -1),
    "OTHER": ("other", "other_event", None),
}
_HOLD_STATES = {"ISSUED": "open", "REDEEMED": "captured", "DELETED": "voided"}
#: What ``reason`` of an adjustment begins with, so that our key can be found again.
KEY_MARK = "#"


def code_of(content: Mapping[str, Any]) -> str:
    """Return the code of an answer's first error, empty if there is none."""
    return _first_error(content).get("code") or ""


def problem_of(content: Mapping[str, Any]) -> str:
    """Return what an answer's first error says, for people."""
    error = _first_error(content)
    words = (error.get("code"), error.get("detail"), error.get("field"))
    return " ".join(str(word)[:300] for word in words if word) or "no reason given"


def member_of(account: Mapping[str, Any]) -> Member:
    """Return an account as member. :raises PayloadInvalid: no id or balance."""
    return Member(
        member_id=text(account, "id", ""),
        points=_whole(account, "balance", ""),
        customer_ref=text_or_none(account, "customer_id"),
    )


def balance_of(account: Mapping[str, Any]) -> Balance:
    """Return an account's points; raises as :func:`member_of`."""
    deadlines = objects(account, "expiring_point_deadlines", "")
    return Balance(
        member_id=text(account, "id", ""),
        points=_whole(account, "balance", ""),
        expiring=tuple(
            ExpiringPoints(
                points=_whole(one, "points", f"/expiring_point_deadlines/{i}"),
                expires_at=moment_of(one, "expires_at"),
            )
            for i, one in enumerate(deadlines)
        ),
    )


def profile_of(account: Mapping[str, Any]) -> Profile:
    """Return who an account is of. :raises PayloadInvalid: it has no id."""
    mapping = account.get("mapping")
    return Profile(
        member_id=text(account, "id", ""),
        phone=text_or_none(mapping, "phone_number")
        if isinstance(mapping, Mapping)
        else None,
    )


def hold_of(reward: Mapping[str, Any]) -> Hold:
    """Return a reward as hold: Square calls points that it locked a reward.

    :raises PayloadInvalid: fields are missing or the status is new to us
    """
    status = text(reward, "status", "")
    if status not in _HOLD_STATES:
        raise PayloadInvalid("/status", f"unknown: {status[:40]!r}")
    return Hold(
        hold_id=text(reward, "id", ""),
        member_id=text(reward, "loyalty_account_id", ""),
        points=_whole(reward, "points", ""),
        state=_HOLD_STATES[status],
    )


def tiers_of(program: Mapping[str, Any]) -> dict[int, str]:
    """Return points -> reward tier of a program. :raises PayloadInvalid: no tier."""
    tiers = objects(program, "reward_tiers", "")
    return {
        _whole(tier, "points", f"/reward_tiers/{i}"): text(
            tier, "id", f"/reward_tiers/{i}"
        )
        for i, tier in enumerate(tiers)
    }


def quoted_points(content: Mapping[str, Any]) -> int:
    """Return what a calculation says, promotions included.

    :raises PayloadInvalid: no whole number
    """
    names = ("points", "promotion_points")
    return sum(_whole(content, name, "") for name in names if name in content)


def movement_of(event: Mapping[str, Any]) -> Movement:
    """Return an event of Square's ledger.

    Its sign comes from the kind: the papers show created rewards with negative points,
    and other kinds without a sign.

    :raises PayloadInvalid: fields are missing; an unknown kind counts as ``other``
    """
    name = text(event, "type", "")
    kind, member, sign = _EVENTS.get(name, ("other", "other_event", None))
    facts = event.get(member)
    facts = facts if isinstance(facts, Mapping) else {}
    points = 0 if sign == 0 else _points(facts, member, sign)
    reason = text_or_none(facts, "reason")
    return Movement(
        movement_id=text(event, "id", ""),
        member_id=text(event, "loyalty_account_id", ""),
        kind=kind,
        points=points,
        at=moment_of(event, "created_at"),
        key=key_in(reason),
        hold_id=text_or_none(facts, "reward_id"),
        ref=text_or_none(facts, "order_id"),
        reason=reason,
        ours=event.get("source") == "LOYALTY_API",
    )


def reason_with(key: str, reason: str) -> str:
    """Return the reason of an adjustment that carries our key."""
    return f"{reason} {KEY_MARK}{key}".strip()[-3500:]


def key_in(reason: str | None) -> str | None:
    """Return our key in a reason, ``None`` if it is not one of ours."""
    _words, mark, key = (reason or "").rpartition(KEY_MARK)
    return key if mark and key and " " not in key else None


def moment_of(obj: Mapping[str, Any], key: str) -> datetime:
    """Return a required time. :raises PayloadInvalid: missing or not RFC 3339."""
    try:
        return clock.parse_rfc3339(text(obj, key, ""))
    except PayloadInvalid:
        raise
    except ValueError as error:
        raise PayloadInvalid(f"/{key}", str(error)) from None


def _first_error(content: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, Mapping) else {}


def _points(facts: Mapping[str, Any], at: str, sign: int | None) -> int:
    points = _whole(facts, "points", f"/{at}") if facts else 0
    return points if sign is None else sign * abs(points)


def _whole(obj: Mapping[str, Any], key: str, at: str) -> int:
    value = obj.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PayloadInvalid(f"{at}/{key}", "a whole number of points is required")
    return value
