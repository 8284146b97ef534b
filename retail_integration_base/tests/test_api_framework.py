"""Addresses, methods, descriptions: what holds for every operation of the API."""

import http.client

from openapi_pydantic import OpenAPI

from odoo.tests import tagged
from odoo.tests.common import HOST, TEST_CURSOR_COOKIE_NAME

from ..controllers.api import DECLARED
from ..controllers.dispatcher import NOBODYS
from .common_http import GatewayCase


@tagged("post_install", "-at_install")
class TestApiFramework(GatewayCase):
    def ask(self, path: str, method: str = "GET", **kwargs):
        return self.url_open(path, method=method, **kwargs)

    def routing(self) -> list[dict]:
        """Return what each route below ``/retail`` says of itself."""
        rules = self.env["ir.http"].routing_map().iter_rules()
        return [r.endpoint.routing for r in rules if r.rule.startswith("/retail")]

    # --- addresses and methods --------------------------------------------------------

    def test_unknown_address_is_a_problem_with_every_method(self):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            for path in ("/retail", "/retail/", "/retail/v1/nothing", "/retail/v2"):
                with self.subTest(method=method, path=path):
                    self.assertProblem(self.ask(path, method), 404, "RET-1403")

    def test_wrong_method_is_told_which_ones_are_right(self):
        for path, method, allow in (
            ("/retail/v1/backends/till/events", "GET", "POST, OPTIONS"),
            ("/retail/v1/backends/till/webhook", "DELETE", "POST, OPTIONS"),
            ("/retail/v1/topics", "POST", "GET, HEAD, OPTIONS"),
            ("/retail/health/live", "PUT", "GET, HEAD, OPTIONS"),
        ):
            with self.subTest(path):
                response = self.ask(path, method)
                self.assertProblem(response, 405, "RET-1404")
                self.assertEqual(response.headers["Allow"], allow)

    def test_options_says_what_an_address_takes(self):
        response = self.ask("/retail/v1/backends/till/events", "OPTIONS")
        self.assertEqual(response.status_code, 204)
        self.assertEqual(response.headers["Allow"], "POST, OPTIONS")

    def test_strange_method_is_a_problem(self):
        self.env.cr.flush()
        connection = http.client.HTTPConnection(HOST, self.http_port(), timeout=12)
        self.addCleanup(connection.close)
        with self.allow_requests():
            cookie = f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"
            connection.request("BREW", "/retail/v1/topics", headers={"Cookie": cookie})
            response = connection.getresponse()
            response.read()
        self.assertEqual(response.status, 405)
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")

    def test_head_has_headers_and_no_body(self):
        response = self.ask("/retail/v1/topics", "HEAD")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        self.assertFalse(response.content)

    # --- the description --------------------------------------------------------------

    def description(self) -> dict:
        response = self.ask("/retail/v1/openapi.json")
        self.assertEqual(response.status_code, 200)
        return response.json()

    def test_description_is_valid_openapi(self):
        described = OpenAPI.model_validate(self.description())
        self.assertEqual(described.openapi, "3.1.0")
        self.assertIn("retail.transaction.recorded.v1", described.webhooks)

    def test_every_route_is_described_and_nothing_else(self):
        routes = self.routing()
        undeclared = [
            routing["routes"]
            for routing in routes
            if DECLARED not in routing and not routing.get(NOBODYS)
        ]
        self.assertFalse(undeclared, "declare these with @operation")
        running = {
            (routing[DECLARED].path, routing[DECLARED].method.lower())
            for routing in routes
            if DECLARED in routing
        }
        described = {
            (path, method)
            for path, item in self.description()["paths"].items()
            for method in item
        }
        self.assertEqual(described, running)

    def test_every_scope_that_a_route_asks_for_exists(self):
        known = set(self.env["retail.api.scope"].search([]).mapped("name"))
        asked = {
            routing[DECLARED].scope
            for routing in self.routing()
            if DECLARED in routing and routing[DECLARED].scope
        }
        self.assertFalse(asked - known, "add records of retail.api.scope")

    def test_every_reference_of_the_description_leads_somewhere(self):
        document = self.description()

        def references(value):
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    yield value["$ref"]
                for inner in value.values():
                    yield from references(inner)
            elif isinstance(value, list):
                for inner in value:
                    yield from references(inner)

        for reference in set(references(document)):
            found = document
            for step in reference.removeprefix("#/").split("/"):
                self.assertIn(step, found, reference)
                found = found[step]

    def test_every_operation_has_a_name_of_its_own(self):
        names = [
            operation["operationId"]
            for item in self.description()["paths"].values()
            for operation in item.values()
        ]
        self.assertEqual(len(names), len(set(names)))

    # --- topics -----------------------------------------------------------------------

    def test_topics_are_listed_with_their_versions(self):
        items = self.ask("/retail/v1/topics").json()["items"]
        topic = next(one for one in items if one["name"] == "retail.pos.receipt.v1")
        self.assertEqual(topic["family"], "retail.pos.receipt")
        self.assertEqual(topic["version"], 1)
        self.assertEqual(topic["direction"], "in")
        contract = self.ask(topic["url"]).json()
        self.assertIn("lines", contract["schema"]["properties"])

    def test_unknown_topic_is_not_found(self):
        path = "/retail/v1/topics/retail.pos.receipt.v9"
        self.assertProblem(self.ask(path), 404, "RET-1403")
