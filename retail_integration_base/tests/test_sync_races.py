"""Sync runs on real connections: one worker leads, a crash repeats one page at most.

These tests commit, under codes of their own, in a database that is thrown away.
"""

import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock

from ..models.credential import KEYS_VARIABLE
from ..models.paged_run import RetailPagedRun
from ..tools.keyring import generate_key
from . import factories as make
from .fakes import Lists


class Killed(BaseException):
    """A worker that is gone: nothing catches it, nothing is committed any more."""


@tagged("post_install", "-at_install", "retail_race")
class TestSyncRaces(BaseCase):
    def setUp(self) -> None:
        super().setUp()
        keys = patch.dict(os.environ, {KEYS_VARIABLE: generate_key()})
        keys.start()
        self.addCleanup(keys.stop)
        self.registry = Registry(get_db_name())
        # Odoo runs tests inside the registry's lock; other threads would wait for it.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        self.addCleanup(lock.stop)
        self.lists = Lists()
        self.addCleanup(self.lists.stop)
        self.code = f"sync-{uuid.uuid4().hex[:8]}"
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            backend = make.make_backend(env, self.code, api_url=self.lists.url)
            # Nobody else has the key ring they were written with.
            backend.credential_ids.unlink()
            self.job_id = (
                env["retail.sync.job"]
                .create({"name": self.code, "backend_id": backend.id, "page_size": 2})
                .id
            )

    @classmethod
    def _request_handler(
        cls, session: object, request: object, /, **kwargs: object
    ) -> object:
        # Odoo's guard lets loopback pass but cannot compare a pair of timeouts.
        kwargs["timeout"] = max(kwargs["timeout"])
        return super()._request_handler(session, request, **kwargs)

    def offer(self, count: int) -> None:
        self.lists.items = [
            make.make_event(event_id=f"{self.code}-{n}") for n in range(count)
        ]

    def begin(self) -> int:
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["retail.sync.job"].browse(self.job_id)._start_runs().id or 0

    def activate(self) -> None:
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["retail.sync.job"].browse(self.job_id).state = "active"

    def step(self, run_id: int) -> str:
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["retail.sync.run"].browse(run_id)._step()

    def facts(self, run_id: int, *names: str) -> tuple:
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            run = env["retail.sync.run"].browse(run_id)
            return tuple(run[name] for name in names)

    def test_eight_starts_at_once_are_one_run(self):
        gate = threading.Barrier(8)

        def start(_n: int) -> int:
            gate.wait(10)
            try:
                return self.begin()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                return 0  # Odoo would replay it, and find the other one.

        with ThreadPoolExecutor(8) as pool:
            begun = list(pool.map(start, range(8)))
        self.assertEqual(len([run_id for run_id in begun if run_id]), 1)

    def test_four_workers_store_each_page_once_and_ask_for_it_once(self):
        self.offer(20)
        self.activate()
        run_id = self.begin()
        gate = threading.Barrier(4)

        def work(_n: int) -> str:
            gate.wait(10)
            return self.step(run_id)

        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(work, range(4)))
        self.assertIn("nothing left to do", told)
        self.assertEqual(
            self.facts(run_id, "state", "page_count", "new_count", "duplicate_count"),
            ("done", 10, 20, 0),
        )
        self.assertEqual(len(self.lists.asked), 10)

    def test_worker_killed_before_it_stored_a_page_loses_nothing(self):
        self.offer(6)
        self.activate()
        run_id = self.begin()
        store = RetailPagedRun._store_page

        def die_at_second(run, number, page):
            if number == 1:
                raise Killed
            return store(run, number, page)

        with (
            patch.object(RetailPagedRun, "_store_page", die_at_second),
            self.assertRaises(Killed),
        ):
            self.step(run_id)
        self.assertEqual(self.facts(run_id, "state", "page_count"), ("running", 1))
        self.step(run_id)
        self.assertEqual(
            self.facts(run_id, "state", "page_count", "new_count", "duplicate_count"),
            ("done", 3, 6, 0),
        )
        cursors = [asked.get("cursor") for asked in self.lists.asked]
        self.assertEqual(cursors, [None, "2", "2", "4"])

    def test_page_that_comes_after_the_stop_is_thrown_away(self):
        self.offer(4)
        self.activate()
        run_id = self.begin()
        page = self.lists.page

        def stop_meanwhile(start: int) -> dict:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["retail.sync.run"].browse(run_id).action_stop()
            return page(start)

        self.lists.page = stop_meanwhile
        self.step(run_id)
        self.assertEqual(
            self.facts(run_id, "state", "page_count", "item_count"), ("stopped", 0, 0)
        )
