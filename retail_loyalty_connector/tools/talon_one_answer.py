"""Talon.One's answers in the platform's vocabulary.

Lives here: reading balances, ledger entries, effects and errors. Lives elsewhere:
asking (``tools/talon_one.py``), notifications (``tools/talon_one_webhook.py``). Source:
Talon.One's OpenAPI description of the Integration API.

Talon.One counts points with decimals; ours are whole numbers of the program's smallest
unit. A number that does not fit is an error, never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.retail_integration_base.tools import clock
from odoo.addons.retail_integration_base.tools.errors import (
    ConfigurationError,
    PayloadInvalid,
)
from odoo.addons.retail_integration_base.tools.vendor_json import (
    amount,
    amount_or_none,
    objects,
    text,
    text_or_none,
)

from .platform import Balance, Movement

ADDED = frozenset({"addLoyaltyPoints", "rollbackDeductedLoyaltyPoints"})
DEDUCTED = frozenset({"deductLoyaltyPoints", "rollbackAddedLoyaltyPoints"})


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Which of the platform's ledgers is ours, and in which unit it counts.

    :param program_id: of the loyalty program; ``subledger`` its part, empty for main.
    :param decimals: of our smallest unit: 2 if one point is a hundred of ours.
    """

    program_id: int
    subledger: str = ""
    decimals: int = 0

    def to_number(self, points: int) -> Decimal:
        """Return points as the platform writes them."""
        return Decimal(points).scaleb(-self.decimals)

    def to_points(self, number: Decimal) -> int:
        """Return the platform's number in our unit.

        :raises ConfigurationError: it has more decimals than our unit
        """
        points = number.scaleb(self.decimals)
        if points != points.to_integral_value():
            raise ConfigurationError(
                f"{number} points have more than {self.decimals} decimals: round in "
                "Talon.One's rules, or give the program more decimals."
            )
        return int(points)


def problem_of(content: Mapping[str, Any]) -> str:
    """Return what an error says, for people."""
    errors = content.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    words = [content.get("message")]
    if isinstance(first, Mapping):
        words += [first.get("title"), first.get("details")]
    return "; ".join(str(word)[:300] for word in words if word) or "no reason given"


def balance_of(content: Mapping[str, Any], member_id: str, ledger: Ledger) -> Balance:
    """Return a profile's points; a debt makes them negative.

    :raises PayloadInvalid: the ledger is missing
    """
    found = content.get("balance")
    if ledger.subledger:
        parts = content.get("subledgerBalances")
        # A part that nothing was ever posted to is left out.
        found = (parts if isinstance(parts, Mapping) else {}).get(ledger.subledger, {})
    if not isinstance(found, Mapping):
        raise PayloadInvalid("/balance", "is missing")
    read = {
        name: ledger.to_points(amount_or_none(found, name, "/balance") or Decimal(0))
        for name in ("activePoints", "pendingPoints", "negativePoints")
    }
    tier = found.get("currentTier")
    return Balance(
        member_id=member_id,
        points=read["activePoints"] - read["negativePoints"],
        pending=read["pendingPoints"],
        tier=text_or_none(tier, "name") if isinstance(tier, Mapping) else None,
    )


def movement_of(entry: Mapping[str, Any], member_id: str, ledger: Ledger) -> Movement:
    """Return an entry of a profile's ledger.

    Which entries undo others is not told: an addition of a session counts as accrual,
    a subtraction as redemption, what belongs to no session as adjustment.

    :raises PayloadInvalid: fields are missing
    """
    sign, kind = {"addition": (1, "accrual"), "subtraction": (-1, "redemption")}.get(
        text(entry, "type", ""), (0, "other")
    )
    number = abs(amount(entry, "amount", ""))
    session_id = text_or_none(entry, "customerSessionId")
    return Movement(
        movement_id=text(entry, "transactionUUID", ""),
        member_id=member_id,
        kind=kind if session_id or not sign else "adjustment",
        points=sign * ledger.to_points(number),
        at=moment_of(entry, "created"),
        key=session_id,
        reason=text_or_none(entry, "name"),
        ours=session_id is not None,
    )


def effects_of(
    content: Mapping[str, Any], kinds: frozenset[str], ledger: Ledger
) -> list[tuple[str, int]]:
    """Return entry ids and points of the effects of some kinds on our ledger.

    :raises PayloadInvalid: the answer has no effects, or one lacks its facts
    """
    found = []
    for i, effect in enumerate(objects(content, "effects", "", required=True)):
        facts = effect.get("props")
        if effect.get("effectType") not in kinds or not isinstance(facts, Mapping):
            continue
        at = f"/effects/{i}/props"
        if facts.get("programId") != ledger.program_id:
            continue
        if (text_or_none(facts, "subLedgerId") or "") != ledger.subledger:
            continue
        points = ledger.to_points(amount(facts, "value", at))
        found.append((text(facts, "transactionUUID", at), points))
    return found


def joined(movements: Sequence[Movement]) -> Movement:
    """Return several entries of one order as one, with the first one's id."""
    ordered = sorted(movements, key=lambda one: (one.at, one.movement_id))
    return replace(ordered[0], points=sum(one.points for one in ordered))


def moment_of(obj: Mapping[str, Any], key: str) -> datetime:
    """Return a required time. :raises PayloadInvalid: missing or not RFC 3339."""
    value = text(obj, key, "")
    try:
        return clock.parse_rfc3339(value)
    except ValueError as error:
        raise PayloadInvalid(f"/{key}", str(error)) from None
