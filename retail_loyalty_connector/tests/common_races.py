"""Real connections at once: each with its own snapshot, overtaken ones replayed.

These tests commit. Each makes a program of its own and leaves its rows behind; the test
database is a clone that is thrown away.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.models import BaseModel
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name
from odoo.tests.common import DummyRLock

from . import factories as make
from .common import RULES

#: without Odoo's pause between replays, many more of them than it would need
TRIES_MAX = 200


class RaceCase(BaseCase):
    """Runs what several requests do at the same moment."""

    #: After everything that counts rows: Odoo's runner sorts by this.
    test_sequence = 100

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Odoo runs tests inside the registry's lock; other threads would wait for it.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        cls.addClassCleanup(lock.stop)

    def setUp(self) -> None:
        super().setUp()
        self.replays = 0
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            program = make.make_program(env)
            self.program_id = program.id
            self.account_ids = [
                make.make_member(env, program)._account().id for _ in range(2)
            ]

    @property
    def account_id(self) -> int:
        """The account that most tests are about."""
        return self.account_ids[0]

    def once(self, work: Callable[[BaseModel], Any]) -> Any:
        """Do ``work(ledger)`` in a transaction of its own; replay it like Odoo."""
        return self._try(work, None)

    def at_once(self, *works: Callable[[BaseModel], Any]) -> list[Any]:
        """Do all of it at the same moment, from the same snapshot of the past."""
        start = threading.Barrier(len(works))
        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(lambda work: self._try(work, start), works))

    def _try(
        self, work: Callable[[BaseModel], Any], start: threading.Barrier | None
    ) -> Any:
        for overtaken in range(TRIES_MAX):
            try:
                with self.registry.cursor() as cr:
                    cr.execute("SELECT 1")  # here begins what this transaction sees
                    if start and not overtaken:
                        start.wait(10)
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    return work(env["retail.loyalty.ledger"])
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.replays += 1
        raise AssertionError("overtaken every time")

    def balance(self, account_id: int | None = None) -> Any:
        """Return what is on an account now."""
        number = account_id or self.account_id
        return self.once(
            lambda ledger: ledger._balance(
                ledger.env["retail.loyalty.account"].browse(number)
            )
        )

    def assert_rules(self) -> None:
        """Fail with each rule that some row breaks, and with each broken chain."""
        with self.registry.cursor() as cr:
            for rule, query in RULES.items():
                cr.execute(query)
                self.assertEqual(cr.fetchall(), [], rule)
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertEqual(env["retail.loyalty.ledger"]._verify(), [])
