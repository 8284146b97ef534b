"""Errors of outgoing calls: what happened on the way to a partner.

Part of the error tree (``tools/errors.py``, which is what everybody imports). Raised by
the HTTP client, the gate of a backend and the outbox.
"""

from __future__ import annotations

from .error_base import PermanentError, RetryableError


class RemoteUnavailable(RetryableError):
    """The partner could not be reached, or not in time.

    ``context["unknown_outcome"]`` is True where the partner may have acted.
    """

    code = "RET-2001"
    title = "Remote system unavailable"
    category = "transport"


class RateLimited(RetryableError):
    """Too many requests, theirs or ours; ``retry_after_s`` says when to come back."""

    code = "RET-2002"
    title = "Rate limited"
    http_status = 429
    category = "transport"


class RejectedByRemote(PermanentError):
    """The partner understood the request and refused it."""

    code = "RET-2101"
    title = "Rejected by the remote system"
    category = "transport"


class UnknownOutcome(PermanentError):
    """The partner may or may not have acted: ask it, never send blindly again."""

    code = "RET-2102"
    title = "Unknown outcome"
    category = "transport"


class CircuitOpen(RetryableError):
    """The partner failed too often in a row; nobody calls it for a while.

    Not an attempt: nothing went out. ``retry_after_s`` says when to ask again.
    """

    code = "RET-2201"
    title = "Circuit open"
    category = "transport"


class AddressRefused(RetryableError):
    """The address leads where we must not call; nothing went out.

    Retried, because a name server's answer can change; ``context`` has the address.
    """

    code = "RET-2202"
    title = "Address refused"
    category = "security"
    public = False


class FlowRefused(PermanentError):
    """A flow takes nothing while its partner is away: that is its policy."""

    code = "RET-2203"
    title = "Flow refused"
    http_status = 503
    category = "transport"


class CommandRefused(PermanentError):
    """The partner understood a command and said no."""

    code = "RET-2103"
    title = "Command refused"
    category = "transport"


class CommandExpired(PermanentError):
    """No word about a command in the time that its topic gives."""

    code = "RET-2104"
    title = "Command not confirmed"
    category = "transport"
