"""The error tree: what happened, whether to try again, and what the outside may know.

Lives here: every error of the base module with its ``RET-nnnn`` code, and
:func:`classify`, which turns a foreign exception into one of ours. Lives elsewhere: the
abstract classes and the errors of outgoing calls (``tools/error_base.py`` and
``tools/error_transport.py``, imported through this file), the HTTP body
of an error (``tools/problem.py``), what a code means to a person (``docs/runbook.md``,
one heading per code), the exception *record* for people (``retail.exception``). Called
by everything.
"""

from __future__ import annotations

from typing import Any

import psycopg2
import requests

from .error_base import ALL_CODES as ALL_CODES
from .error_base import PermanentError, RetailError, RetryableError
from .error_ownership import OwnershipRefused as OwnershipRefused
from .error_ownership import SystemsContradict as SystemsContradict
from .error_process import WorkerLost as WorkerLost
from .error_subscription import SubscriptionFailing as SubscriptionFailing
from .error_subscription import SubscriptionRefused as SubscriptionRefused
from .error_subscription import SubscriptionStateWrong as SubscriptionStateWrong
from .error_sync import ItemsRefused as ItemsRefused
from .error_sync import ListIncomplete as ListIncomplete
from .error_sync import ListNotOpen as ListNotOpen
from .error_sync import PageInvalid as PageInvalid
from .error_sync import PagesEndless as PagesEndless
from .error_sync import PartOutOfOrder as PartOutOfOrder
from .error_sync import ReconciliationDrift as ReconciliationDrift
from .error_sync import ReconciliationUnreadable as ReconciliationUnreadable
from .error_sync import SyncLate as SyncLate
from .error_transport import AddressRefused as AddressRefused
from .error_transport import CircuitOpen as CircuitOpen
from .error_transport import CommandExpired as CommandExpired
from .error_transport import CommandRefused as CommandRefused
from .error_transport import FlowRefused as FlowRefused
from .error_transport import RateLimited as RateLimited
from .error_transport import RejectedByRemote as RejectedByRemote
from .error_transport import RemoteUnavailable as RemoteUnavailable
from .error_transport import UnknownOutcome as UnknownOutcome
from .error_trust import AuditChainBroken as AuditChainBroken
from .error_trust import EnvironmentMismatch as EnvironmentMismatch

# PostgreSQL: serialization failure, deadlock, lock not available, and a key that
# somebody else inserted first.
_CONCURRENCY_SQLSTATES = frozenset({"40001", "40P01", "55P03", "23505"})


class OutOfOrder(RetryableError):
    """An earlier event of the same key has not arrived or is not resolved yet."""

    code = "RET-2003"
    title = "Out of order"
    category = "ordering"


class ConcurrentUpdate(RetryableError):
    """Somebody else changed the same rows first."""

    code = "RET-2004"
    title = "Concurrent update"
    category = "technical"


class HandlerFailed(RetryableError):
    """A handler broke unforeseen: a bug until proven otherwise."""

    code = "RET-2010"
    title = "Handler failed"
    http_status = 500
    category = "technical"
    public = False


class BackendPaused(RetryableError):
    """The backend does not take events at the moment; the sender keeps them."""

    code = "RET-1002"
    title = "Backend paused"
    category = "configuration"


class MalformedBody(PermanentError):
    """The bytes are not the strict JSON that we read."""

    code = "RET-1101"
    title = "Malformed body"
    http_status = 400


class UnsupportedContent(PermanentError):
    """A media type that we do not read : Odoo reads form bodies away."""

    code = "RET-1102"
    title = "Unsupported content type"
    http_status = 415


class BodyTooLarge(PermanentError):
    """More bytes than the route takes."""

    code = "RET-1103"
    title = "Body too large"
    http_status = 413


class PayloadInvalid(PermanentError, ValueError):
    """A field is missing or wrong.

    It is a ``ValueError`` too, so that a pydantic validator may raise it.

    :param pointer: JSON pointer (RFC 6901) of the field, like ``/data/lines/3/qty``.
    :param problem: what is wrong with it, without personal values.
    :param errors: all findings as ``{"pointer", "detail"}`` where there are several.
    """

    code = "RET-1104"
    title = "Payload invalid"
    #: set for the log: where, and not what was found there
    masked = False

    def __init__(
        self,
        pointer: str,
        problem: str,
        *,
        errors: list[dict[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(f"{pointer}: {problem}" if pointer else problem, **kwargs)
        self.pointer = pointer
        self.problem = problem
        self.errors = errors or [{"pointer": pointer, "detail": problem}]
        self.context.setdefault("pointer", pointer)
        self.context.setdefault("problem", problem)

    def __str__(self) -> str:
        if self.masked:
            return f"{self.code} {self.title} at {self.pointer or '/'}"
        return super().__str__()


class UnknownTopic(PermanentError):
    """No contract of that name and version, or not for this backend.

    :param pointer: JSON pointer of the field that names it.
    """

    code = "RET-1105"
    title = "Unknown topic"

    def __init__(self, message: str, *, pointer: str = "/type", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.errors = [{"pointer": pointer, "detail": message}]


class AmountMismatch(PermanentError):
    """Sums of a document do not add up; ``context`` has sum, expected and found."""

    code = "RET-1201"
    title = "Amounts do not add up"
    category = "amount"


class MappingMissing(PermanentError):
    """A value of theirs has no counterpart of ours yet.

    :param kind: what is to be mapped: ``sku``, ``store``, ``tax``, ``tender``.
    :param value: their value.
    """

    code = "RET-1202"
    title = "Mapping missing"
    category = "mapping"

    def __init__(self, kind: str, value: str, **kwargs: Any) -> None:
        noun = {"sku": "product"}.get(kind, kind)
        super().__init__(f"Unknown {noun} {value!r}: map it, then replay", **kwargs)
        self.kind = kind
        self.value = value
        self.context.setdefault("kind", kind)
        self.context.setdefault("value", value)


class CurrencyUnknown(PermanentError):
    """A currency that does not exist or is not active here."""

    code = "RET-1203"
    title = "Currency unknown"
    category = "mapping"


class Conflict(PermanentError):
    """Same key, other content: somebody has to see it (design principle 3)."""

    code = "RET-1301"
    title = "Conflict"
    http_status = 409
    category = "conflict"


class AuthenticationError(RetailError):
    """Not proven who speaks. The outside always gets the same words.

    The reason stays inside, in ``context["reason"]``.
    """

    code = "RET-1001"
    title = "Not authenticated"
    http_status = 401
    category = "security"


class ConfigurationError(RetailError):
    """The set-up of this system is incomplete or contradicts itself."""

    code = "RET-3001"
    title = "Configuration error"
    category = "configuration"
    public = False


class ConnectorNotImplemented(ConfigurationError):
    """A connector was asked for something that its vendor class does not do.

    :param connector: model name of the connector.
    :param method: the contract method it would have to override.
    """

    code = "RET-3002"
    title = "Connector method not implemented"

    def __init__(self, connector: str, method: str, **kwargs: Any) -> None:
        super().__init__(
            f"{connector} does not implement {method}(); override it in the "
            "connector or switch the capability off",
            **kwargs,
        )


class KeyRingMissing(ConfigurationError):
    """There is no key to read or write credentials with."""

    code = "RET-3003"
    title = "Key ring missing"


def classify(exc: BaseException) -> RetailError:
    """Return ``exc`` as one of our errors; ours pass through untouched.

    Odoo's own concurrency exceptions should not come here: its retry needs them. A
    raw PostgreSQL one that does is recognised by its ``pgcode``.
    """
    if isinstance(exc, RetailError):
        return exc
    if getattr(exc, "pgcode", None) in _CONCURRENCY_SQLSTATES:
        error: RetailError = ConcurrentUpdate("the rows changed under the handler")
    elif isinstance(exc, requests.exceptions.ConnectTimeout):
        error = _unavailable(exc, unknown_outcome=False)
    elif isinstance(
        exc,
        requests.exceptions.Timeout
        | requests.exceptions.ConnectionError
        | requests.exceptions.ChunkedEncodingError
        | TimeoutError
        | ConnectionError,
    ):
        unknown = not isinstance(exc, ConnectionRefusedError)
        error = _unavailable(exc, unknown_outcome=unknown)
    else:
        error = HandlerFailed(f"unforeseen {type(exc).__name__}")
    error.context.setdefault("exception", type(exc).__name__)
    error.__cause__ = exc
    return error


def _unavailable(exc: BaseException, *, unknown_outcome: bool) -> RemoteUnavailable:
    return RemoteUnavailable(
        f"no answer from the remote system ({type(exc).__name__})",
        context={"unknown_outcome": unknown_outcome},
    )


def connection_lost(exc: BaseException) -> bool:
    """Tell whether a database error means that the connection is gone or the disk full.

    Then nothing can be recorded any more, and no message is to blame. Any other error
    that PostgreSQL itself reports (a value too long for an index, say) is the
    statement's fault and has a code.
    """
    if not isinstance(exc, psycopg2.OperationalError | psycopg2.InterfaceError):
        return False
    # 08: connection exceptions; 53, 58: no disk, memory or connection left, or broken
    # ones; 57P: shutdown or termination by an administrator.
    return exc.pgcode is None or exc.pgcode.startswith(("08", "53", "57P", "58"))
