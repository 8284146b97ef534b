"""Races on two real connections: what one test transaction cannot show.

These tests commit. They use codes of their own and leave their rows behind; the test
database is a clone that is thrown away.
"""

import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from ..models.credential import KEYS_VARIABLE
from ..tools.keyring import generate_key
from . import factories as make

TRIES_MAX = 5


@tagged("post_install", "-at_install", "retail_race")
class TestRaces(BaseCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        keys = patch.dict(os.environ, {KEYS_VARIABLE: generate_key()})
        keys.start()
        cls.addClassCleanup(keys.stop)
        cls.registry = Registry(get_db_name())
        # Odoo runs tests inside the registry's lock; other threads would wait for it.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        cls.addClassCleanup(lock.stop)
        cls.code = f"race-{uuid.uuid4().hex[:8]}"
        cls.addClassCleanup(cls._forget_secrets)
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": cls.code})
            env = env(context={"allowed_company_ids": company.ids})
            env.ref("base.EUR").active = True
            make.make_store(env, company_id=company.id)
            make.make_product(env, f"SKU-{cls.code}")
            make.make_tax_map(env, company_id=company.id)
            service = env["res.users"].create(
                {
                    "name": cls.code,
                    "login": cls.code,
                    "company_id": company.id,
                    "company_ids": [(6, 0, company.ids)],
                    "group_ids": [
                        (4, env.ref("retail_integration_base.group_service").id)
                    ],
                }
            )
            cls.backend_id = make.make_backend(
                env, cls.code, company_id=company.id, user_id=service.id, lane_count=1
            ).id

    @classmethod
    def _forget_secrets(cls) -> None:
        # Nobody else has the key ring they were written with.
        with cls.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM retail_credential c USING retail_backend b"
                " WHERE b.id = c.backend_id AND b.code LIKE %s",
                [f"{cls.code}%"],
            )

    def receipt(self, **values) -> dict:
        return make.make_receipt([make.line(f"SKU-{self.code}")], **values)

    def in_transaction(self, work: Callable) -> object:
        """Run ``work(env)`` as Odoo runs a request: replayed when it was overtaken."""
        for _try in range(TRIES_MAX):
            try:
                with self.registry.cursor() as cr:
                    return work(api.Environment(cr, SUPERUSER_ID, {}))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                continue
        raise AssertionError("overtaken every time")

    def store(self, event: dict, backend_id: int | None = None) -> str:
        def work(env):
            gateway = env["retail.gateway"]
            door = gateway._get_door(backend_id or self.backend_id)
            receipts, _single = gateway._receive_events(
                door, make.as_body(event), ndjson=False
            )
            return receipts[0].verdict

        return self.in_transaction(work)

    def work_lane(self, backend_id: int | None = None) -> object:
        return self.in_transaction(lambda env: self.lane(env, backend_id)._work())

    def lane(self, env, backend_id: int | None = None):
        return env["retail.lane"].search(
            [
                ("backend_id", "=", backend_id or self.backend_id),
                ("direction", "=", "in"),
            ]
        )

    def count(self, query: str, *params: object) -> int:
        with self.registry.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchone()[0]

    # --- the same message at the same time ------------------------------------------

    def test_same_event_from_eight_connections_is_stored_once(self):
        event = make.make_event(self.receipt(), event_id=f"twin-{uuid.uuid4()}")
        with ThreadPoolExecutor(8) as pool:
            verdicts = list(pool.map(lambda _n: self.store(event), range(8)))
        self.assertEqual(sorted(verdicts), ["accepted"] + ["duplicate"] * 7)

    def test_twin_that_commits_after_our_snapshot_is_found_on_replay(self):
        event = make.make_event(self.receipt(), event_id=f"late-{uuid.uuid4()}")
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")  # takes the snapshot, before the twin exists
            self.assertEqual(self.store(event), "accepted")
            env = api.Environment(cr, SUPERUSER_ID, {})
            gateway = env["retail.gateway"]
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                gateway._receive_events(
                    gateway._find_door(self.code), make.as_body(event), ndjson=False
                )
        self.assertEqual(self.store(event), "duplicate")

    def _receive(self, cr, event: dict) -> str:
        gateway = api.Environment(cr, SUPERUSER_ID, {})["retail.gateway"]
        door = gateway._get_door(self.backend_id)
        receipts, _single = gateway._receive_events(
            door, make.as_body(event), ndjson=False
        )
        return receipts[0].verdict

    def test_message_is_stored_before_the_request_ends(self):
        self.store(make.make_event(self.receipt()))  # the door is remembered now
        event = make.make_event(self.receipt(), event_id=f"at-once-{uuid.uuid4()}")
        with self.registry.cursor() as cr:
            self.assertEqual(self._receive(cr, event), "accepted")
            cr.rollback()
            cr.execute("SHOW transaction_isolation")
            self.assertEqual(cr.fetchone()[0], "repeatable read")
        self.assertEqual(self.store(event), "duplicate")

    def test_message_is_part_of_a_transaction_that_has_begun(self):
        event = make.make_event(self.receipt(), event_id=f"part-{uuid.uuid4()}")
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")
            self.assertEqual(self._receive(cr, event), "accepted")
            cr.rollback()
        self.assertEqual(self.store(event), "accepted")

    # --- two workers on one lane ------------------------------------------------------

    def test_second_worker_leaves_a_busy_lane_alone(self):
        with self.registry.cursor() as cr:
            self.assertTrue(
                self.lane(api.Environment(cr, SUPERUSER_ID, {}))._lock_row()
            )
            with self.assertRaises(RetryableJobError) as caught:
                self.work_lane()
        self.assertTrue(caught.exception.ignore_retry)

    def test_two_workers_record_each_sale_once(self):
        events = [
            make.make_event(self.receipt(sequence=n, register="two"))
            for n in range(1000, 1040)
        ]
        for event in events:
            self.store(event)
        gate = threading.Barrier(4)

        def worker(_n: int) -> None:
            gate.wait(10)
            for _round in range(10):
                try:
                    self.work_lane()
                except RetryableJobError:
                    continue

        # Who gets the lane with a snapshot from before its last batch is told so by
        # PostgreSQL and begins anew: that is what this is about, and Odoo logs it.
        with mute_logger("odoo.sql_db"), ThreadPoolExecutor(4) as pool:
            list(pool.map(worker, range(4)))
        self.assertEqual(
            self.count(
                "SELECT count(*) FROM retail_transaction WHERE backend_id = %s"
                " AND sequence BETWEEN 1000 AND 1039",
                self.backend_id,
            ),
            40,
        )

    def test_same_sale_in_two_lanes_is_recorded_once(self):
        backend_ids = [self.backend_id, self.in_transaction(self.make_other_backend)]
        receipt = self.receipt(sequence=5000, register="same")
        for backend_id in backend_ids:
            self.store(make.make_event(receipt), backend_id)
        gate = threading.Barrier(2)

        def worker(backend_id: int) -> None:
            gate.wait(10)
            self.work_lane(backend_id)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(worker, backend_ids))
        # The one that came second is not lost: it waits for its retry.
        self.in_transaction(self.make_due)
        for backend_id in backend_ids:
            self.work_lane(backend_id)
        recorded = self.count(
            "SELECT count(*) FROM retail_transaction WHERE sequence = 5000"
            " AND backend_id = ANY (%s)",
            backend_ids,
        )
        self.assertEqual(recorded, 1)
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT state FROM retail_inbox_event WHERE partition_key = %s"
                " AND backend_id = ANY (%s) ORDER BY state",
                ["receipt:12/same", backend_ids],
            )
            self.assertEqual(cr.fetchall(), [("done",), ("ignored",)])

    def make_other_backend(self, env) -> int:
        backend = env["retail.backend"].browse(self.backend_id)
        return make.make_backend(
            env,
            f"{self.code}-b",
            company_id=backend.company_id.id,
            user_id=backend.user_id.id,
            lane_count=1,
        ).id

    def make_due(self, env) -> None:
        env.cr.execute(
            "UPDATE retail_inbox_event SET next_attempt_at = '2020-01-01'"
            " WHERE state = 'retry'"
        )

    # --- people and workers at the same time ----------------------------------

    def test_replay_while_running_makes_no_second_effect(self):
        event = make.make_event(
            make.make_receipt(
                [make.line(f"NEW-{self.code}")], sequence=7000, register="replay"
            )
        )
        self.store(event)
        self.work_lane()

        def replay(env):
            make.make_product(env, f"NEW-{self.code}")
            self.find(env, event).action_replay()

        self.in_transaction(replay)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.lane(env)._work()  # applied, not committed yet
            with ThreadPoolExecutor(1) as pool:
                second = pool.submit(
                    self.in_transaction, lambda e: self.find(e, event).action_replay()
                )
                # Give the other connection time to run into our row lock.
                self.assertRaises(StillRunning, second.result, 0.5)
                # The commit is what this test is about.
                cr.commit()  # pylint: disable=invalid-commit
                second.result(10)
        self.work_lane()
        self.assertEqual(
            self.count(
                "SELECT count(*) FROM retail_transaction WHERE sequence = 7000"
                " AND backend_id = %s",
                self.backend_id,
            ),
            1,
        )

    def find(self, env, event: dict):
        return env["retail.inbox.event"].search(
            [("backend_id", "=", self.backend_id), ("event_key", "=", event["id"])]
        )
