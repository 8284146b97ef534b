"""Talon.One: the Integration API of one application with a loyalty program.

Lives here: the interface, its checks and its notifications. Not here: what rules do to
points (``talon_one_state``). Source: Talon.One's OpenAPI description.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..faults import FaultPlan
from .platform_http import Call, Platform, Refused, Webhook
from .talon_one_state import (
    PROGRAM_ID,
    Application,
    Entry,
    Session,
    Unknown,
    Wrong,
)

TOKEN_HEADER = "X-Retail-Token"
_MESSAGES = {
    409: "Too many requests are updating this session at the same time",
    429: "Too many requests",
}


class TalonOnePlatform(Platform):
    """Talon.One for one application.

    :param notification_secret: that each notification carries; none are made without.
    """

    specification = "talon-one/openapi.yaml"

    def __init__(
        self,
        token: str,
        *,
        faults: FaultPlan | None = None,
        breaks_reads: bool = False,
        notification_secret: str = "",
    ) -> None:
        super().__init__(token, faults=faults, breaks_reads=breaks_reads)
        self.notification_secret = notification_secret
        self.application = Application(self.now, self._announce)
        self._returned: dict[str, Mapping[str, Any]] = {}

    def authenticate(self, call: Call) -> None:
        if call.headers.get("authorization") != f"ApiKey-v1 {self.token}":
            raise Refused(401, self.error(401, "Invalid API key"))

    def perform(self, call: Call) -> tuple[int, Mapping[str, Any]]:
        try:
            if call.path[1] == "customer_data":
                self.application.forget(call.path[2])
                return 204, {}
            return 200, self._do(call)
        except Unknown as error:
            raise Refused(404, self.error(404, str(error))) from None
        except Wrong as error:
            raise Refused(400, self.error(400, str(error))) from None

    def _do(self, call: Call) -> Mapping[str, Any]:
        kind, rest = call.path[1], call.path[2:]
        if kind == "customer_profiles":
            return self._do_profiles(call, rest[0])
        if kind == "customer_sessions":
            return self._do_sessions(call, rest)
        if rest[0] != str(PROGRAM_ID):
            raise Unknown(f"no loyalty program {rest[0]}")
        if rest[3] == "balances":
            return self._balances(rest[2])
        return self._transactions(rest[2], call.query)

    def _do_profiles(self, call: Call, member_id: str) -> Mapping[str, Any]:
        application = self.application
        if call.method == "PUT":
            application.add_profile(member_id)
            told = application.attributes.setdefault(member_id, {})
            told.update(call.body.get("attributes") or {})
            empty = {"effects": [], "createdCoupons": [], "createdReferrals": []}
            return {"customerProfile": self._profile(member_id), **empty}
        if member_id not in application.profiles:
            raise Unknown(f"no profile {member_id}")
        return {"profile": self._profile(member_id)}

    def _do_sessions(self, call: Call, rest: tuple[str, ...]) -> Mapping[str, Any]:
        session_id = rest[0]
        application = self.application
        if call.method == "GET":
            session = application.sessions.get(session_id)
            if session is None:
                raise Wrong(f"no session {session_id}")
            told = self._told(session, [])
            return {"customerSession": told["customerSession"], "effects": []}
        if rest[1:] == ("returns",):
            key = call.headers.get("idempotency-key")
            if key in self._returned:
                return self._returned[key]
            items = call.body["return"]["returnedCartItems"]
            told = self._told(*application.give_back(session_id, items))
            if key:
                self._returned[key] = json.loads(json.dumps(told))
            return told
        dry = call.query.get("dry") == "true"
        return self._told(
            *application.update(session_id, call.body["customerSession"], dry=dry)
        )

    def _balances(self, member_id: str) -> Mapping[str, Any]:
        entries = self.application.ledger(member_id)
        balance = self.application.balance(member_id)
        spent = -sum(e.amount for e in entries if e.amount < 0)
        tier = self.application.tiers.get(member_id)
        return {
            "balance": {
                **({"currentTier": {"id": 11, "name": tier}} if tier else {}),
                "activePoints": float(max(balance, 0)),
                "pendingPoints": 0,
                "spentPoints": float(spent),
                "expiredPoints": 0,
                "negativePoints": float(max(-balance, 0)),
            }
        }

    def _transactions(
        self, member_id: str, query: Mapping[str, str]
    ) -> Mapping[str, Any]:
        wanted = query.get("customerSessionIDs")
        start, end = query.get("startDate"), query.get("endDate")
        found = [
            entry.listed()
            for entry in self.application.ledger(member_id)
            if (not wanted or entry.session_id == wanted)
            and (not start or _read(entry.created) >= _read(start))
            and (not end or _read(entry.created) <= _read(end))
        ]
        skip, size = int(query.get("skip", 0)), int(query.get("pageSize", 50))
        return {"hasMore": skip + size < len(found), "data": found[skip : skip + size]}

    def _profile(self, member_id: str) -> dict[str, Any]:
        created = self.application.profiles[member_id]
        return {
            "id": list(self.application.profiles).index(member_id) + 1,
            "created": created,
            "integrationId": member_id,
            "attributes": self.application.attributes.get(member_id, {}),
            "accountId": 1,
            "closedSessions": 0,
            "totalSales": 0,
            "lastActivity": created,
        }

    def _told(self, session: Session, effects: list[dict[str, Any]]) -> dict[str, Any]:
        total = sum(i.get("price", 0) * i["quantity"] for i in session.cart)
        told = {
            "id": session.number,
            "created": session.created,
            "integrationId": session.session_id,
            "applicationId": 1,
            "profileId": session.profile_id,
            "state": session.state or "closed",
            "cartItems": session.cart,
            "attributes": session.attributes,
            "coupon": "",
            "referral": "",
            "firstSession": False,
            "updateCount": 1,
            "total": total,
            "cartItemTotal": total,
            "additionalCostTotal": 0,
            "cartItemAdditionalCostTotal": 0,
            "updated": session.created,
        }
        return {
            "effects": effects,
            "createdCoupons": [],
            "createdReferrals": [],
            "customerSession": told,
        }

    def error(self, status: int, detail: str) -> dict[str, Any]:
        problem = {"title": detail, "source": {}}
        message = _MESSAGES.get(status, "The request was not accepted")
        return {"message": message, "errors": [problem], "StatusCode": status}

    # --- webhooks ---------------------------------------------------------------------

    def _announce(self, entry: Entry) -> None:
        if not self.notification_secret:
            return
        added = entry.amount > 0
        message = {
            "ProfileIntegrationID": entry.member_id,
            "LoyaltyProgramID": PROGRAM_ID,
            "SubledgerID": "",
            "Amount": float(abs(entry.amount)),
            "Reason": entry.name,
            "TypeOfChange": "rule_engine" if entry.session_id else "campaign_manager",
            "Operation": "addition" if added else "subtraction",
            "StartDate": None,
            "ExpiryDate": None,
            "SessionIntegrationID": entry.session_id or "",
            "NotificationType": f"LoyaltyPoints{'Added' if added else 'Deducted'}",
            "TransactionUUID": entry.uuid,
        }
        headers = {
            "Content-Type": "application/json",
            "X-UUID": str(uuid.uuid4()),
            TOKEN_HEADER: self.notification_secret,
        }
        self.webhooks.append(Webhook(headers, json.dumps(message).encode()))


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))
