"""Requests that come twice: one effect, one answer, also at once and after a crash.

Two real connections, as in ``test_races``; these tests commit.
"""

import uuid

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..models.idempotency_key import KEPT_HOURS, KeptAnswer
from ..tools.error_api import IdempotencyKeyReused, StillRunning
from . import factories as make

ANSWER = KeptAnswer(201, '{"id": 7}', "/retail/v1/things/7")


@tagged("post_install", "-at_install", "retail_race")
class TestApiIdempotency(BaseCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            code = f"idem-{uuid.uuid4().hex[:8]}"
            backend = make.make_backend(env, code, credential_ids=[])
            key, _text = env["retail.api.key"]._issue(backend, "one")
            cls.facts = key._facts(backend.user_id)
            other, _text = env["retail.api.key"]._issue(backend, "two")
            cls.other_facts = other._facts(backend.user_id)

    def setUp(self) -> None:
        super().setUp()
        self.key = uuid.uuid4().hex

    def memory(self):
        """Return the memory on a connection of its own, as each request has one."""
        cr = self.registry.cursor()
        # The first wish of a killed one fails; closing is all that is left to do.
        self.addCleanup(cr._cnx.close)
        return api.Environment(cr, SUPERUSER_ID, {})["retail.idempotency.key"]

    def claim(self, memory, fingerprint: str = "f" * 64, facts=None):
        return memory._claim(facts or self.facts, self.key, "post_things", fingerprint)

    def test_first_request_works_and_the_second_gets_its_answer(self):
        first = self.memory()
        self.assertIsNone(self.claim(first))
        first._keep(self.facts, self.key, ANSWER)
        first.env.cr.commit()
        self.assertEqual(self.claim(self.memory()), ANSWER)

    def test_other_request_with_the_same_key_is_refused(self):
        first = self.memory()
        self.claim(first)
        first._keep(self.facts, self.key, ANSWER)
        first.env.cr.commit()
        with self.assertRaises(IdempotencyKeyReused):
            self.claim(self.memory(), "0" * 64)

    def test_key_belongs_to_one_caller(self):
        first = self.memory()
        self.claim(first)
        self.assertIsNone(self.claim(self.memory(), facts=self.other_facts))

    def test_request_that_is_still_running_is_said_to_be(self):
        self.claim(self.memory())
        second = self.memory()
        with self.assertRaises(StillRunning) as caught:
            self.claim(second)
        self.assertGreater(caught.exception.retry_after_s, 0)

    def test_killed_worker_leaves_nothing_running(self):
        killed = self.memory()
        self.claim(killed)
        with self.registry.cursor() as cr, mute_logger("odoo.sql_db"):
            cr.execute(
                "SELECT pg_terminate_backend(%s, 5000)",
                [killed.env.cr._cnx.get_backend_pid()],
            )
        self.assertIsNone(self.claim(self.memory()))
        with self.assertRaises(psycopg2.OperationalError):
            killed.env.cr.commit()

    def test_request_that_failed_may_come_again(self):
        failed = self.memory()
        self.claim(failed)
        failed.env.cr.rollback()
        self.assertIsNone(self.claim(self.memory(), "0" * 64))

    def test_answer_that_came_after_our_snapshot_is_found_by_the_replay(self):
        second = self.memory()
        second.env.cr.execute("SELECT 1 FROM retail_idempotency_key LIMIT 1")
        first = self.memory()
        self.claim(first)
        first._keep(self.facts, self.key, ANSWER)
        first.env.cr.commit()
        with (
            self.assertRaises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY),
            mute_logger("odoo.sql_db"),
        ):
            self.claim(second)
        second.env.cr.rollback()
        self.assertEqual(self.claim(second), ANSWER)

    def test_answers_are_forgotten_after_a_day(self):
        memory = self.memory()
        self.claim(memory)
        memory._gc_idempotency_keys()
        self.assertTrue(self.known(memory))
        memory.env.cr.execute(
            "UPDATE retail_idempotency_key"
            " SET created_at = created_at - make_interval(hours => %s) WHERE key = %s",
            [KEPT_HOURS + 1, self.key],
        )
        memory._gc_idempotency_keys()
        self.assertFalse(self.known(memory))

    def known(self, memory) -> bool:
        memory.env.invalidate_all()
        return bool(memory.search_count([("key", "=", self.key)]))
