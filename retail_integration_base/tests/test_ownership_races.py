"""Ownership and versions on two real connections: what one transaction cannot show.

These tests commit, in a company of their own, and leave their rows behind.
"""

import os
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock
from odoo.tools import mute_logger

from ..models.credential import KEYS_VARIABLE
from ..tools.clock import to_naive, utc_now
from ..tools.keyring import generate_key
from . import factories as make

TRIES_MAX = 8


@tagged("post_install", "-at_install", "retail_race")
class TestOwnershipRaces(BaseCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        for patcher in (
            patch.dict(os.environ, {KEYS_VARIABLE: generate_key()}),
            # Odoo runs tests inside the registry's lock; threads would wait for it.
            patch.object(Registry, "_lock", DummyRLock()),
        ):
            patcher.start()
            cls.addClassCleanup(patcher.stop)
        cls.code = f"owner-{uuid.uuid4().hex[:8]}"
        cls.addClassCleanup(cls._forget_secrets)
        with cls.registry.cursor() as cr:
            cls._make_systems(api.Environment(cr, SUPERUSER_ID, {}))

    @classmethod
    def _make_systems(cls, env: api.Environment) -> None:
        company = env["res.company"].create({"name": cls.code})
        service = make.make_user(
            env,
            cls.code,
            "group_service",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        own = {"company_id": company.id, "user_id": service.id}
        cls.company_id = company.id
        cls.backend_id = make.make_backend(env, f"{cls.code}-a", **own).id
        cls.other_id = make.make_backend(env, f"{cls.code}-b", **own).id
        cls.store_id = make.make_store(env, cls.code, company_id=company.id).id
        env["retail.ownership.rule"].create(
            {
                "company_id": company.id,
                "subject": "retail.store",
                "owned_by": "newest",
                "state": "approved",
                "valid_from": "2020-01-01",
            }
        )
        env.cr.execute(
            "UPDATE retail_known_value SET known_at = '2020-01-01'"
            " WHERE company_id = %s",
            [company.id],
        )

    @classmethod
    def _forget_secrets(cls) -> None:
        # Nobody else has the key ring they were written with.
        with cls.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM retail_credential WHERE backend_id IN %s",
                [(cls.backend_id, cls.other_id)],
            )

    def count(self, query: str, *params: object) -> int:
        with self.registry.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchone()[0]

    def say(self, backend_id: int, name: str, at: datetime) -> None:
        """Let a system say a name as a lane does: replayed when overtaken."""
        for _try in range(TRIES_MAX):
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["retail.ownership"]._receive(
                        env["retail.backend"].browse(backend_id),
                        env["retail.store"].browse(self.store_id),
                        {"name": name},
                        at=at,
                    )
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                continue
        raise AssertionError("overtaken every time")

    def name(self) -> str:
        with self.registry.cursor() as cr:
            cr.execute("SELECT name FROM retail_store WHERE id = %s", [self.store_id])
            return cr.fetchone()[0]

    def test_of_words_at_the_same_time_the_newest_stays(self):
        start = utc_now() - timedelta(minutes=10)
        barrier = threading.Barrier(2)

        def speak(backend_id: int, offset: int) -> None:
            for turn in range(3):
                barrier.wait()
                moment = start + timedelta(seconds=10 * turn + offset)
                self.say(backend_id, f"{backend_id}-{turn}", moment)

        with mute_logger("odoo.sql_db"), ThreadPoolExecutor(2) as pool:
            works = [
                pool.submit(speak, self.backend_id, 0),
                pool.submit(speak, self.other_id, 5),
            ]
            for work in works:
                work.result()
        self.assertEqual(self.name(), f"{self.other_id}-2")

    def test_older_word_that_began_first_does_not_overwrite_a_newer_one(self):
        now = utc_now()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            record = env["retail.store"].browse(self.store_id)
            self.assertTrue(record.name)  # takes the snapshot
            self.say(self.other_id, "Newer", now)
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.SerializationFailure),
            ):
                env["retail.ownership"]._receive(
                    env["retail.backend"].browse(self.backend_id),
                    record,
                    {"name": "Older"},
                    at=now - timedelta(seconds=1),
                )
            cr.rollback()
        self.say(self.backend_id, "Older", now - timedelta(seconds=1))
        self.assertEqual(self.name(), "Newer")

    def draft(self, env: api.Environment, value: str) -> int:
        values = {
            "company_id": self.company_id,
            "kind": "tax",
            "external_value": "RACE",
            "internal_value": value,
            "valid_from": "2026-01-01",
        }
        return env["retail.value.map"].create(values).id

    def approve(self, map_id: int, barrier: threading.Barrier) -> str:
        try:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                draft = env["retail.value.map"].browse(map_id)
                self.assertEqual(draft.state, "draft")
                barrier.wait()
                draft.action_approve()
        except (
            psycopg2.errors.ExclusionViolation,
            *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
        ):
            return "refused"
        return "approved"

    def test_of_two_approvals_at_the_same_time_one_holds(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            drafts = [self.draft(env, value) for value in ("one", "two")]
        barrier = threading.Barrier(2)
        with mute_logger("odoo.sql_db"), ThreadPoolExecutor(2) as pool:
            verdicts = sorted(pool.map(lambda d: self.approve(d, barrier), drafts))
        self.assertEqual(verdicts, ["approved", "refused"])
        held = "SELECT count(*) FROM retail_value_map WHERE state = 'approved'"
        self.assertEqual(self.count(f"{held} AND id = ANY (%s)", drafts), 1)

    def test_two_systems_are_told_once_each_whatever_happens(self):
        """The unique row of what a system knows: two first words at one time."""
        barrier = threading.Barrier(2)
        at = to_naive(utc_now())

        def note(_n: int) -> None:
            for _try in range(TRIES_MAX):
                try:
                    with self.registry.cursor() as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        store = env["retail.store"].browse(self.store_id)
                        self.assertTrue(store.name)
                        if not _try:
                            barrier.wait()
                        env["retail.known.value"]._note(
                            env["retail.backend"].browse(self.other_id),
                            store,
                            {"currency": "f" * 32},
                            "told",
                            at,
                        )
                    return
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    continue
            raise AssertionError("overtaken every time")

        with mute_logger("odoo.sql_db"), ThreadPoolExecutor(2) as pool:
            list(pool.map(note, range(2)))
        self.assertEqual(
            self.count(
                "SELECT count(*) FROM retail_known_value WHERE backend_id = %s"
                " AND field_name = 'currency'",
                self.other_id,
            ),
            1,
        )
