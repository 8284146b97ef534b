"""The bare route that ingest is compared with, and the start of one job per message."""

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

ROUTE = {
    "type": "http",
    "auth": "none",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "readonly": False,
}


class RetailBenchController(http.Controller):
    @http.route("/retail_bench/insert", **ROUTE)
    def insert(self) -> Response:
        """Store the body; nothing is checked."""
        request.env.cr.execute(
            "INSERT INTO retail_bench_row (payload) VALUES (%s)",
            [request.httprequest.get_data(as_text=True)],
        )
        return request.make_json_response({"status": "accepted"}, status=202)

    @http.route("/retail_bench/enqueue/<string:code>", **ROUTE)
    def enqueue(self, code: str) -> Response:
        """Enqueue one job per new message of backend ``code``."""
        jobs = request.env(user=SUPERUSER_ID)["retail.bench.job"]
        count = jobs._enqueue_all(code)
        return request.make_json_response({"count": count}, status=202)

    @http.route("/retail_bench/sweep/<string:code>", **ROUTE)
    def sweep(self, code: str) -> Response:
        """Arm the lanes of backend ``code`` that have messages."""
        env = request.env(user=SUPERUSER_ID)
        env["retail.lane"].search([("backend_id.code", "=", code)])._arm()
        return request.make_json_response({"status": "armed"}, status=202)
