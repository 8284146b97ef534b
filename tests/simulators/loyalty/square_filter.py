"""Which of its events Square lists: by account, kind and time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def matches(event: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """Tell whether an event passes the filters of a search."""
    wanted = (filters.get("loyalty_account_filter") or {}).get("loyalty_account_id")
    if wanted and event["loyalty_account_id"] != wanted:
        return False
    types = (filters.get("type_filter") or {}).get("types")
    if types and event["type"] not in types:
        return False
    period = (filters.get("date_time_filter") or {}).get("created_at") or {}
    at = _read(event["created_at"])
    start, end = period.get("start_at"), period.get("end_at")
    if start and at < _read(start):
        return False
    return not (end and at >= _read(end))


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment.replace("Z", "+00:00"))
