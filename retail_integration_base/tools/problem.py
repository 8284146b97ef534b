"""Errors as callers see them: RFC 9457 problem details with field pointers.

Lives here: the body of an error answer, and pydantic findings as JSON pointers. Lives
elsewhere: the status line and headers (controllers), the error tree
(``tools/errors.py``). Never a stack trace, never a payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from .errors import PayloadInvalid, RetailError

ERRORS_MAX = 20
INPUT_CHARS_MAX = 40
# Inputs below these names may be personal, so they are not shown.
_PRIVATE_NAMES = frozenset(
    {"customer", "billing", "shipping", "operator", "tenders", "payments", "properties"}
)


def problem(
    error: RetailError,
    *,
    instance: str | None = None,
    correlation_id: str | None = None,
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Return the ``application/problem+json`` object of an error.

    :param instance: URI reference of this occurrence, such as the request's path.
    :param errors: findings ``{"pointer", "detail"}``; those of the error by default.
    """
    found = errors if errors is not None else getattr(error, "errors", None)
    body: dict[str, Any] = {
        "type": error.problem_type,
        "title": error.title,
        "status": error.http_status,
        "detail": error.message if error.public else error.title,
        "code": error.code,
    }
    if instance:
        body["instance"] = instance
    if correlation_id:
        body["correlation_id"] = correlation_id
    if found:
        body["errors"] = found[:ERRORS_MAX]
    for name in error.members:
        if name in error.context:
            body[name] = error.context[name]
    return body


def errors_of_validation(
    exc: ValidationError, prefix: str = ""
) -> list[dict[str, str]]:
    """Return pydantic's findings as ``{"pointer", "detail"}``, at most 20.

    :param prefix: JSON pointer of the validated object, such as ``/data``.
    """
    findings = exc.errors(include_url=False, include_context=False)
    return [
        {
            "pointer": json_pointer(found["loc"], prefix),
            "detail": _detail(found["msg"], found["loc"], found.get("input")),
        }
        for found in findings[:ERRORS_MAX]
    ]


def payload_invalid(exc: ValidationError, prefix: str = "") -> PayloadInvalid:
    """Return the error for a document that does not keep its contract.

    :param prefix: JSON pointer of the validated object.
    """
    errors = errors_of_validation(exc, prefix)
    first = errors[0]
    more = exc.error_count() - 1
    suffix = f" (and {more} more)" if more else ""
    return PayloadInvalid(first["pointer"], first["detail"] + suffix, errors=errors)


def json_pointer(location: Iterable[str | int], prefix: str = "") -> str:
    """Return a location as JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return prefix + "".join(f"/{step}" for step in steps)


def _detail(message: str, location: tuple[str | int, ...], value: Any) -> str:
    shown = _shown(location, value)
    return f"{message} (got {shown})" if shown else message


def _shown(location: tuple[str | int, ...], value: Any) -> str | None:
    """Return a value that helps the sender and tells nothing about a person."""
    if any(step in _PRIVATE_NAMES for step in location):
        return None
    if isinstance(value, str):
        cut = value if len(value) <= INPUT_CHARS_MAX else value[:INPUT_CHARS_MAX] + "…"
        return repr(cut)
    if isinstance(value, bool | int | float):
        return repr(value)[:INPUT_CHARS_MAX]
    return None
