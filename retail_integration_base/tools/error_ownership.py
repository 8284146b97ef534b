"""Errors about who may say what: ownership of fields, systems that contradict.

Imported through ``tools/errors.py``, which is what everybody imports.
"""

from __future__ import annotations

from .error_base import PermanentError


class OwnershipRefused(PermanentError):
    """A system sent a field that somebody else owns; ours was kept.

    ``context`` has system, field, record and owner; never the value.
    """

    code = "RET-1302"
    title = "Somebody else owns this"
    http_status = 409
    category = "conflict"


class SystemsContradict(PermanentError):
    """Systems answer each other's changes of one field with changes of their own."""

    code = "RET-1303"
    title = "Systems contradict each other"
    http_status = 409
    category = "conflict"
