"""Errors of audit, environments and erasure (RET-18xx).

Part of the error tree; imported through ``tools/errors.py``, like the rest.
"""

from __future__ import annotations

from .error_base import PermanentError


class AuditChainBroken(PermanentError):
    """The audit chain is not what was written: somebody changed it from outside."""

    code = "RET-1801"
    title = "Audit chain broken"
    http_status = 500
    category = "security"
    public = False
