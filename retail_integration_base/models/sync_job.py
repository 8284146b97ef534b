"""``retail.sync.job``: a recurring flow and how far it got.

What is polled or pushed, how often, and how far behind it may be. The executions and
their cursor are ``retail.sync.run``; a run that is done moves the job's watermark.
"""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import SyncLate
from .event_mixin import OPERATOR_GROUP


class RetailSyncJob(models.Model):
    _name = "retail.sync.job"
    _description = "Sync Job"
    _inherit = ["mail.thread", "retail.anchored.mixin"]
    _order = "backend_id, name"
    _check_company_auto = True
    _anchor_fields = ("backend_id",)

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    direction = fields.Selection(
        [("poll", "Fetch from the system"), ("push", "Tell the system")],
        required=True,
        default="poll",
    )
    resource = fields.Char(
        string="List", default="events", help="Name of the list in the system's API."
    )
    push_source = fields.Selection(selection="_selection_push_source", string="What")
    state = fields.Selection(
        [("active", "Active"), ("paused", "Paused")],
        required=True,
        default="paused",
        tracking=True,
        copy=False,
    )
    interval_min = fields.Integer(
        string="Every (minutes)", required=True, default=15, tracking=True
    )
    overlap_min = fields.Integer(
        string="Overlap (minutes)",
        required=True,
        default=10,
        help="Each run begins this much before the end of the last one: clocks differ, "
        "and the partner may write late. What is fetched twice counts once.",
    )
    page_size = fields.Integer(string="Items per page", required=True, default=200)
    objective_s = fields.Integer(
        string="Objective (s)",
        required=True,
        default=3600,
        tracking=True,
        help="The flow is late when what it knows is older than this.",
    )
    begin_at = fields.Datetime(
        string="Begin with",
        required=True,
        default=lambda self: fields.Datetime.now() - timedelta(days=1),
        help="How far back the very first run looks.",
    )
    next_run_at = fields.Datetime(string="Next run", readonly=True, copy=False)
    watermark_at = fields.Datetime(
        string="Complete until",
        readonly=True,
        copy=False,
        help="All changes up to this moment have been fetched or told.",
    )
    run_ids = fields.One2many("retail.sync.run", "job_id")
    last_run_id = fields.Many2one("retail.sync.run", compute="_compute_last_run_id")
    lag_s = fields.Integer(string="Behind (s)", compute="_compute_lag")
    is_late = fields.Boolean(compute="_compute_lag", search="_search_is_late")

    _times_positive = models.Constraint(
        "CHECK (interval_min > 0 AND overlap_min >= 0 AND objective_s > 0"
        " AND page_size BETWEEN 1 AND 1000)",
        "Times must be positive, and a page has 1 to 1000 items.",
    )

    @api.model
    def _selection_push_source(self) -> list[tuple[str, str]]:
        """Every concrete source of a scheduled push, by its own description."""
        children = self.env.registry.descendants(["retail.sync.push"], "_inherit")
        return sorted(
            (name, self.env["ir.model"]._get(name).name)
            for name in children
            if name != "retail.sync.push"
        )

    def _compute_last_run_id(self) -> None:
        rows = self.env["retail.sync.run"]._read_group(
            [("job_id", "in", self.ids)], ["job_id"], ["id:max"]
        )
        last = {job.id: run_id for job, run_id in rows}
        for job in self:
            job.last_run_id = last.get(job.id)

    @api.depends("watermark_at", "begin_at", "objective_s", "state")
    def _compute_lag(self) -> None:
        now = fields.Datetime.now()
        for job in self:
            known_until = job.watermark_at or job.create_date or now
            job.lag_s = max(0, int((now - known_until).total_seconds()))
            job.is_late = job.state == "active" and job.lag_s > job.objective_s

    def _search_is_late(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        self.flush_model(["active", "state", "watermark_at", "objective_s"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM retail_sync_job WHERE active AND state = 'active'"
                " AND COALESCE(watermark_at, create_date)"
                " < %s - objective_s * interval '1 second'",
                to_naive(utc_now()),
            )
        )
        return [("id", "in", [row[0] for row in rows])]

    @api.constrains("direction", "push_source", "resource", "backend_id")
    def _check_complete(self) -> None:
        for job in self:
            if job.direction == "push" and not job.push_source:
                raise ValidationError(self.env._("Say what the job tells the system."))
            if job.direction == "poll" and (
                not job.resource
                or "poll" not in job.backend_id._connector()._capabilities()
            ):
                raise ValidationError(
                    self.env._(
                        "%(backend)s cannot be polled with this connector, or the name "
                        "of the list is missing.",
                        backend=job.backend_id.name,
                    )
                )

    # --- schedule -------------------------------------------------------------------

    @api.model
    def _cron_sweep(self) -> None:
        """Start what is due, go on with what a lost job left, name what is late."""
        self._claim_due()._start_runs()
        self.env["retail.sync.run"]._enqueue_lost()
        self._report_late()

    def _claim_due(self) -> "RetailSyncJob":
        """Move the schedule of all jobs that are due and return them."""
        self.env.flush_all()
        now = to_naive(utc_now())
        rows = self.env.execute_query(
            SQL(
                """UPDATE retail_sync_job j
                      SET next_run_at = %(now)s + j.interval_min * interval '1 minute'
                     FROM retail_backend b
                    WHERE b.id = j.backend_id AND b.state = 'active' AND b.active
                      AND j.active AND j.state = 'active'
                      AND (j.next_run_at IS NULL OR j.next_run_at <= %(now)s)
                RETURNING j.id""",
                now=now,
            )
        )
        jobs = self.browse(sorted(row[0] for row in rows))
        jobs.invalidate_recordset(["next_run_at"])
        return jobs

    def _start_runs(
        self, since_at: datetime | None = None, *, is_manual: bool = False
    ) -> "models.BaseModel":
        """Start a run of each of these jobs that has none under way.

        :param since_at: begin here (naive UTC) instead of at the watermark
        :return: the new runs; who runs already gets none
        """
        runs = self.env["retail.sync.run"]
        for job in self:
            overlap = timedelta(minutes=job.overlap_min)
            begin = (job.watermark_at and job.watermark_at - overlap) or job.begin_at
            runs |= runs._begin(job, since_at or begin, is_manual=is_manual)
        self.invalidate_recordset(["run_ids", "last_run_id"])
        runs._enqueue("go")
        return runs

    def _report_late(self) -> None:
        for job in self.search([("is_late", "=", True)]):
            self.env["retail.exception"]._open(
                job.backend_id,
                SyncLate(
                    f"{job.name} is {job.lag_s // 60} minutes behind; "
                    f"{job.objective_s // 60} are allowed"
                ),
                dedupe_key=f"sync-late:{job.id}",
            )

    # --- what people do -------------------------------------------------------------

    def _check_operator(self) -> None:
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators decide about runs."))

    def action_activate(self) -> None:
        """Run on schedule from now on; a run that was interrupted goes on."""
        self._check_operator()
        self.sudo().write({"state": "active", "next_run_at": fields.Datetime.now()})

    def action_pause(self) -> None:
        """Start nothing new; a run under way waits at its next page."""
        self._check_operator()
        self.sudo().write({"state": "paused"})

    def action_run_now(self) -> dict:
        """Start a run at once, or show the one that is under way."""
        self.ensure_one()
        self._check_operator()
        self.sudo()._start_runs(is_manual=True)
        return self._show_run()

    def _show_run(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": "retail.sync.run",
            "res_id": self.last_run_id.id,
            "view_mode": "form",
        }

    def action_show_runs(self) -> dict:
        """List the runs of this job."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Runs of %(job)s", job=self.name),
            "res_model": "retail.sync.run",
            "view_mode": "list,form,graph",
            "domain": [("job_id", "=", self.id)],
        }
