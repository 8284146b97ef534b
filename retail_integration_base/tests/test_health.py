"""``/retail/health/*``: what a load balancer sees; no database at all: e2e."""

from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tests.test_cursor import TestCursor

from . import factories as make
from .common_http import GatewayCase


@tagged("post_install", "-at_install")
class TestHealth(GatewayCase):
    def test_living_process_says_so(self):
        response = self.url_open("/retail/health/live")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"status": "live"})

    def test_process_with_its_database_is_ready(self):
        response = self.url_open("/retail/health/ready")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json(), {"status": "ready"})

    def test_database_that_does_not_answer_is_not_ready(self):
        execute = TestCursor.execute

        def fails(cursor, query, params=None, **kwargs):
            if "retail_backend" in str(query):
                raise psycopg2.OperationalError("server closed the connection")
            return execute(cursor, query, params, **kwargs)

        with patch.object(TestCursor, "execute", fails):
            response = self.url_open("/retail/health/ready")
            alive = self.url_open("/retail/health/live")
        self.assertProblem(response, 503, "RET-2001")
        self.assertGreater(int(response.headers["Retry-After"]), 0)
        self.assertEqual(alive.status_code, 200)

    def test_ingest_without_its_database_asks_to_come_back(self):
        gone = psycopg2.OperationalError("server closed the connection")
        inbox = type(self.env["retail.inbox.event"])
        with patch.object(inbox, "_insert", side_effect=gone):
            response = self.send(make.make_event())
        self.assertProblem(response, 503, "RET-2001")
        self.assertGreater(int(response.headers["Retry-After"]), 0)

    def test_health_sets_no_cookie_and_is_not_cached(self):
        for path in ("live", "ready"):
            response = self.url_open(f"/retail/health/{path}")
            self.assertNotIn("Set-Cookie", response.headers)
            self.assertEqual(response.headers["Cache-Control"], "no-store")
