"""Gates under many workers: real connections, every one with its own view.

These tests commit. They use a backend of their own and leave it behind; the test
database is a clone that is thrown away.
"""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock

from ..models.gate import GateLimits
from ..tools.errors import CircuitOpen, RateLimited, RemoteUnavailable, RetailError

HOST = "partner.example"
WORKERS = 8
FREE = GateLimits(rate=0, burst=1, failures_max=1, open_s=60, pause_s=1, pause_s_max=60)


@tagged("post_install", "-at_install", "retail_race")
class TestGateRaces(BaseCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Odoo runs tests inside the registry's lock; other threads would wait for it.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        cls.addClassCleanup(lock.stop)

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
            code = f"gate-{uuid.uuid4().hex[:8]}"
            self.backend_id = (
                env["retail.backend"]
                .create({"name": code, "code": code, "signature_scheme_id": scheme.id})
                .id
            )

    def enter(self, limits: GateLimits) -> RetailError | int:
        try:
            with self.registry.cursor() as cr:
                gates = api.Environment(cr, SUPERUSER_ID, {})["retail.gate"]
                gates._read_committed(cr)
                return gates._enter(self.backend_id, HOST, limits, 1.0, 10.0)
        except RetailError as error:
            return error

    def fail_call(self, gate_id: int) -> None:
        with self.registry.cursor() as cr:
            gates = api.Environment(cr, SUPERUSER_ID, {})["retail.gate"]
            gates._read_committed(cr)
            gates.browse(gate_id)._leave(RemoteUnavailable("away"), None, FREE)

    def at_once(self, limits: GateLimits) -> list:
        """Let many workers enter at the same moment; return what each got."""
        start = threading.Barrier(WORKERS)

        def work(_number: int) -> object:
            start.wait(10)
            return [self.enter(limits) for _ in range(5)]

        with ThreadPoolExecutor(WORKERS) as pool:
            return [one for many in pool.map(work, range(WORKERS)) for one in many]

    def sql(self, query: str, *params: object) -> list[tuple]:
        with self.registry.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchall() if cr.description else []

    def test_no_worker_gets_more_than_the_bucket_holds(self):
        limits = replace(FREE, rate=0.001, burst=7)
        found = self.at_once(limits)
        refused = [one for one in found if isinstance(one, RateLimited)]
        self.assertEqual(len(found) - len(refused), 7)
        self.assertEqual(len(refused), WORKERS * 5 - 7)

    def test_one_worker_tries_when_the_circuit_may_be_tried(self):
        self.fail_call(self.enter(FREE))
        self.sql(
            "UPDATE retail_gate SET retry_at = '2020-01-01' WHERE backend_id = %s",
            self.backend_id,
        )
        found = self.at_once(FREE)
        refused = [one for one in found if isinstance(one, CircuitOpen)]
        self.assertEqual(len(found) - len(refused), 1)

    def test_failures_of_many_workers_open_one_circuit_and_one_exception(self):
        gate_id = self.enter(FREE)
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(lambda _number: self.fail_call(gate_id), range(WORKERS)))
        state, count = self.sql(
            "SELECT state, failure_count FROM retail_gate WHERE id = %s", gate_id
        )[0]
        self.assertEqual((state, count), ("open", WORKERS))
        opened = self.sql(
            "SELECT id FROM retail_exception WHERE backend_id = %s", self.backend_id
        )
        self.assertEqual(len(opened), 1)

    def test_first_calls_of_many_workers_make_one_gate(self):
        self.at_once(FREE)
        gates = self.sql(
            "SELECT id FROM retail_gate WHERE backend_id = %s", self.backend_id
        )
        self.assertEqual(len(gates), 1)
