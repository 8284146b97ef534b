"""``retail.reconciliation.run``: one comparison of a rule's two lists.

Their list is read page by page (``retail.paged.run``) or uploaded, and staged; what
happens then is in ``reconciliation_run_compare.py``.
"""

import json
from datetime import datetime, time
from decimal import Decimal
from typing import BinaryIO

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import correlation, money
from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError
from ..tools.paging import Page

PAGE_ITEMS = 1000
KEPT_DAYS = 400
GC_BATCH = 200


class RetailReconciliationRun(models.Model):
    _name = "retail.reconciliation.run"
    _description = "Reconciliation Run"
    _inherit = ["retail.paged.run"]
    _rec_name = "rule_id"

    rule_id = fields.Many2one(
        "retail.reconciliation.rule",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    file_name = fields.Char(string="File", readonly=True)
    is_read = fields.Boolean(string="List is complete", readonly=True)
    staged_count = fields.Integer(readonly=True)
    unreadable_count = fields.Integer(
        string="Unreadable values",
        readonly=True,
        help="Numbers and days of their list that are none; compared as missing.",
    )
    here_count = fields.Integer(string="Rows here", readonly=True)
    there_count = fields.Integer(string="Rows there", readonly=True)
    matched_count = fields.Integer(string="Agreeing", readonly=True)
    missing_here_count = fields.Integer(string="Missing here", readonly=True)
    missing_there_count = fields.Integer(string="Missing there", readonly=True)
    differs_count = fields.Integer(string="Differ", readonly=True)
    duplicate_here_count = fields.Integer(string="Duplicates here", readonly=True)
    duplicate_there_count = fields.Integer(string="Duplicates there", readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    open_count = fields.Integer(string="Undecided", readonly=True)
    drift_amount = fields.Float(
        string="Undecided amount", digits=(16, 2), readonly=True
    )
    sums = fields.Json(readonly=True, help="Column -> sum here, sum there.")
    totals_html = fields.Html(
        string="Control totals", compute="_compute_totals_html", sanitize=False
    )
    line_ids = fields.One2many("retail.reconciliation.line", "last_run_id")

    _one_running = models.UniqueIndex(
        "(rule_id) WHERE state = 'running'", "This rule is being compared already."
    )

    @api.depends("sums", "here_count", "there_count")
    @api.depends_context("lang")
    def _compute_totals_html(self) -> None:
        for run in self:
            run.totals_html = self.env["ir.qweb"]._render(
                "retail_integration_base.reconciliation_totals",
                {"run": run, "totals": run._totals()},
            )

    def _totals(self) -> list[dict]:
        """Return the control totals as people read them: name, here, there, gap."""
        labels = self.rule_id.sudo()._labels()
        rows = [(self.env._("Rows"), self.here_count, self.there_count, 0)]
        rows += [
            # Sums are of money wherever rows name a currency.
            (labels.get(name, name), *pair, 2 if "currency" in labels else 0)
            for name, pair in (self.sums or {}).items()
        ]
        return [_total(*row) for row in rows]

    # --- beginning --------------------------------------------------------------------

    @api.model
    def _begin(
        self, rule: models.BaseModel, file_name: str | None = None
    ) -> "RetailReconciliationRun":
        """Insert a run of ``rule`` unless one is under way; then return none."""
        since, until = rule._window()
        values = {
            "rule_id": rule.id,
            "backend_id": rule.backend_id.id,
            "company_id": rule.company_id.id,
            "state": "running",
            "started_at": to_naive(utc_now()).replace(microsecond=0),
            "since_at": since and datetime.combine(since, time.min),
            "until_at": until and datetime.combine(until, time.min),
            "correlation_id": correlation.new_id(),
            "file_name": file_name,
            "is_read": False,
            "page_count": 0,
            "item_count": 0,
            "attempt_count": 0,
            "staged_count": 0,
            "unreadable_count": 0,
            "create_uid": self.env.uid,
            "create_date": to_naive(utc_now()),
        }
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "INSERT INTO retail_reconciliation_run (%s) VALUES %s"
                " ON CONFLICT (rule_id) WHERE state = 'running' DO NOTHING"
                " RETURNING id",
                SQL(", ").join(map(SQL.identifier, values)),
                tuple(values.values()),
            ),
            log_exceptions=False,
        )
        run = self.browse(row[0] for row in self.env.cr.fetchall())
        if run:
            self.env["retail.reconciliation.stage"]._create(run.id, rule._spec())
            rule.invalidate_recordset(["run_ids"])
        return run

    def _load_file(self, file: BinaryIO) -> None:
        """Stage an uploaded list, in the transaction that begins the run.

        :raises ReconciliationUnreadable: it is not what the rule describes
        """
        stage = self.env["retail.reconciliation.stage"]
        unreadable = stage._add_file(
            self.id, self.rule_id._spec(), file, comma=self.rule_id.decimal_comma
        )
        staged = stage._count(self.id)
        self.write(
            {
                "unreadable_count": unreadable,
                "staged_count": staged,
                "item_count": staged,
                "is_read": True,
            }
        )

    # --- reading their list -----------------------------------------------------------

    def _fetch(self) -> Page:
        if self.rule_id.origin == "ours":
            # Compared where it stands: nothing is read.
            return Page([])
        query = self._query(self.rule_id.resource or "", PAGE_ITEMS)
        return self.backend_id._connector()._fetch_page(self.backend_id, query)

    def _take_page(self, page: Page) -> None:
        stage = self.env["retail.reconciliation.stage"]
        self.unreadable_count += stage._add_items(
            self.id,
            self.rule_id._spec(),
            json.dumps(page.items),
            keep=self.rule_id.heal_missing_here,
        )
        self.staged_count += len(page.items)

    def _complete(self) -> None:
        self.is_read = True

    def _advance(self) -> bool:
        with self._own_transaction() as run:
            is_read = run.is_read
        if not is_read and super()._advance():
            return True
        self._compare_when_read()
        return False

    def _report_failure(self, error: RetailError) -> None:
        self.env["retail.reconciliation.stage"]._drop(self.id)
        self.env["retail.exception"]._open(
            self.backend_id,
            error,
            dedupe_key=f"reconciliation-failed:{self.rule_id.id}",
            correlation_id=self.correlation_id,
        )

    # --- what people do ---------------------------------------------------------------

    def _show(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_resume(self) -> None:
        """Begin again: what was staged is gone."""
        self._check_operator()
        for run in self.filtered(lambda one: one.state in ("failed", "stopped")):
            run.rule_id.action_run_now()

    def action_show_lines(self) -> dict:
        """List what this run found and no later one has settled."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retail_integration_base.action_retail_reconciliation_line"
        )
        return action | {"domain": [("last_run_id", "=", self.id)], "context": {}}

    @api.autovacuum
    def _gc_runs(self) -> None:
        stage = self.env["retail.reconciliation.stage"]
        ended = self.search([("state", "in", ("stopped", "failed"))], limit=GC_BATCH)
        for run in ended:
            stage._drop(run.id)
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        old = self.search([("started_at", "<", limit)], limit=GC_BATCH)
        kept = self.env["retail.reconciliation.line"]
        used = kept.search([("last_run_id", "in", old.ids)]).last_run_id
        (old - used).unlink()


def _total(name: str, here: str | int, there: str | int, decimals: int) -> dict:
    own, theirs = Decimal(here), Decimal(there)
    return {
        "name": name,
        "here": money.plain_number(own, decimals),
        "there": money.plain_number(theirs, decimals),
        "gap": money.plain_number(own - theirs, decimals),
        "differs": own != theirs,
    }
