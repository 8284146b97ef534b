"""Errors of audit, environments and erasure (RET-18xx).

Part of the error tree; imported through ``tools/errors.py``, like the rest.
"""

from __future__ import annotations

from .error_base import PermanentError, RetryableError


class AuditChainBroken(PermanentError):
    """The audit chain is not what was written: somebody changed it from outside."""

    code = "RET-1801"
    title = "Audit chain broken"
    http_status = 500
    category = "security"
    public = False


class EnvironmentMismatch(RetryableError):
    """A production system met a server that is not production, or the reverse."""

    code = "RET-1802"
    title = "Wrong environment"
    category = "configuration"
    public = False
