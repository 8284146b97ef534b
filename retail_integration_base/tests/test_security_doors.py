"""Hostile bodies at every door, and what each route has to say about itself."""

import gzip

from odoo.http import _generate_routing_rules
from odoo.tests import TransactionCase, tagged

from . import factories as make
from .common_http import GatewayCase
from .hostile import hostile_bodies

MODULE = "retail_integration_base"
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


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
        body = gzip.compress(b" " * 20_000_000)
        response = self.send_body(body, headers={"Content-Encoding": "gzip"})
        self.assertIn(response.status_code, (400, 415))
        self.assertFalse(self.stored())

    def test_no_body_breaks_an_operation_of_the_api(self):
        key, text = self.env["retail.api.key"]._issue(self.backend, "hostile")
        bodies = list(hostile_bodies())
        self.assertTrue(key)
        for path, routing in our_routes():
            writing = set(routing["methods"] or ()) - SAFE_METHODS
            address = path.replace("<code>", "till")
            for method in writing:
                while "<" in address:
                    start, end = address.index("<"), address.index(">")
                    address = address[:start] + "1" + address[end + 1 :]
                # Every fifth: the parser is one and the same, the routes differ.
                for name, body in bodies[::5]:
                    with self.subTest(name, path=address, method=method):
                        response = self.url_open(
                            address,
                            data=body,
                            method=method,
                            headers={
                                "Content-Type": "application/json",
                                "Authorization": f"Bearer {text}",
                                "Idempotency-Key": f'"{name}-{address}"',
                            },
                        )
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
