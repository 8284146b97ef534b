"""``/retail/health/*``: is the process alive, can it store and work messages."""

from odoo import http
from odoo.http import Response, request

from .dispatcher import json_response, problem_response, unavailable

ROUTE = {
    "type": "retail",
    "auth": "none",
    "methods": ["GET"],
    "csrf": False,
    "save_session": False,
    "readonly": True,
}


class RetailHealthController(http.Controller):
    @http.route("/retail/health/live", **ROUTE)
    def live(self) -> Response:
        """Say that this process answers, with or without a database."""
        return json_response({"status": "live"})

    @http.route("/retail/health/ready", **ROUTE)
    def ready(self) -> Response:
        """Say whether messages can be stored: the database answers and is ours."""
        if request.env is None:
            return problem_response(unavailable())
        request.env.cr.execute("SELECT 1 FROM retail_backend LIMIT 1")
        return json_response({"status": "ready"})
