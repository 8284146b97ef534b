"""``/retail/v1/docs``: a page from which a partner's developer can integrate alone.

Also ``/retail/v1/errors/<code>``, the address that every problem names as its type.
"""

from odoo import http
from odoo.http import Response, request

from ..schemas.api_service import CodePlace
from ..schemas.registry import json_schema
from ..tools.api_page import code_page, page
from ..tools.error_api import NotFound
from ..tools.error_base import ALL_CODES
from .api import Call, operation
from .api_description import PUBLIC_FOR, description
from .topics import topic_facts

DOCS = "/retail/v1/docs"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": PUBLIC_FOR,
    # Nothing from elsewhere, and nobody else's frame around it.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}


class RetailApiDocsController(http.Controller):
    @operation(
        "GET",
        DOCS,
        summary="This documentation as a page",
        tag="Service",
        proof="nothing",
        answers={200: "text/html"},
    )
    def docs(self, call: Call) -> Response:
        """Return the documentation; open to everybody."""
        topics = [
            {**topic_facts(one), "schema": json_schema(one.name)}
            for one in call.env["retail.topic"]._published()
        ]
        for topic in topics:
            for name in ("deprecated_date", "sunset_date"):
                topic[name] = topic[name] and topic[name].isoformat()
        base_url = request.httprequest.host_url.rstrip("/")
        return Response(page(description(call), topics, base_url), headers=HEADERS)

    @operation(
        "GET",
        "/retail/v1/errors/{code}",
        summary="What a code means",
        description="The `type` of a problem document is this address.",
        tag="Service",
        proof="nothing",
        needs_database=False,
        places=CodePlace,
        answers={200: "text/html"},
    )
    def error(self, call: Call) -> Response:
        """Return a short page about one code; it leads to the documentation."""
        error = ALL_CODES.get(call.places.code)
        if error is None:
            raise NotFound("There is no such code.")
        return Response(code_page(error, DOCS), headers=HEADERS)
