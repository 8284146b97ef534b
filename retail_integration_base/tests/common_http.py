"""The case for everything that comes through the doors: signed requests and problems.

Lives here: sending as a partner does, looking at what is stored, reading an error
answer. Lives elsewhere: the shop (``common.py``), documents (``factories.py``). Used by
the tests of routes, schemes and credentials.
"""

import http.client
from typing import Any
from unittest.mock import patch

import requests

from odoo.models import BaseModel
from odoo.tests.common import HOST, TEST_CURSOR_COOKIE_NAME

from ..models import refusal
from . import factories as make
from .common import RetailHttpCase

PROBLEM_TYPE = "application/problem+json"
#: What must never be in an answer: our files, our SQL, our Python.
INSIDES = ("Traceback", 'File "', ".py", "psycopg2", "SELECT ", "INSERT ", "odoo.")


class GatewayCase(RetailHttpCase):
    """A partner in front of the routes of the backend ``till``."""

    def setUp(self) -> None:
        super().setUp()
        # Counts of earlier tests wait in the worker's memory. A refused request rolls
        # back what its cursor's test twin wrote, so none may write of its own accord.
        refusal._buffer.take(self.env.cr.dbname)
        self.startPatcher(patch.object(refusal, "FLUSH_INTERVAL_S", 3600.0))

    # --- sending --------------------------------------------------------------------

    def send(self, *events: dict, **kwargs: Any) -> requests.Response:
        """Send canonical events to ``till``, signed."""
        return self.send_body(make.as_body(*events), **kwargs)

    def send_body(
        self,
        body: bytes,
        path: str = "till/events",
        headers: dict | None = None,
        **signing: Any,
    ) -> requests.Response:
        """Send raw bytes with a signature that is right for them."""
        signed = self.sign(body, **signing)
        return self.post(path, body, {**signed, **(headers or {})}, method="POST")

    def send_raw(
        self, path: str, headers: list[tuple[str, str]], body: bytes = b""
    ) -> http.client.HTTPResponse:
        """Send exactly these header lines, a name as often as it is listed.

        The body goes out as it is: nothing holds it against ``Content-Length``.
        """
        self.env.cr.flush()
        self.env.cr.clear()
        connection = http.client.HTTPConnection(HOST, self.http_port(), timeout=12)
        self.addCleanup(connection.close)
        with self.allow_requests():
            cookie = f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}"
            connection.putrequest("POST", f"/retail/v1/backends/{path}")
            for name, value in [("Cookie", cookie), *headers]:
                connection.putheader(name, value)
            connection.endheaders(body or None)
            response = connection.getresponse()
            response.content = response.read()
        return response

    # --- looking --------------------------------------------------------------------

    def stored(self, backend: BaseModel | None = None) -> BaseModel:
        """Return the messages that the backend's inbox holds, oldest first."""
        self.env.invalidate_all()
        return self.env["retail.inbox.event"].search(
            [("backend_id", "=", (backend or self.backend).id)], order="id"
        )

    def refusals(self, backend: BaseModel | None = None) -> dict[str, int]:
        """Return the refused requests, counted by reason; none: the unknown ones."""
        self.env["retail.refusal"]._flush_buffer()
        self.env.invalidate_all()
        rows = self.env["retail.refusal"].search(
            [("backend_ref", "=", backend.id if backend else 0)]
        )
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.reason] = counts.get(row.reason, 0) + row.count
        return counts

    # --- judging --------------------------------------------------------------------

    def assertProblem(
        self,
        response: requests.Response,
        status: int,
        code: str | None = None,
        pointer: str | None = None,
    ) -> dict:
        """Check that ``response`` is an RFC 9457 problem, and return it."""
        self.assertEqual(response.status_code, status, response.text[:500])
        self.assertEqual(response.headers["Content-Type"], PROBLEM_TYPE)
        problem = response.json()
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["type"], f"/retail/v1/errors/{problem['code']}")
        self.assertTrue(problem["title"])
        self.assertEqual(
            problem["correlation_id"], response.headers["X-Correlation-Id"]
        )
        for inside in INSIDES:
            self.assertNotIn(inside, response.text)
        if code:
            self.assertEqual(problem["code"], code)
        if pointer is not None:
            pointers = [found["pointer"] for found in problem.get("errors", [])]
            self.assertIn(pointer, pointers, problem)
        return problem
