"""Two connections and one audit chain: it never forks.

This test commits. It uses a company of its own and leaves its rows behind; the test
database is a clone that is thrown away.
"""

import uuid
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock

#: without Odoo's pause between replays, many more of them than it would need
TRIES_MAX = 1000


@tagged("post_install", "-at_install", "retail_race")
class TestAuditRaces(BaseCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # Odoo runs tests inside the registry's lock; other threads would wait for it.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        cls.addClassCleanup(lock.stop)
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": uuid.uuid4().hex})
            cls.company_id = company.id

    def append(self, number: int) -> int:
        """Append one entry as a request does; return how often it was overtaken."""
        for overtaken in range(TRIES_MAX):
            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    company = env["res.company"].browse(self.company_id)
                    env["retail.audit.entry"]._record(
                        "company.counted", company, details={"number": number}
                    )
                return overtaken
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                continue
        raise AssertionError("overtaken every time")

    def test_concurrent_entries_follow_each_other(self):
        with ThreadPoolExecutor(6) as pool:
            overtaken = sum(pool.map(self.append, range(60)))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            chain = env["retail.audit.stream"].search(
                [("company_id", "=", self.company_id)]
            )
            self.assertEqual(len(chain), 1)
            self.assertEqual(chain.last_sequence, 60)
            self.assertEqual(chain._verify(), [])
        # Else nothing ran at the same time and nothing was shown.
        self.assertTrue(overtaken)
