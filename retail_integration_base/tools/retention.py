"""How long something is kept when several have a say: the shortest time counts.

Pure arithmetic; called by ``retail.retention``. 0 days means: nothing said.
"""

from __future__ import annotations

from typing import NamedTuple


class DeleteRule(NamedTuple):
    """Days after which contents are erased and records removed; 0: not at all."""

    payload_days: int
    record_days: int


def shortest(rule: DeleteRule, other: DeleteRule | None) -> DeleteRule:
    """Return the stricter rule, number by number."""
    if other is None:
        return rule
    return DeleteRule(
        *(min(filter(None, days), default=0) for days in zip(rule, other, strict=True))
    )
