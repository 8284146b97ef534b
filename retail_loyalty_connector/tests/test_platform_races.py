"""Two workers at the same moment: no order is told by both."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests import factories as base_make

from . import factories as make
from .common_races import RaceCase


@tagged("post_install", "-at_install", "retail_race")
class TestPlatformRaces(RaceCase):
    def setUp(self) -> None:
        super().setUp()
        self.once(self._run_by_platform)
        # What these tests leave behind must not be told by others.
        self.addCleanup(self.once, self._retire)

    def _run_by_platform(self, ledger) -> None:
        code = f"platform-{make.new_uuid()[:8]}"
        backend = base_make.make_backend(
            ledger.env, code, kind="loyalty", connector="retail.connector.square"
        )
        ledger.env["retail.loyalty.program"].browse(self.program_id).write(
            {"backend_id": backend.id}
        )

    def _retire(self, ledger) -> None:
        program = ledger.env["retail.loyalty.program"].browse(self.program_id)
        program.backend_id.state = "paused"

    def _claim(self, ledger) -> list[int]:
        orders = ledger.env["retail.loyalty.platform.order"]
        claimed = orders.browse([one.row_id for one in orders._claim()])
        ours = claimed.filtered(lambda one: one.program_id.id == self.program_id)
        return ours.ids

    def test_each_order_is_claimed_by_one_worker(self):
        for _round in range(3):
            for account_id in self.account_ids:
                posting = make.accrual(account_id, 5)
                self.once(lambda ledger, one=posting: ledger._post([one]))
        claimed = self.at_once(self._claim, self._claim, self._claim)
        ids = [one for ids in claimed for one in ids]
        self.assertEqual(
            len(ids), 2, "the first of each member, and by one worker each"
        )
        self.assertEqual(len(set(ids)), 2)
        self.assertEqual(self.once(self._claim), [], "the others wait for their turn")

    def test_refused_posting_makes_no_order_and_replays_make_one(self):
        requests = [make.accrual(self.account_id, 5) for _n in range(2)]
        self.at_once(*(lambda ledger: ledger._post(requests) for _n in range(3)))
        refused = make.spending(self.account_id, 100)
        self.once(lambda ledger: ledger._post([refused]))
        keys = self.once(
            lambda ledger: (
                ledger.env["retail.loyalty.platform.order"]
                .search([("program_id", "=", self.program_id)], order="id")
                .mapped("uuid")
            )
        )
        self.assertEqual(sorted(keys), sorted(one.uuid for one in requests))
