"""``retail.paged.run``: work that reads a partner's list page by page.

What polls, scheduled pushes and reconciliations have in common: one worker at a time,
each page kept together with the cursor that leads on from it, bounded retries, and
going on where it stopped after a crash. What a page means belongs to the heirs, what
failures and people do to a run is in ``paged_run_people.py``.

The job's own transaction holds nothing but an advisory lock. Everything that counts
happens in short transactions beside it, begun after the lock was granted: they see
what earlier workers committed, which the job's snapshot may not (decision 28), and no
row is locked while the partner thinks.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from odoo import SUPERUSER_ID, api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import correlation
from ..tools.clock import as_utc, to_naive, utc_now
from ..tools.errors import (
    ConnectorNotImplemented,
    PagesEndless,
    RetailError,
    classify,
    connection_lost,
)
from ..tools.paging import Page, PageQuery, next_mark

_logger = logging.getLogger(__name__)

#: A job stops reading after this long, so that queue_job never kills it.
JOB_BUDGET_S = 20.0
STORE_TRIES_MAX = 5
PAGES_MAX = 100_000


class RetailPagedRun(models.AbstractModel):
    _name = "retail.paged.run"
    _description = "Work in Pages"
    _order = "id desc"

    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    started_at = fields.Datetime(
        string="Started", required=True, readonly=True, default=fields.Datetime.now
    )
    finished_at = fields.Datetime(string="Finished", readonly=True)
    since_at = fields.Datetime(string="Changes since", readonly=True)
    until_at = fields.Datetime(string="Changes until", readonly=True)
    correlation_id = fields.Char(
        required=True, readonly=True, default=lambda self: correlation.new_id()
    )
    cursor = fields.Char(readonly=True, help="Leads to the next page.")
    cursor_mark = fields.Char(readonly=True)
    page_count = fields.Integer(string="Pages", readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    page_at = fields.Datetime(string="Last page", readonly=True)
    attempt_count = fields.Integer(string="Failed tries", readonly=True)
    next_attempt_at = fields.Datetime(string="Next try", readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Text(string="What is wrong", readonly=True)

    # --- what heirs say -------------------------------------------------------------

    def _fetch(self) -> Page:
        """Return the page that ``self.cursor`` leads to. Called outside any lock."""
        raise ConnectorNotImplemented(self._name, "_fetch")

    def _take_page(self, page: Page) -> None:
        """Keep the items of ``page``, in the short transaction that moves the cursor.

        May be called again for the same page, after a conflict with somebody else.
        """
        raise ConnectorNotImplemented(self._name, "_take_page")

    def _complete(self) -> None:
        """Finish, in the same short transaction as the last page."""
        raise ConnectorNotImplemented(self._name, "_complete")

    def _may_go_on(self) -> bool:
        """Tell whether work is wanted now; a pause is no failure."""
        return self.state == "running" and self.backend_id.state == "active"

    def _report_failure(self, error: RetailError) -> None:
        """Tell people that this run has failed for good."""
        raise ConnectorNotImplemented(self._name, "_report_failure")

    # --- enqueuing ------------------------------------------------------------------

    def _identity(self, kind: str) -> str:
        return f"{self._name}:{self.id}:{kind}"

    def _enqueue(self, kind: str, eta: datetime | None = None) -> None:
        """Create the job that goes on with this run, not before ``eta`` (naive UTC)."""
        for run in self:
            run.with_delay(
                identity_key=run._identity(kind),
                eta=eta,
                description=f"Retail {run._description} {run.id}",
            )._step()

    @api.model
    def _enqueue_lost(self) -> None:
        """Give a job to each run that should go on and that no job waits for.

        Jobs get lost (a PostgreSQL restart fails the running one for good). One job
        too many is harmless: it finds the lock taken and leaves.
        """
        now = to_naive(utc_now())
        due = self.search(
            [
                ("state", "=", "running"),
                ("backend_id.state", "=", "active"),
                "|",
                ("next_attempt_at", "=", False),
                ("next_attempt_at", "<=", now),
            ]
        ).filtered(lambda run: run._may_go_on())
        self.env["queue.job"].flush_model(["state"])
        keys = {run._identity(kind): run.id for run in due for kind in ("go", "next")}
        rows = self.env.execute_query(
            SQL(
                "SELECT identity_key FROM queue_job WHERE identity_key = ANY (%s)"
                " AND state IN ('pending', 'enqueued')",
                list(keys),
            )
        )
        waiting = {keys[key] for (key,) in rows}
        due.filtered(lambda run: run.id not in waiting)._enqueue("go")

    # --- working --------------------------------------------------------------------

    def _step(self) -> str:
        """Read pages for a while; called by queue_job and safe to call twice."""
        self.ensure_one()
        if not self._try_lock():
            return "another job is at it"
        try:
            with correlation.bind(self.correlation_id):
                return self._try_advance()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            raise RetryableJobError(
                "Overtaken", seconds=1, ignore_retry=True
            ) from error

    def _try_advance(self) -> str:
        try:
            again = self._advance()
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, RetryableJobError):
            raise
        except Exception as error:
            if connection_lost(error):
                raise  # nothing can be recorded here
            return self._note_failure(classify(error))
        if again:
            self._enqueue("next")
        return "more to come" if again else "nothing left to do"

    def _try_lock(self) -> bool:
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(%s::regclass::oid::int, %s)",
            [self._table, self.id],
        )
        return self.env.cr.fetchone()[0]

    @contextmanager
    def _own_transaction(self) -> Iterator["RetailPagedRun"]:
        """This run in a short transaction of its own, committed at the end."""
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name].browse(self.id)

    def _advance(self) -> bool:
        """Read page after page; return whether more is to be done by another job."""
        stop_at = time.monotonic() + JOB_BUDGET_S
        while time.monotonic() < stop_at:
            with self._own_transaction() as run:
                if not run.exists() or not run._may_go_on():
                    return False
                number = run.page_count
                page = run._fetch()
            if not self._store_page(number, page) or page.next_cursor is None:
                return False
        return True

    def _store_page(self, number: int, page: Page) -> bool:
        """Keep a page and the cursor behind it together.

        :return: whether this worker still leads: nobody stopped the run meanwhile
        """
        for _try in range(STORE_TRIES_MAX):
            try:
                with self._own_transaction() as run:
                    if not run._move_on(number, page):
                        return False
                    run._take_page(page)
                    if page.next_cursor is None:
                        run._complete()
                return True
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # The page is still here: the partner is not asked again.
                _logger.info("%s %s: a page is stored again", self._name, self.id)
        raise RetryableJobError("Overtaken while storing a page", ignore_retry=True)

    def _move_on(self, number: int, page: Page) -> bool:
        """Point the run behind ``page`` unless it was stopped or moved meanwhile.

        :raises PagesEndless: the partner's list has no end
        """
        if number >= PAGES_MAX:
            raise PagesEndless(f"more than {PAGES_MAX} pages")
        mark = next_mark(number + 1, page.next_cursor, self.cursor_mark)
        self.env.cr.execute(
            SQL(
                """UPDATE %(table)s
                      SET page_count = page_count + 1, cursor = %(cursor)s,
                          item_count = item_count + %(items)s,
                          cursor_mark = %(mark)s, page_at = %(now)s,
                          attempt_count = 0, next_attempt_at = NULL,
                          error_code = NULL, error_message = NULL
                    WHERE id = %(id)s AND state = 'running' AND page_count = %(number)s
                RETURNING id""",
                table=SQL.identifier(self._table),
                cursor=page.next_cursor,
                items=len(page.items),
                mark=mark,
                now=to_naive(utc_now()),
                id=self.id,
                number=number,
            ),
            # Losing a race is expected: the page is stored again.
            log_exceptions=False,
        )
        moved = bool(self.env.cr.fetchone())
        self.invalidate_recordset()
        return moved

    def _query(self, resource: str, limit: int) -> PageQuery:
        return PageQuery(
            resource=resource,
            cursor=self.cursor or None,
            since=as_utc(self.since_at) if self.since_at else None,
            until=as_utc(self.until_at) if self.until_at else None,
            limit=limit,
        )
