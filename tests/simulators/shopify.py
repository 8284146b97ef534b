"""A shop's Admin API: its list of orders by GraphQL, with its limits and its moods.

Lives here: what a request is answered with. Checks what Shopify checks: address,
version, token, media type, that every field exists, the size of a page. Not here:
reading a query (``graphql_subset``), one order in this shape (``shopify_nodes``). Used
by tests of the poll::

    with Shop(TOKEN, orders, faults=["throttled", "cut"]) as shop:
        backend.api_url = shop.url

Source: shopify.dev, Admin GraphQL API; the search syntax is read as far as
``updated_at`` and ``created_at`` go.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .graphql_subset import Field, QueryError, parse, select
from .shopify_nodes import node_of

VERSION = "2026-10"
PATH = f"/admin/api/{VERSION}/graphql.json"
FIRST_MAX = 250
COST_MAX = 1000
#: throttled: HTTP 200 and a refusal; 429: the older way; cut: no answer; repeat: the
#: page begins with the orders of the page before; garbage: a proxy's page; 500
FAULTS = ("throttled", "429", "cut", "repeat", "garbage", "500", "")
_TERM = re.compile(r"(updated_at|created_at):(>=|<)'([^']+)'")
_FIELDS = {"updated_at": "updatedAt", "created_at": "createdAt"}


class Shop:
    """A shop on the loopback interface.

    :param orders: bodies of ``orders/create``; may be changed at any time.
    :param faults: one per request, then none are left; ``""`` is a good answer.
    :param lines_max: a page of an order's lines holds no more, whatever is asked.
    """

    def __init__(
        self,
        token: str,
        orders: Iterable[Mapping[str, Any]] = (),
        *,
        faults: Sequence[str] = (),
        lines_max: int = FIRST_MAX,
    ) -> None:
        if set(faults) - set(FAULTS):
            raise ValueError(f"known faults are {', '.join(FAULTS)}")
        self.token = token
        self.orders = list(orders)
        self.faults = list(faults)
        self.lines_max = lines_max
        #: how each request was answered: its fault, else its status
        self.answers: list[str] = []
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Shop:
        handler = partial(_Handler, self)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc_info: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        """Where its API is."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://127.0.0.1:{port}/admin/api/{VERSION}"

    # --- answering --------------------------------------------------------------------

    def respond(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        """Return status, headers and body of an answer; ``None`` cuts the line."""
        status, content = self._judge(path, headers)
        fault = self.faults.pop(0) if self.faults and status == 200 else ""
        self.answers.append(fault or str(status))
        if fault == "cut":
            return None
        if fault == "garbage":
            return 200, {}, b"<html>bad gateway</html>"
        if fault in ("429", "500"):
            return int(fault), {"Retry-After": "1"} if fault == "429" else {}, b"{}"
        if fault == "throttled":
            content = _refused("Throttled", "THROTTLED") | {"extensions": _cost(400, 8)}
        elif status == 200:
            content = self._answer(body, repeats=fault == "repeat")
        served = {"Content-Type": "application/json", "X-Shopify-API-Version": VERSION}
        return status, served, json.dumps(content).encode()

    def _judge(
        self, path: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        given = {name.lower(): value for name, value in headers.items()}
        if path != PATH:
            return 404, {"errors": "Not Found"}
        if given.get("x-shopify-access-token") != self.token:
            return 401, {"errors": "[API] Invalid API key or access token"}
        if given.get("content-type") != "application/json":
            return 415, {"errors": "Unsupported Media Type"}
        return 200, {}

    def _answer(self, body: bytes, *, repeats: bool) -> dict[str, Any]:
        try:
            asked = json.loads(body)
            query = parse(asked["query"], asked.get("variables", {}))
            root = {"orders": None, "order": None}
            resolve = partial(self._connection, repeats=repeats)
            data = select(root, query, resolve)
        except (QueryError, KeyError, ValueError) as error:
            return _refused(str(error), "undefinedField")
        cost = 2 + sum(_cost_of(one) for one in query)
        if cost > COST_MAX:
            return _refused(f"Query cost is {cost}", "MAX_COST_EXCEEDED")
        return {"data": data, "extensions": _cost(cost, 2000 - cost)}

    def _connection(
        self, asked: Field, source: Mapping[str, Any], *, repeats: bool
    ) -> Any:
        arguments = asked.arguments
        if asked.name == "order":
            nodes = [node_of(order) for order in self.orders]
            return next((n for n in nodes if n["id"] == arguments["id"]), None)
        first = arguments["first"]
        if not 0 < first <= FIRST_MAX:
            raise QueryError(f"first must be 1 to {FIRST_MAX}")
        if asked.name == "orders":
            if arguments.get("sortKey") != "UPDATED_AT":
                raise QueryError("this shop sorts by UPDATED_AT only")
            found = self._found(arguments["query"])
            return _page(found, first, arguments["after"], first if repeats else 0)
        limit = min(first, self.lines_max)
        return _page(source[asked.name]["nodes"], limit, arguments.get("after"))

    def _found(self, query: str) -> list[dict[str, Any]]:
        terms = _TERM.findall(query)
        if " ".join(f"{f}:{o}'{m}'" for f, o, m in terms) != query:
            raise QueryError(f"this search is not understood: {query}")
        nodes = [node_of(order) for order in self.orders]
        for field, operator, moment in terms:
            at = datetime.fromisoformat(moment)
            nodes = [
                node
                for node in nodes
                if (datetime.fromisoformat(node[_FIELDS[field]]) < at)
                == (operator == "<")
            ]
        return sorted(nodes, key=lambda node: (node["updatedAt"], node["id"]))


def _page(
    nodes: list[Any], first: int, after: str | None, again: int = 0
) -> dict[str, Any]:
    start = int(after) if after else 0
    end = start + first
    more = end < len(nodes)
    info = {"hasNextPage": more, "endCursor": str(end) if more else None}
    return {"nodes": nodes[max(0, start - again) : end], "pageInfo": info}


def _cost_of(asked: Field, times: int = 1) -> int:
    """Return what a query costs at most: each object of each page counts."""
    size = asked.arguments.get("first", 1)
    own = times * size if asked.arguments else 0
    nested = sum(_cost_of(one, times * size) for one in asked.fields)
    # Objects without a page of their own are part of their owner.
    return own // 5 + nested


def _cost(requested: int, available: int) -> dict[str, Any]:
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": requested,
            "throttleStatus": {
                "maximumAvailable": 2000.0,
                "currentlyAvailable": available,
                "restoreRate": 1000.0,
            },
        }
    }


def _refused(message: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, shop: Shop, *args: Any) -> None:
        self.shop = shop
        super().__init__(*args)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.shop.respond(self.path, dict(self.headers), body)
        if answer is None:
            self.connection.close()
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""
