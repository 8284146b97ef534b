"""What Talon.One knows of profiles, sessions and points, and how rules change it.

Lives here: one application with one loyalty program and three rules. Not here: HTTP,
keys and error bodies (``talon_one``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

PROGRAM_ID = 5
EARN = "retail_earn_points"
SPEND = "retail_spend_points"
#: Points for one unit of money.
RATE = Decimal("0.25")
#: state -> states that a request may bring a session to
TRANSITIONS = {
    None: {"open", "closed"},
    "open": {"open", "closed", "cancelled"},
    "closed": {"cancelled"},
    "partially_returned": {"cancelled"},
    "cancelled": set(),
}


class Unknown(Exception):
    """No such thing here."""


class Wrong(Exception):
    """The request asks for what cannot be."""


@dataclass
class Entry:
    """One line of a profile's ledger; ``amount`` is signed here."""

    number: int
    member_id: str
    amount: Decimal
    name: str
    created: str
    session_id: str | None = None
    position: int | None = None
    #: how much of it was rolled back
    undone: Decimal = Decimal(0)
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def listed(self) -> dict[str, Any]:
        """Return the entry as the list of transactions shows it."""
        shown = {
            "transactionUUID": self.uuid,
            "created": self.created,
            "programId": PROGRAM_ID,
            "type": "addition" if self.amount > 0 else "subtraction",
            "name": self.name,
            "startDate": "immediate",
            "expiryDate": "unlimited",
            "subledgerId": "",
            "amount": float(abs(self.amount)),
            "id": self.number,
        }
        return shown | (
            {"customerSessionId": self.session_id} if self.session_id else {}
        )


@dataclass
class Session:
    """One cart and how far it came."""

    number: int
    session_id: str
    created: str
    profile_id: str = ""
    state: str | None = None
    cart: list[dict[str, Any]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)


class Application:
    """Profiles, sessions and the ledger of one deployment.

    :param now: its clock.
    :param announce: told about each entry.
    """

    def __init__(
        self, now: Callable[[], datetime], announce: Callable[[Entry], None]
    ) -> None:
        self._now = now
        self._announce = announce
        self.profiles: dict[str, str] = {}
        #: profile -> what it says of the person; profile -> name of the tier
        self.attributes: dict[str, dict[str, Any]] = {}
        self.tiers: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}
        self.entries: list[Entry] = []

    def balance(self, member_id: str) -> Decimal:
        """Return a profile's points, negative for a debt."""
        return sum((e.amount for e in self._of(member_id)), Decimal(0))

    def ledger(self, member_id: str) -> list[Entry]:
        """Return a profile's entries, newest first."""
        if member_id not in self.profiles:
            raise Unknown(f"no profile {member_id}")
        return list(reversed(list(self._of(member_id))))

    def add_profile(self, member_id: str) -> None:
        """Make a profile, unless it is there."""
        self.profiles.setdefault(member_id, self.moment())

    def forget(self, member_id: str) -> None:
        """Delete what a profile says of the person; the profile stays."""
        if member_id not in self.profiles:
            raise Unknown(f"no profile {member_id}")
        self.attributes.pop(member_id, None)

    def add_by_hand(self, member_id: str, amount: Decimal, name: str) -> Entry:
        """Move points as somebody in the Campaign Manager does."""
        return self._move(member_id, amount, name)

    # --- sessions ---------------------------------------------------------------------

    def update(
        self, session_id: str, given: Mapping[str, Any], *, dry: bool = False
    ) -> tuple[Session, list[dict[str, Any]]]:
        """Bring a session to a state; return it and the effects of the rules."""
        known = self.sessions.get(session_id)
        state = given.get("state", "open")
        allowed = TRANSITIONS[known.state if known and not dry else None]
        if state not in allowed:
            before = known.state if known else "new"
            raise Wrong(f"a session cannot go from {before} to {state}")
        session = known
        if session is None or dry:
            number = len(self.sessions) + 1
            session = Session(number, session_id, self.moment())
        session.profile_id = given.get("profileId") or session.profile_id
        session.cart = list(given.get("cartItems", session.cart))
        session.attributes |= given.get("attributes") or {}
        if not dry:
            session.state = state
            self.sessions[session_id] = session
            self.add_profile(session.profile_id)
        if state == "cancelled":
            return session, list(self._rolled_back(session))
        if state == "closed":
            return session, list(self._ruled(session, dry))
        return session, []

    def give_back(
        self, session_id: str, items: list[Mapping[str, Any]]
    ) -> tuple[Session, list[dict[str, Any]]]:
        """Return items of a closed session, with the points that they earned."""
        session = self.sessions.get(session_id)
        if session is None or session.state not in ("closed", "partially_returned"):
            raise Wrong("only items of closed sessions can be returned")
        for item in items:
            line = session.cart[item["position"]]
            left = line["quantity"] - line.get("returnedQuantity", 0)
            if line["sku"] != item["sku"] or item["quantity"] > left:
                raise Wrong("more than what was bought, or something else")
        effects = []
        for item in items:
            line = session.cart[item["position"]]
            line["returnedQuantity"] = (
                line.get("returnedQuantity", 0) + item["quantity"]
            )
            points = _earned(line, item["quantity"])
            for entry in self._entries_of(session):
                if entry.position == item["position"] and entry.amount > 0:
                    effects.append(self._roll_back(entry, points))
        session.state = "partially_returned"
        return session, effects

    def _ruled(self, session: Session, dry: bool) -> Iterator[dict[str, Any]]:
        member_id = session.profile_id
        for position, line in enumerate(session.cart):
            points = _earned(line, line["quantity"])
            yield self._given(member_id, points, session, dry, position)
        if session.attributes.get(EARN):
            points = Decimal(str(session.attributes[EARN]))
            yield self._given(member_id, points, session, dry, None)
        if session.attributes.get(SPEND):
            points = Decimal(str(session.attributes[SPEND]))
            # A rule that would overdraw the ledger fails and has no effect.
            if points <= self.balance(member_id):
                entry = self._entry(member_id, -points, "Spent", session, dry)
                yield _effect("deductLoyaltyPoints", entry, ruleTitle="Spend")

    def _given(
        self,
        member_id: str,
        points: Decimal,
        session: Session,
        dry: bool,
        position: int | None,
    ) -> dict[str, Any]:
        entry = self._entry(member_id, points, "Earned", session, dry, position)
        place = {} if position is None else {"cartItemPosition": position}
        return _effect("addLoyaltyPoints", entry, recipient=True, **place)

    def _rolled_back(self, session: Session) -> Iterator[dict[str, Any]]:
        for entry in list(self._entries_of(session)):
            left = abs(entry.amount) - entry.undone
            if left and not entry.name.startswith("Rollback"):
                yield self._roll_back(entry, left)

    def _roll_back(self, entry: Entry, points: Decimal) -> dict[str, Any]:
        entry.undone += points
        amount = -points if entry.amount > 0 else points
        session = self.sessions[entry.session_id or ""]
        opposite = self._entry(entry.member_id, amount, "Rollback", session, False)
        kind = "Added" if entry.amount > 0 else "Deducted"
        return _effect(f"rollback{kind}LoyaltyPoints", opposite, recipient=True)

    # --- entries ----------------------------------------------------------------------

    def _entry(
        self,
        member_id: str,
        amount: Decimal,
        name: str,
        session: Session,
        dry: bool,
        position: int | None = None,
    ) -> Entry:
        if dry:
            return Entry(0, member_id, amount, name, self.moment(), session.session_id)
        return self._move(member_id, amount, name, session.session_id, position)

    def _move(
        self,
        member_id: str,
        amount: Decimal,
        name: str,
        session_id: str | None = None,
        position: int | None = None,
    ) -> Entry:
        number = len(self.entries) + 1
        entry = Entry(
            number, member_id, amount, name, self.moment(), session_id, position
        )
        self.entries.append(entry)
        self._announce(entry)
        return entry

    def _of(self, member_id: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.member_id == member_id)

    def _entries_of(self, session: Session) -> Iterator[Entry]:
        return (e for e in self.entries if e.session_id == session.session_id)

    def moment(self) -> str:
        """Return the present time as it is written here."""
        return self._now().isoformat(timespec="microseconds").replace("+00:00", "Z")


def _earned(line: Mapping[str, Any], quantity: int) -> Decimal:
    return Decimal(str(line.get("price", 0))) * quantity * RATE


def _effect(
    kind: str, entry: Entry, *, recipient: bool = False, **more: Any
) -> dict[str, Any]:
    facts = {
        "name": entry.name,
        "programId": PROGRAM_ID,
        "subLedgerId": "",
        "value": float(abs(entry.amount)),
        "transactionUUID": entry.uuid,
        **more,
    }
    if recipient:
        facts["recipientIntegrationId"] = entry.member_id
    if kind.startswith("rollback"):
        del facts["name"]
    return {
        "campaignId": 1,
        "rulesetId": 2,
        "ruleIndex": 0,
        "ruleName": entry.name,
        "effectType": kind,
        "props": facts,
    }
