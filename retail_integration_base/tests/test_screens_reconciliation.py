"""The screens of sync jobs and reconciliations, in a real Chromium."""

from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from . import reconciliation_day, shop_day
from .test_screens import SETTLED, ScreensCase

#: said as an error, which ends the test: raw names, idle zeros, heads that are cut off
READABLE = """
const bodies = [...document.querySelectorAll('.o_list_renderer tbody')];
const text = bodies.map((body) => body.textContent).join(' ');
for (const raw of ['business_date', 'total:', 'ref:', '.0000']) {
    if (text.includes(raw)) console.error(`raw: ${raw}`);
}
for (const head of document.querySelectorAll('thead th[data-name] span')) {
    if (head.scrollWidth > head.clientWidth + 1 && head.clientWidth) {
        console.error(`cut off: ${head.textContent}`);
    }
}
"""
FITS = """
for (const list of document.querySelectorAll('.o_list_renderer')) {
    if (list.scrollWidth > list.clientWidth + 1) console.error('scrolls sideways');
}
"""
#: lists that people look at every day
DAILY = (
    "retail-differences",
    "retail-reconciliations",
    "retail-reconciliation-rules",
    "retail-sync-jobs",
    "retail-gates",
    "retail-subscriptions",
    "retail-incoming",
    "retail-transactions",
)

#: what is opened on a phone, and what it must not be
ON_THE_WAY = (
    "retail-exceptions",
    "retail-incoming",
    "retail-outgoing",
    "retail-transactions",
    "retail-reconciliations",
    "retail-differences",
)
NARROW = """
for (const card of document.querySelectorAll('.o_kanban_record:not(.o_kanban_ghost)')) {
    if (card.scrollWidth > card.clientWidth + 1) {
        console.error(`wider than the phone: ${card.textContent}`);
    }
}
"""


@tagged("post_install", "-at_install", "retail_browser")
class TestReconciliationScreens(ScreensCase):
    def test_reconciliation_shows_totals_and_differences(self):
        run = reconciliation_day.compare_day(self.env, self._tills())
        self.assertEqual(run.difference_count, 4)
        path = f"retail-reconciliations/{run.id}"
        self._look("reconciliation", path, ".o_data_row", do=READABLE + FITS)

    def test_daily_lists_fit_the_screen_and_speak_in_words(self):
        reconciliation_day.compare_day(self.env, self._tills())
        self.env["retail.sync.job"].create(
            {"name": "Catch up on receipts", "backend_id": self._tills().id}
        )
        for path in DAILY:
            with self.subTest(path):
                self._look(f"list-{path}", path, ".o_data_row", do=READABLE + FITS)

    def test_differences_are_downloaded_by_whoever_may_see_them(self):
        run = reconciliation_day.compare_day(self.env, self._tills())
        self.authenticate("admin", "admin")
        for action, beginning in (
            (run.action_export_csv(), b"\xef\xbb\xbfClass,Key"),
            (run.action_export_xlsx(), b"PK"),
        ):
            answer = self.url_open(action["url"])
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.content.startswith(beginning), answer.content[:40])
            self.assertIn("attachment", answer.headers["Content-Disposition"])
        new_test_user(self.env, "stranger", "base.group_user")
        self.authenticate("stranger", "stranger")
        self.assertNotEqual(self.url_open(action["url"]).status_code, 200)

    def test_report_is_printed_from_the_browser(self):
        run = reconciliation_day.compare_day(self.env, self._tills())
        report = "retail_integration_base.reconciliation_document"
        with self._camera("reconciliation-report"):
            self.browser_js(
                f"/report/html/{report}/{run.id}",
                SETTLED,
                "document.body.innerText.includes('12/3/9001')",
                login="admin",
            )

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


@tagged("post_install", "-at_install", "retail_browser")
class TestPhoneScreens(ScreensCase):
    """What a store manager looks at on the way: cards, nothing to push sideways."""

    browser_size = "390x844"
    touch_enabled = True

    def test_daily_screens_are_cards_on_a_phone(self):
        tills = self.env["retail.backend"].search([("code", "=", shop_day.TILLS)])
        reconciliation_day.compare_day(self.env, tills)
        for path in ON_THE_WAY:
            with self.subTest(path):
                self._look(f"phone-{path}", path, ".o_kanban_record", do=NARROW)
