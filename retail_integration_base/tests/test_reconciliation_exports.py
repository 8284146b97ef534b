"""The outcome of a comparison leaves the screen: on paper, as CSV, as a workbook."""

import base64
import csv
import io
from datetime import date

from lxml import html
from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_reconciliation import ReconciliationCase

REPORT = "retail_integration_base.report_reconciliation"


@tagged("post_install", "-at_install")
class TestReconciliationExports(ReconciliationCase):
    def setUp(self) -> None:
        super().setUp()
        self.theirs.pop(0)  # missing there
        self.theirs[0]["total"] = "99.00"  # differs
        self.theirs.append(self.row_of(self.sales[0], ref="=cmd|'/c calc'!A1"))
        self.run_ = self.compare()

    def line(self, kind: str):
        return self.lines().filtered(lambda one: one.kind == kind)

    def test_difference_reads_as_words_and_money(self):
        differs = self.line("differs")
        self.assertEqual(differs.differing_text, "Total")
        self.assertEqual(differs.here_text, "Total: 12.10")
        self.assertEqual(differs.there_text, "Total: 99.00")
        self.assertEqual(differs.currency_id.name, "EUR")
        missing = self.line("missing_there")
        day = date.fromisoformat(self.day)
        self.assertEqual(
            missing.here_text,
            f"Day: {day}, Total: 12.10, Tax: 2.10, Currency: EUR, Kind: sale,"
            " Store: 12",
        )
        self.assertEqual(missing.there_text, "")

    def test_control_totals_are_named_and_have_no_idle_zeros(self):
        names = [total["name"] for total in self.run_._totals()]
        self.assertEqual(names, ["Rows", "Tax", "Total"])
        here = {total["name"]: total["here"] for total in self.run_._totals()}
        self.assertEqual(here, {"Rows": "5", "Tax": "10.50", "Total": "60.50"})

    def test_report_shows_totals_and_every_difference(self):
        report = self.env["ir.actions.report"]
        content, kind = report._render_qweb_html(REPORT, self.run_.ids)
        self.assertEqual(kind, "html")
        text = " ".join(html.fromstring(content).text_content().split())
        for expected in (
            "Sales",
            "Rows 5 5 0",
            "Total 60.50 147.40 -86.90",
            "Missing there 12/3/1",
            "Total: 99.00",
            "Agree: 3",
        ):
            self.assertIn(expected, text)

    def test_pdf_is_one_where_the_server_can_print(self):
        report = self.env["ir.actions.report"]
        if report.get_wkhtmltopdf_state() not in ("ok", "workers"):
            # What Odoo then does is open the HTML, which the test above reads.
            self.assertEqual(self.run_.action_print()["report_type"], "qweb-pdf")
            return
        content, kind = report.with_context(force_report_rendering=True)._render(
            REPORT, self.run_.ids
        )
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))

    def test_csv_has_every_difference_and_no_formula(self):
        content = base64.b64decode(self.run_.differences_csv).decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(content))
        self.assertEqual(head[:2], ["Class", "Key"])
        self.assertEqual(
            {row[1] for row in rows}, {"12/3/1", "12/3/2", "'=cmd|'/c calc'!A1"}
        )
        amounts = {row[1]: row[head.index("At stake")] for row in rows}
        self.assertEqual(amounts["12/3/2"], "86.9")

    def test_workbook_has_numbers_as_numbers_and_text_as_text(self):
        content = base64.b64decode(self.run_.differences_xlsx)
        sheet = load_workbook(io.BytesIO(content)).active
        rows = {row[1].value: row for row in sheet.iter_rows(min_row=2)}
        self.assertEqual(len(rows), 3)
        stake = [cell.value for cell in sheet[1]].index("At stake")
        self.assertEqual(rows["12/3/2"][stake].value, 86.9)
        self.assertEqual(rows["=cmd|'/c calc'!A1"][1].data_type, "s")

    def test_who_may_not_see_the_run_gets_no_file(self):
        stranger = new_test_user(self.env, "stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.run_.with_user(stranger).action_export_csv()
