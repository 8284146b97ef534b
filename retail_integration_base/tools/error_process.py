"""Errors of our own processes: workers that end, runners that fall silent.

Imported through ``tools/errors.py``, which is what everybody imports.
"""

from __future__ import annotations

from .error_base import PermanentError


class WorkerLost(PermanentError):
    """A message ends the process that works it, again and again."""

    code = "RET-2301"
    title = "Worker lost"
    http_status = 500
    category = "technical"
    public = False
