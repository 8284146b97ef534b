"""Examples of the loyalty operations, for the description; tests check them."""

from __future__ import annotations

from typing import Any

from .api_consent import CONSENT_ID, TEXT_HASH
from .api_loyalty_common import ENTRY_ID, HOLD_ID, MEMBER_ID

_MEMBERS = "/retail/v1/loyalty/members"
_MOMENT = "2026-11-20T10:31:02Z"

ENROLMENT: dict[str, Any] = {
    "phone": "+32470123456",
    "email": "ada@example.com",
    "name": "Ada Lovelace",
}
BALANCE: dict[str, Any] = {
    "member_id": MEMBER_ID,
    "wallet": "points",
    "posted": 1250,
    "held": 200,
    "pending": 40,
    "available": 1050,
    "value": "10.50",
    "currency": "EUR",
    "at": _MOMENT,
}
BALANCE_AT: dict[str, Any] = {
    **BALANCE,
    "posted": 980,
    "held": None,
    "pending": None,
    "available": None,
    "value": None,
    "at": "2025-12-31T22:59:59Z",
}
MEMBER: dict[str, Any] = {
    "id": MEMBER_ID,
    "url": f"{_MEMBERS}/{MEMBER_ID}",
    "number": "M00000123",
    "program": "club",
    "name": "Ada Lovelace",
    "status": "active",
    "enrolled_at": _MOMENT,
    "merged_ids": [],
    "balance": BALANCE,
}
ENTRY: dict[str, Any] = {
    "id": ENTRY_ID,
    "number": 17,
    "kind": "redemption",
    "points": -150,
    "balance": 1100,
    "effective_at": _MOMENT,
    "recorded_at": "2026-11-20T10:31:04Z",
    "expires_at": None,
    "hold_id": HOLD_ID,
    "reverses": None,
    "transaction": None,
    "channel": "pos",
    "store": "12",
    "ref": "12/3/160",
    "reason": None,
}
HOLD_BODY: dict[str, Any] = {
    "hold_id": HOLD_ID,
    "member_id": MEMBER_ID,
    "points": 200,
    "ttl_s": 900,
    "source": {"channel": "pos", "store": "12", "ref": "12/3/160"},
}
HOLD: dict[str, Any] = {
    "hold_id": HOLD_ID,
    "url": f"/retail/v1/loyalty/holds/{HOLD_ID}",
    "member_id": MEMBER_ID,
    "state": "open",
    "points": 200,
    "captured": 0,
    "value": "2.00",
    "currency": "EUR",
    "expires_at": "2026-11-20T10:46:02Z",
}
CAPTURE: dict[str, Any] = {"points": 150}
CAPTURED: dict[str, Any] = {**HOLD, "state": "captured", "captured": 150}
VOIDED: dict[str, Any] = {**HOLD, "state": "voided"}
CONSENT_BODY: dict[str, Any] = {
    "purpose": "marketing_email",
    "decision": "given",
    "decided_at": _MOMENT,
    "channel": "web",
    "text_version": "2026-03",
    "text_hash": TEXT_HASH,
    "ip": "203.0.113.7",
    "ref": "form-771",
}
CONSENT: dict[str, Any] = {
    "id": CONSENT_ID,
    "member_id": MEMBER_ID,
    "purpose": "marketing_email",
    "decision": "given",
    "decided_at": _MOMENT,
    "recorded_at": "2026-11-20T10:31:04Z",
    "channel": "web",
    "store": None,
    "origin": "api",
    "text_version": "2026-03",
    "text_hash": TEXT_HASH,
}
CONSENT_STANDING: dict[str, Any] = {
    "purpose": "marketing_email",
    "decision": "given",
    "is_allowed": True,
    "consent": CONSENT,
}
