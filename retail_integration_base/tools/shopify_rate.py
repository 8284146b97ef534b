"""How Shopify says how fast we may go: calculated cost in GraphQL, a bucket in REST.

Lives here: reading an answer. Lives elsewhere: acting on it (``retail.gate``). Called
by Shopify's connector. Source: shopify.dev, "API rate limits": a throttled GraphQL
answer is HTTP 200 with the code THROTTLED; ``extensions.cost.throttleStatus`` stands in
every answer; REST has ``X-Shopify-Shop-Api-Call-Limit: 32/40``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import strict_json
from .errors import MalformedBody
from .rate_hints import RateHint

_CALL_LIMIT = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
#: The smallest plan's REST bucket leaks two calls a second.
_REST_LEAK_S = 0.5


def graphql_body(body: bytes) -> dict[str, Any]:
    """Return a GraphQL answer, or an empty one if it is none."""
    try:
        answer = strict_json.loads(body, parse_float=float)
    except MalformedBody:
        return {}
    return answer if isinstance(answer, dict) else {}


def is_throttled(answer: Mapping[str, Any]) -> bool:
    """Tell whether Shopify refused the query for its cost, with status 200."""
    errors = answer.get("errors")
    return isinstance(errors, list) and any(
        _at(error, "extensions", "code") == "THROTTLED" for error in errors
    )


def hint_of_answer(
    headers: Mapping[str, str], answer: Mapping[str, Any]
) -> RateHint | None:
    """Return what is left: cost units for GraphQL, calls for REST."""
    available = _number(
        _at(answer, "extensions", "cost", "throttleStatus", "currentlyAvailable")
    )
    if available is not None:
        return _graphql_hint(answer, available)
    found = _CALL_LIMIT.fullmatch(headers.get("x-shopify-shop-api-call-limit", ""))
    if not found:
        return None
    remaining = max(0, int(found[2]) - int(found[1]))
    return RateHint(float(remaining), None if remaining else _REST_LEAK_S)


def _graphql_hint(answer: Mapping[str, Any], available: float) -> RateHint:
    cost = _number(_at(answer, "extensions", "cost", "requestedQueryCost")) or 0.0
    restore = _number(
        _at(answer, "extensions", "cost", "throttleStatus", "restoreRate")
    )
    missing = cost - available
    # The next query of this kind would be refused until its cost is there again.
    wait_s = missing / restore if missing > 0 and restore else None
    return RateHint(available, wait_s)


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e12 else None
