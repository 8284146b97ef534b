"""``retail.sync.run``: one execution of a sync job, from its first page to its last.

Holds the cursor and the counts. What every work in pages has in common is in
``retail.paged.run``; started by ``retail.sync.job``.
"""

from dataclasses import replace
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import correlation
from ..tools.clock import as_utc, to_naive, utc_now
from ..tools.errors import ItemsRefused, RetailError
from ..tools.paging import Page

KEPT_DAYS = 90
GC_BATCH = 1000


class RetailSyncRun(models.Model):
    _name = "retail.sync.run"
    _description = "Sync Run"
    _inherit = ["retail.paged.run"]
    _rec_name = "job_id"

    job_id = fields.Many2one(
        "retail.sync.job", required=True, readonly=True, index=True, ondelete="cascade"
    )
    is_manual = fields.Boolean(string="Started by hand", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="Known already", readonly=True)
    conflict_count = fields.Integer(string="In conflict", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)

    # Not a check beforehand: two people may press Run now in the same moment.
    _one_running = models.UniqueIndex(
        "(job_id) WHERE state = 'running'", "This job runs already."
    )

    @api.model
    def _begin(
        self, job: models.BaseModel, since_at: datetime, *, is_manual: bool
    ) -> "RetailSyncRun":
        """Insert a run of ``job`` unless one is under way; then return none."""
        # Whole seconds: what else happens in this one belongs to the next run.
        now = to_naive(utc_now()).replace(microsecond=0)
        # Losing this race is no error: the caller is replayed and finds the other run.
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_sync_run
                          (job_id, backend_id, company_id, state, started_at, since_at,
                           until_at, correlation_id, page_count, item_count,
                           new_count, duplicate_count, conflict_count, refused_count,
                           attempt_count, is_manual, create_uid, create_date)
                   VALUES (%(job)s, %(backend)s, %(company)s, 'running', %(now)s,
                           %(since)s, %(now)s, %(correlation)s, 0, 0, 0, 0, 0, 0, 0,
                           %(manual)s, %(uid)s, %(now)s)
                   ON CONFLICT (job_id) WHERE state = 'running' DO NOTHING
                RETURNING id""",
                job=job.id,
                backend=job.backend_id.id,
                company=job.company_id.id,
                now=now,
                since=since_at,
                correlation=correlation.new_id(),
                manual=is_manual,
                uid=self.env.uid,
            ),
            log_exceptions=False,
        )
        return self.browse(row[0] for row in self.env.cr.fetchall())

    # --- pages ----------------------------------------------------------------------

    def _may_go_on(self) -> bool:
        job = self.job_id
        wanted = self.is_manual or (job.state == "active" and job.active)
        return super()._may_go_on() and wanted

    def _fetch(self) -> Page:
        job = self.job_id
        query = replace(
            self._query(job.resource or "", job.page_size), begin=as_utc(job.begin_at)
        )
        if job.direction == "push":
            return self.env[job.push_source]._collect_page(self.backend_id, query)
        return self.backend_id._connector()._fetch_page(self.backend_id, query)

    def _take_page(self, page: Page) -> None:
        if page.as_of and self.page_count == 1:
            # The partner's clock decides what belongs to this run, if it tells.
            self.until_at = min(self.until_at, to_naive(page.as_of))
        if self.job_id.direction == "push":
            self._tell(page)
        else:
            self._receive(page)

    def _receive(self, page: Page) -> None:
        gateway = self.env["retail.gateway"]
        polled = gateway._store_polled(
            gateway._get_door(self.backend_id.id), self.job_id.resource, page.items
        )
        for verdict, name in (
            ("accepted", "new_count"),
            ("duplicate", "duplicate_count"),
            ("conflict", "conflict_count"),
            ("refused", "refused_count"),
        ):
            self[name] += polled.verdicts[verdict]
        if polled.refusals:
            position, error = polled.refusals[0]
            self._open_exception(
                ItemsRefused(
                    f"{self.job_id.name}: {len(polled.refusals)} items of page "
                    f"{self.page_count} are no messages. Item {position + 1}: "
                    f"{error.message}"
                ),
                "items",
            )

    def _tell(self, page: Page) -> None:
        source = self.env[self.job_id.push_source]
        created = source._emit_page(self.backend_id, page.items)
        self.new_count += created
        self.duplicate_count += len(page.items) - created

    # --- the end --------------------------------------------------------------------

    def _complete(self) -> None:
        self.write({"state": "done", "finished_at": fields.Datetime.now()})
        job = self.job_id
        if not job.watermark_at or job.watermark_at < self.until_at:
            job.watermark_at = self.until_at
        keys = [f"sync-late:{job.id}", f"sync-failed:{job.id}"]
        self.env["retail.exception"].search(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )._resolve("replayed", self.env._("A later run went through."))

    def _report_failure(self, error: RetailError) -> None:
        self._open_exception(error, "failed")

    def _open_exception(self, error: RetailError, what: str) -> None:
        self.env["retail.exception"]._open(
            self.backend_id,
            error,
            dedupe_key=f"sync-{what}:{self.job_id.id}",
            correlation_id=self.correlation_id,
        )

    @api.autovacuum
    def _gc_runs(self) -> None:
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEPT_DAYS)
        self.search(
            [("state", "!=", "running"), ("started_at", "<", limit)], limit=GC_BATCH
        ).unlink()
