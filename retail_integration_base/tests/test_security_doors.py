"""Hostile bodies at every door, and what each route has to say about itself."""

import re

from odoo.http import _generate_routing_rules
from odoo.tests import TransactionCase, tagged

from . import factories as make
from .common_http import GatewayCase
from .hostile import (
    HOSTILE_PLACES,
    HOSTILE_QUERIES,
    compressed_bodies,
    hostile_bodies,
)

MODULE = "retail_integration_base"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
#: A place in a path as Odoo's router writes it.
PLACE = re.compile(r"<[^>]+>")


def our_routes():
    """Return ``(path, routing)`` of every route of the module."""
    return [
        (path, endpoint.routing)
        for path, endpoint in _generate_routing_rules([MODULE], nodb_only=False)
        # The addresses that do not exist answer 404 whatever comes.
        if endpoint.func.__module__.startswith(f"odoo.addons.{MODULE}.")
        and endpoint.routing.get("methods")
    ]


@tagged("post_install", "-at_install")
class TestHostileBodies(GatewayCase):
    def setUp(self):
        super().setUp()
        make.make_backend(
            self.env,
            "shop",
            connector="retail.connector.shopify",
            signature_scheme_id=self.env.ref(f"{MODULE}.scheme_standard_webhooks").id,
        )

    def assertNoBodyBreaks(self, path, **headers):
        for name, body in hostile_bodies():
            with self.subTest(name, path=path):
                response = self.send_body(body, path=path, headers=headers)
                self.assertIn(response.status_code, range(200, 500))

    def test_no_body_breaks_the_events_door(self):
        self.assertNoBodyBreaks("till/events")

    def test_no_body_breaks_the_webhook_door(self):
        self.assertNoBodyBreaks("till/webhook")

    def test_no_body_breaks_a_vendors_webhook_door(self):
        self.assertNoBodyBreaks("shop/webhook", **{"X-Shopify-Topic": "orders/create"})

    def test_no_line_breaks_the_door_of_many(self):
        for name, body in hostile_bodies():
            lines = body.replace(b"\n", b" ") + b"\n" + body.replace(b"\n", b" ")
            with self.subTest(name):
                response = self.send_body(
                    lines, headers={"Content-Type": "application/x-ndjson"}
                )
                self.assertIn(response.status_code, range(200, 500))

    def test_compressed_bodies_are_not_unpacked(self):
        for name, body in compressed_bodies():
            for path in ("till/events", "till/webhook", "shop/webhook"):
                with self.subTest(name, path=path):
                    headers = {"Content-Encoding": name}
                    response = self.send_body(body, path=path, headers=headers)
                    self.assertProblem(response, 415)
        self.assertFalse(self.stored())

    # --- every operation that takes a body, as the routes say -------------------------

    def writing(self):
        """Yield method and address of every operation that may change something."""
        self.backend.offered_topic_ids = self.env["retail.topic"].search(
            [("direction", "=", "out")]
        )
        uuid = self.backend.subscription_ids.create(
            {"backend_id": self.backend.id, "url": "https://a.example/"}
        ).uuid
        for path, routing in our_routes():
            address = path.replace("<string:", "<").replace("<code>", "till")
            address = PLACE.sub("1", address.replace("<id>", uuid))
            for method in sorted(set(routing["methods"]) - SAFE_METHODS):
                yield method, address

    def ask_with(self, method: str, address: str, body: bytes, number: int, **headers):
        return self.url_open(
            address,
            data=body,
            method=method,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.text}",
                "Idempotency-Key": f'"{number}-{address}"',
                **headers,
            },
        )

    def open_everything(self):
        scopes = self.env["retail.api.scope"].search([]).mapped("name")
        key, self.text = self.env["retail.api.key"]._issue(
            self.backend, "hostile", *scopes
        )
        key.limit_per_minute = 0

    def assertProblemOrDone(self, response):
        self.assertIn(response.status_code, range(200, 500))
        if response.status_code >= 400:
            self.assertProblem(response, response.status_code)

    def test_no_body_breaks_an_operation_of_the_api(self):
        self.open_everything()
        bodies = list(hostile_bodies())
        operations = list(self.writing())
        self.assertGreater(len(operations), 8)
        reached = set()
        for shift, (method, address) in enumerate(operations):
            # The parser is one and the same: each operation gets its share, and all
            # of them together get each body.
            for number, (name, body) in list(enumerate(bodies))[shift % 5 :: 5]:
                with self.subTest(name, method=method, address=address):
                    response = self.ask_with(method, address, body, number)
                    self.assertProblemOrDone(response)
                    if response.status_code not in (401, 403, 429):
                        reached.add((method, address))
        signed = {("POST", "/retail/v1/backends/till/webhook")}
        self.assertEqual(reached, set(operations) - signed)

    def test_no_compressed_body_is_unpacked_by_an_operation(self):
        self.open_everything()
        for number, (name, body) in enumerate(compressed_bodies()):
            for method, address in self.writing():
                with self.subTest(name, method=method, address=address):
                    headers = {"Content-Encoding": name}
                    self.assertProblemOrDone(
                        self.ask_with(method, address, body, number, **headers)
                    )

    def test_no_address_breaks_an_operation(self):
        self.open_everything()
        for path, routing in our_routes():
            for name, place in HOSTILE_PLACES:
                if not PLACE.search(path):
                    continue
                for method in sorted(set(routing["methods"])):
                    address = PLACE.sub(lambda _match, place=place: place, path)
                    with self.subTest(name, method=method, path=path):
                        body = b"{}" if method not in SAFE_METHODS else None
                        response = self.ask_with(method, address, body, 1)
                        self.assertIn(response.status_code, range(200, 500))

    def test_no_query_breaks_an_operation(self):
        self.open_everything()
        for path, routing in our_routes():
            if "GET" not in routing["methods"] or PLACE.search(path):
                continue
            for query in HOSTILE_QUERIES:
                with self.subTest(query[:60], path=path):
                    response = self.ask_with("GET", f"{path}?{query}", None, 1)
                    self.assertIn(response.status_code, range(200, 500))


@tagged("post_install", "-at_install")
class TestRoutes(TransactionCase):
    """In the spirit of Odoo's own ``test_lint``: what a route must not leave open."""

    def test_there_are_routes_to_look_at(self):
        paths = [path for path, _routing in our_routes()]
        self.assertTrue(any(path.endswith("/events") for path in paths), paths)

    def test_every_route_says_who_may_call_it_and_how(self):
        for path, routing in our_routes():
            with self.subTest(path):
                self.assertIn(routing.get("auth"), ("none", "user"))
                self.assertIn("readonly", routing)
                self.assertTrue(path.startswith("/retail/"), "our own space of names")

    def test_routes_for_machines_keep_no_session_and_take_no_cookie(self):
        for path, routing in our_routes():
            if routing["auth"] != "none":
                continue
            with self.subTest(path):
                self.assertFalse(routing.get("save_session", True))
                self.assertFalse(routing.get("csrf", True), "there is no cookie")
                self.assertFalse(routing.get("cors"))

    def test_routes_for_people_are_guarded_against_forged_requests(self):
        for path, routing in our_routes():
            if routing["auth"] == "user":
                with self.subTest(path):
                    writes = set(routing["methods"]) - SAFE_METHODS
                    self.assertFalse(writes and routing.get("csrf") is False)

    def test_routes_that_write_do_not_ask_for_a_read_only_cursor(self):
        for path, routing in our_routes():
            if set(routing["methods"]) - SAFE_METHODS:
                with self.subTest(path):
                    self.assertIs(routing.get("readonly"), False)

    def test_bodies_are_limited_before_they_are_read(self):
        for path, routing in our_routes():
            if set(routing["methods"]) - SAFE_METHODS:
                with self.subTest(path):
                    self.assertTrue(routing.get("max_content_length"))
