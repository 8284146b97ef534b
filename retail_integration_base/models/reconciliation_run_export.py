"""``retail.reconciliation.run``: its differences on paper and as a table.

Printing is Odoo's report. Tables are computed when somebody fetches them, with that
person's rights, and are not kept. Read through ``/web/content``.
"""

import base64
import csv
import io
from collections.abc import Iterator

import xlsxwriter

from odoo import fields, models

#: Without it spreadsheets read UTF-8 as something older.
BYTE_ORDER_MARK = "\ufeff"
#: What makes a spreadsheet calculate instead of show.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMN_CHARS_MAX = 60


class RetailReconciliationRun(models.Model):
    _inherit = "retail.reconciliation.run"

    differences_csv = fields.Binary(
        string="Differences (CSV)", compute="_compute_differences_csv"
    )
    differences_xlsx = fields.Binary(
        string="Differences (XLSX)", compute="_compute_differences_xlsx"
    )

    def _compute_differences_csv(self) -> None:
        for run in self:
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow(run._difference_titles())
            for row in run._difference_rows():
                writer.writerow([_harmless(value) for value in row])
            content = (BYTE_ORDER_MARK + text.getvalue()).encode()
            run.differences_csv = base64.b64encode(content)

    def _compute_differences_xlsx(self) -> None:
        for run in self:
            run.differences_xlsx = base64.b64encode(run._difference_workbook())

    def _difference_workbook(self) -> bytes:
        content = io.BytesIO()
        # Text stays text: a partner's key is no formula and no link.
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        with xlsxwriter.Workbook(content, options) as book:
            sheet = book.add_worksheet()
            bold = book.add_format({"bold": True})
            titles = self._difference_titles()
            widths = [len(title) for title in titles]
            sheet.write_row(0, 0, titles, bold)
            for number, row in enumerate(self._difference_rows(), start=1):
                for place, value in enumerate(row):
                    if isinstance(value, float):
                        sheet.write_number(number, place, value)
                    else:
                        sheet.write_string(number, place, value)
                    widths[place] = max(widths[place], len(str(value)))
            for place, width in enumerate(widths):
                sheet.set_column(place, place, min(width, COLUMN_CHARS_MAX) + 2)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(self.line_ids), len(titles) - 1)
        return content.getvalue()

    def _difference_titles(self) -> list[str]:
        described = self.env["retail.reconciliation.line"].fields_get(
            attributes=["string"]
        )
        names = ("kind", "key", "business_date", "differing_text", "here_text")
        names += ("there_text", "amount", "currency_id", "state", "reason")
        names += ("decided_by_id", "approved_by_id", "seen_count")
        return [described[name]["string"] for name in names]

    def _difference_rows(self) -> Iterator[list[str | float]]:
        """Yield the differences of this run as texts and numbers, in the titles' order.

        Numbers of identical meaning in all rows are numbers, everything else is text.
        """
        lines = self.line_ids
        fields_got = lines.fields_get(["kind", "state"], ["selection"])
        kinds = dict(fields_got["kind"]["selection"])
        states = dict(fields_got["state"]["selection"])
        for line in lines:
            yield [
                kinds[line.kind],
                line.key,
                str(line.business_date or ""),
                line.differing_text,
                line.here_text,
                line.there_text,
                float(line.amount or 0),
                line.currency_id.name or "",
                states[line.state],
                line.reason or "",
                line.decided_by_id.name or "",
                line.approved_by_id.name or "",
                float(line.seen_count),
            ]

    # --- buttons ----------------------------------------------------------------------

    def action_print(self) -> dict:
        """Print the report: as PDF where the server can make one, else from HTML."""
        self.check_access("read")
        report = self.env.ref("retail_integration_base.report_reconciliation")
        # Not the layout wizard that Odoo shows first on a new database.
        return report.report_action(self, config=False)

    def action_export_csv(self) -> dict:
        """Download the differences as CSV."""
        return self._download("csv")

    def action_export_xlsx(self) -> dict:
        """Download the differences as a workbook."""
        return self._download("xlsx")

    def _download(self, kind: str) -> dict:
        self.ensure_one()
        self.check_access("read")
        day = fields.Date.to_string(self.started_at)
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/differences_{kind}"
            f"/differences-{day}-{self.id}.{kind}?download=true",
            "target": "download",
        }


def _harmless(value: str | float) -> str | float:
    """Return ``value`` so that no spreadsheet takes a partner's text for a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
