"""Words and parts of the API's description that belong to no single operation.

Lives here: introduction, chapters, ways to prove who calls, headers of answers. Used by
``tools/openapi.py`` and the documentation page.
"""

from __future__ import annotations

from typing import Any

from .error_base import RetailError

INTRODUCTION = (
    "Send what happened in your system, ask what became of it, and look up what was "
    "recorded. Everything a partner needs is at /retail/v1/docs."
)
#: Chapter -> what it is about; feature modules add theirs.
TAGS = {
    "Messages": "Send events and see what became of them.",
    "Topics": "The contracts: which documents exist, in which versions.",
    "Transactions": "What was recorded of your sales.",
    "Reconciliations": "Post what you hold; we compare it with what we hold.",
    "Subscriptions": "What you are told, where, and how deliveries fare.",
    "Service": "Is the service there, and how is it described.",
}
MEANINGS = {200: "Done", 201: "Made", 202: "Kept; work follows", 204: "Done"}
SECURITY: dict[str, Any] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`rtk_…`) of your backend, with the scope that the "
        "operation asks for.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of who runs this system, from its configuration.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "A signature over the raw body by your backend's scheme; with "
        "Standard Webhooks beside `webhook-id` and `webhook-timestamp`.",
    },
}


def _header(text: str, **schema: Any) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string", **schema}}


HEADERS: dict[str, Any] = {
    "X-Correlation-Id": _header("Id of this request's story; quote it to us."),
    "RateLimit": _header("What is left of your limit.", examples=['"key";r=598;t=60']),
    "RateLimit-Policy": _header("Your limit.", examples=['"key";q=600;w=60']),
    "Retry-After": _header("Seconds to wait.", pattern="^[0-9]+$"),
    "Deprecation": _header(
        "RFC 9745: when a contract that was used became old.", examples=["@1795132800"]
    ),
    "Sunset": _header("RFC 8594: after this moment it may be refused."),
    "Link": _header('Address of the next page (`rel="next"`), if there is one.'),
    "Idempotency-Replayed": _header(
        "`true` if this answer was given before.", enum=["true"]
    ),
}

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A text of your own, in quotes (they may be left out); the same "
    "when you repeat the request. Answers are kept for 24 hours.",
    "schema": {
        "type": "string",
        "pattern": r'^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$',
    },
    "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
}


def example_of(error: type[RetailError]) -> dict[str, Any]:
    """Return a problem of that kind, as it is answered."""
    return {
        "type": f"/retail/v1/errors/{error.code}",
        "title": error.title,
        "status": error.http_status,
        "detail": error.title,
        "code": error.code,
        "correlation_id": "2f6c0e7b5a3d4e0f8b1c9d7e6a5f4c3b",
    }
