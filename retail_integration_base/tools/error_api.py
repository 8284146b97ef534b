"""Errors of the partner API: keys, scopes, addresses, limits, paging, repetition.

Lives here: what a route of ``controllers/`` may answer besides the errors of messages.
Lives elsewhere: the tree itself (``tools/errors.py``), the HTTP body of an error
(``tools/problem.py``).
"""

from __future__ import annotations

from typing import Any

from .error_base import PermanentError, RetryableError


class Forbidden(PermanentError):
    """The key is right, but it may not do this; another key may."""

    code = "RET-1401"
    title = "Not allowed"
    http_status = 403
    category = "security"


class AddressRefused(PermanentError):
    """The key is right, but it is not accepted from the caller's address."""

    code = "RET-1402"
    title = "Address not allowed"
    http_status = 403
    category = "security"


class NotFound(PermanentError):
    """No such address, or no such record for this key."""

    code = "RET-1403"
    title = "Not found"
    http_status = 404


class MethodNotAllowed(PermanentError):
    """The address exists, but not with this method.

    :param allowed: what the address takes, for the header ``Allow``.
    """

    code = "RET-1404"
    title = "Method not allowed"
    http_status = 405

    def __init__(self, message: str, *, allowed: list[str], **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.headers = {"Allow": ", ".join(allowed)}


class TooManyRequests(RetryableError):
    """The key's own limit is used up; ``retry_after_s`` says for how long."""

    code = "RET-1405"
    title = "Too many requests"
    http_status = 429
    category = "security"


class IdempotencyKeyInvalid(PermanentError):
    """``Idempotency-Key`` is missing where it is needed, or has no sound form."""

    code = "RET-1406"
    title = "Idempotency key missing or malformed"
    http_status = 400


class IdempotencyKeyReused(PermanentError):
    """The same ``Idempotency-Key`` came with another request."""

    code = "RET-1407"
    title = "Idempotency key used for another request"
    category = "conflict"


class StillRunning(RetryableError):
    """The first request with this ``Idempotency-Key`` has not been answered yet."""

    code = "RET-1408"
    title = "First request still running"
    http_status = 409


class CursorInvalid(PermanentError):
    """A paging cursor that was not given out here, or for another list."""

    code = "RET-1409"
    title = "Cursor invalid"
    http_status = 400


class ParameterInvalid(PermanentError):
    """A query parameter is unknown, doubled or wrong.

    :param errors: findings as ``{"parameter", "detail"}``.
    """

    code = "RET-1410"
    title = "Parameter invalid"

    def __init__(self, errors: list[dict[str, str]], **kwargs: Any) -> None:
        first = errors[0]
        super().__init__(f"{first['parameter']}: {first['detail']}", **kwargs)
        self.errors = errors
