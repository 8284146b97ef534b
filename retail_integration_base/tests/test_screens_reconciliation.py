"""The screens of sync jobs and reconciliations, in a real Chromium."""

from odoo.models import BaseModel
from odoo.tests import tagged

from . import reconciliation_day, shop_day
from .test_screens import ScreensCase


@tagged("post_install", "-at_install")
class TestReconciliationScreens(ScreensCase):
    def test_reconciliation_shows_totals_and_differences(self):
        run = reconciliation_day.compare_day(self.env, self._tills())
        self.assertEqual(run.difference_count, 4)
        self._look("reconciliation", f"retail-reconciliations/{run.id}", ".o_data_row")

    def test_differences_are_grouped_by_class(self):
        reconciliation_day.compare_day(self.env, self._tills())
        self._look("differences", "retail-differences", ".o_group_header")

    def test_rule_shows_both_lists_and_its_columns(self):
        rule = reconciliation_day.compare_day(self.env, self._tills()).rule_id
        path = f"retail-reconciliation-rules/{rule.id}"
        self._look("reconciliation-rule", path, ".o_data_row")

    def test_sync_job_shows_how_far_it_got(self):
        job = self.env["retail.sync.job"].create(
            {"name": "Catch up on receipts", "backend_id": self._tills().id}
        )
        job.action_run_now()
        self._look("sync-job", f"retail-sync-jobs/{job.id}", ".o_data_row")

    def _tills(self) -> BaseModel:
        return self.env["retail.backend"].search([("code", "=", shop_day.TILLS)])
