"""The screens of sync jobs and reconciliations, in a real Chromium."""

from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from . import reconciliation_day, shop_day
from .test_screens import SETTLED, Page, ScreensCase

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
    def test_reconciliation_leads_from_totals_to_each_difference(self):
        run = reconciliation_day.compare_day(self.env, self._tills())
        self.assertEqual(run.difference_count, 4)
        job = self.env["retail.sync.job"].create(
            {"name": "Catch up on receipts", "backend_id": self._tills().id}
        )
        job.action_run_now()
        rows = ".o_data_row"
        rule = f"retail-reconciliation-rules/{run.rule_id.id}"
        self._look_through(
            Page(
                "reconciliation",
                f"retail-reconciliations/{run.id}",
                rows,
                do=READABLE + FITS,
            ),
            Page("differences", "retail-differences", ".o_group_header"),
            Page("reconciliation-rule", rule, rows),
            Page("sync-job", f"retail-sync-jobs/{job.id}", rows),
        )

    def test_daily_lists_fit_the_screen_and_speak_in_words(self):
        reconciliation_day.compare_day(self.env, self._tills())
        self.env["retail.sync.job"].create(
            {"name": "Catch up on receipts", "backend_id": self._tills().id}
        )
        rows = ".o_data_row"
        self._look_through(
            *(Page(f"list-{path}", path, rows, READABLE + FITS) for path in DAILY)
        )

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
        cards = ".o_kanban_record"
        self._look_through(
            *(Page(f"phone-{path}", path, cards, NARROW) for path in ON_THE_WAY)
        )
