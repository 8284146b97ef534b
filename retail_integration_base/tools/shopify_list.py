"""Shopify's list of orders: how a page is asked for, and what it says.

Lives here: the GraphQL query and its answer as ``Page``. Lives elsewhere: the call
(Shopify's connector), cost and throttling (``tools/shopify_rate.py``), one order in the
words of its webhook (``tools/shopify_node.py``). Source: shopify.dev, Admin GraphQL
API, ``orders`` and the search syntax of its ``query``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .clock import to_rfc3339
from .errors import ConfigurationError, MalformedBody, PageInvalid, RetailError
from .paging import CURSOR_CHARS_MAX, Page, PageQuery
from .shopify_node import LINE_FIELDS, ORDER_FIELDS, order_of_node
from .strict_json import loads

RESOURCE = "orders"
#: What a query may cost is limited; orders are large.
ORDERS_MAX = 25
LINES_PER_PAGE = 50
#: A shop's order has 500 lines at most; more pages than this have no end.
LINE_PAGES_MAX = 20

ORDERS_QUERY = f"""query RetailOrders($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {ORDER_FIELDS}
      lineItems(first: {LINES_PER_PAGE}) {{
        nodes {{ {LINE_FIELDS} }} pageInfo {{ hasNextPage endCursor }}
      }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""
LINES_QUERY = f"""query RetailOrderLines($id: ID!, $after: String!) {{
  order(id: $id) {{
    lineItems(first: {LINES_PER_PAGE}, after: $after) {{
      nodes {{ {LINE_FIELDS} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}"""


def orders_request(query: PageQuery) -> bytes:
    """Return the body that asks for a page of orders.

    Orders that were placed before ``query.begin`` are nobody's loss: they belong to the
    time before the connection, and change all the same.
    """
    terms = [
        f"{field}:{operator}'{to_rfc3339(moment)}'"
        for field, operator, moment in (
            ("updated_at", ">=", query.since),
            ("updated_at", "<", query.until),
            ("created_at", ">=", query.begin),
        )
        if moment
    ]
    return _request(
        ORDERS_QUERY,
        first=min(query.limit, ORDERS_MAX),
        after=query.cursor,
        query=" ".join(terms),
    )


def lines_request(order_id: str, after: str) -> bytes:
    """Return the body that asks for further lines of one order."""
    return _request(LINES_QUERY, id=order_id, after=after)


def parse_orders(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Return the orders of an answer, as nodes, and the cursor that leads on.

    :raises PageInvalid: not what was asked for
    :raises ConfigurationError: Shopify says that the token or the page is the problem
    """
    connection = _data(body).get("orders")
    return _nodes(connection, "orders")


def parse_lines(body: bytes) -> tuple[list[dict[str, Any]], str | None]:
    """Return further lines of an order and the cursor behind them; raises the same."""
    order = _data(body).get("order")
    if not isinstance(order, Mapping):
        raise PageInvalid("the order is gone while its lines are read")
    return _nodes(order.get("lineItems"), "lineItems")


def lines_left(node: Mapping[str, Any]) -> str | None:
    """Return the cursor to the lines that a page left out, ``None`` for none."""
    return _nodes(node.get("lineItems"), "lineItems")[1]


def page_of_orders(nodes: Sequence[Mapping[str, Any]], next_cursor: str | None) -> Page:
    """Return orders in the words of their webhook."""
    return Page([order_of_node(node) for node in nodes], next_cursor)


def _request(document: str, **variables: Any) -> bytes:
    return json.dumps({"query": document, "variables": variables}).encode()


def _data(body: bytes) -> Mapping[str, Any]:
    try:
        answer = loads(body, parse_float=Decimal)
    except MalformedBody as error:
        raise PageInvalid(f"the answer is not strict JSON: {error.message}") from error
    if not isinstance(answer, dict):
        raise PageInvalid("the answer is no object")
    if answer.get("errors"):
        raise _error_of(answer["errors"])
    data = answer.get("data")
    if not isinstance(data, dict):
        raise PageInvalid("the answer holds no data")
    return data


def _error_of(errors: Any) -> RetailError:
    """Return what Shopify's errors mean: ours to mend, or to be tried again."""
    listed = [one for one in errors if isinstance(one, dict)] if errors else []
    codes = [(one.get("extensions") or {}).get("code") for one in listed]
    text = "; ".join(str(one.get("message"))[:200] for one in listed[:3])
    if "ACCESS_DENIED" in codes:
        return ConfigurationError(
            f"Shopify refuses the token ({text}); it needs the scope read_orders."
        )
    if "MAX_COST_EXCEEDED" in codes:
        return ConfigurationError(
            f"A page costs more than Shopify allows ({text}); lower Items per page."
        )
    return PageInvalid(f"Shopify answers with errors: {text or 'unnamed'}")


def _nodes(connection: Any, name: str) -> tuple[list[dict[str, Any]], str | None]:
    nodes = connection.get("nodes") if isinstance(connection, Mapping) else None
    info = connection.get("pageInfo") if isinstance(connection, Mapping) else None
    if not isinstance(nodes, list) or not all(isinstance(n, dict) for n in nodes):
        raise PageInvalid(f"the answer has no list '{name}'")
    if not isinstance(info, Mapping) or not isinstance(info.get("hasNextPage"), bool):
        raise PageInvalid(f"'{name}' does not say whether it goes on")
    if not info["hasNextPage"]:
        return nodes, None
    cursor = info.get("endCursor")
    if not isinstance(cursor, str) or not 0 < len(cursor) <= CURSOR_CHARS_MAX:
        raise PageInvalid(f"'{name}' goes on, but no cursor leads there")
    return nodes, cursor
