"""Addresses below ``/retail`` that nobody serves: 404 and 405 as problems, not pages.

The router takes this route only where no other one fits address *and* method. It is
server-wide, so that with the database down any address says "come back" (503): whether
it exists is not known then.
"""

from odoo import http
from odoo.http import Response, request

from ..tools.api_operation import ROUTING_TYPE
from ..tools.error_api import MethodNotAllowed, NotFound
from .dispatcher import NOBODYS, allowed_methods, unavailable


class RetailNobodysController(http.Controller):
    @http.route(
        ["/retail", "/retail/<path:rest>"],
        type=ROUTING_TYPE,
        auth="none",
        csrf=False,
        save_session=False,
        readonly=True,
        **{NOBODYS: True},
    )
    def nobodys(self, rest: str = "") -> Response:
        """Say what is wrong with the address or the method."""
        if request.env is None:
            raise unavailable()
        method = request.httprequest.method
        allowed = allowed_methods()
        if allowed:
            raise MethodNotAllowed(
                f"{method[:20]} is not possible here, only {', '.join(allowed)}.",
                allowed=[*allowed, "OPTIONS"],
            )
        raise NotFound("There is nothing at this address; see /retail/v1/docs.")
