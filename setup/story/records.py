"""Records that the story needs and may find from an earlier start.

Called by ``seed`` and its parts, inside Odoo's shell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def ensure(
    env: Any, model: str, key: Mapping[str, Any], values: Mapping[str, Any]
) -> Any:
    """Return the record that `key` finds, created with `values` if there is none."""
    domain = [(name, "=", value) for name, value in key.items()]
    found = env[model].with_context(active_test=False).search(domain, limit=1)
    return found or env[model].create({**key, **values})
