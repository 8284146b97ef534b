"""``/retail/v1/openapi.json``: the description of exactly the routes that run here.

Made from the router, so that routes of every installed module are in it and none that
does not exist.
"""

import json
from functools import lru_cache

from odoo import http
from odoo.http import Response, request, root

from ..schemas.registry import SCHEMAS
from ..tools.api_operation import Operation
from ..tools.openapi import describe
from .api import DECLARED, Call, operation
from .dispatcher import json_response

PUBLIC_FOR = "public, max-age=300"


class RetailApiDescriptionController(http.Controller):
    @operation(
        "GET",
        "/retail/v1/openapi.json",
        summary="The description of this API (OpenAPI 3.1)",
        tag="Service",
        proof="nothing",
        answers={200: "application/json"},
    )
    def openapi(self, call: Call) -> Response:
        """Return the description; open to everybody, as it holds no secrets."""
        response = json_response(_text(frozenset(operations()), *_topics(call)))
        response.headers["Cache-Control"] = PUBLIC_FOR
        return response


def operations() -> list[Operation]:
    """Return what the routes of the installed modules declare."""
    found = {
        id(declared): declared
        for rule in root.get_db_router(request.db).iter_rules()
        if (declared := rule.endpoint.routing.get(DECLARED))
    }
    return list(found.values())


def description(call: Call) -> dict:
    """Return the description as an object; do not change it."""
    return json.loads(_text(frozenset(operations()), *_topics(call)))


def _topics(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    topics = call.env["retail.topic"]
    return tuple(tuple(sorted(topics._ids_of(where))) for where in ("in", "out"))


@lru_cache(maxsize=4)
def _text(
    declared: frozenset[Operation],
    names_in: tuple[str, ...],
    names_out: tuple[str, ...],
) -> bytes:
    found = describe(
        declared,
        {name: SCHEMAS[name] for name in names_in},
        {name: SCHEMAS[name] for name in names_out},
    )
    return json.dumps(found).encode()
