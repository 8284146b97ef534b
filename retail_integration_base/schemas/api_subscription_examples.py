"""Examples of the subscription operations, for the description; tests check them."""

from __future__ import annotations

from typing import Any

MESSAGE_ID = "0b9d5a3e-7c1f-5e0a-9a44-2f6c0e7b5a3d"
_RECORDED = "retail.transaction.recorded.v1"

REQUEST: dict[str, Any] = {
    "name": "Sales for analytics",
    "url": "https://partner.example.com/hooks/retail",
    "topics": [_RECORDED],
}
CHANGE: dict[str, Any] = {"url": "https://partner.example.com/hooks/new"}
ROTATION: dict[str, Any] = {"overlap_s": 86_400}
SUBSCRIPTION: dict[str, Any] = {
    "id": "8e03978e-40d5-43e8-bc93-6894a57f9324",
    "name": "Sales for analytics",
    "url": "https://partner.example.com/hooks/retail",
    "topics": [_RECORDED],
    "status": "active",
    "reason": None,
    "delivering": True,
    "signature_scheme": "standard-webhooks",
    "last_success_at": "2026-11-20T10:31:03Z",
    "failing_since": None,
}
CHANGED: dict[str, Any] = {**SUBSCRIPTION, **CHANGE}
PAUSED: dict[str, Any] = {
    **SUBSCRIPTION,
    "status": "paused",
    "reason": "Paused by the partner",
    "delivering": False,
}
# An example of the form, which signs nothing.
WITH_SECRET: dict[str, Any] = {
    **SUBSCRIPTION,
    "last_success_at": None,
    "secret": "whsec_ZXhhbXBsZS1vbmx5LW5vdC1hLXNlY3JldC4uLi4uLi4=",  # nosec B105 # an example
}

_FAILED: dict[str, Any] = {
    "number": 1,
    "started_at": "2026-11-20T10:31:03Z",
    "outcome": "failed",
    "http_status": 400,
    "latency_ms": 48,
    "code": "RET-2101",
    "answer": "unknown store",
}
DELIVERY: dict[str, Any] = {
    "id": MESSAGE_ID,
    "type": _RECORDED,
    "status": "failed",
    "created_at": "2026-11-20T10:31:02Z",
    "finished_at": "2026-11-20T10:31:03Z",
    "next_attempt_at": None,
    "attempts": [_FAILED],
    "correlation_id": "2f6c0e7b5a3d4e0f8b1c9d7e6a5f4c3b",
}
REDELIVERED: dict[str, Any] = {**DELIVERY, "status": "waiting", "finished_at": None}
REDELIVERY: dict[str, Any] = {
    "since": "2026-11-20T00:00:00Z",
    "until": "2026-11-21T00:00:00Z",
    "what": "failed",
}
REDELIVERY_COUNT: dict[str, Any] = {"count": 12, "more": False}
