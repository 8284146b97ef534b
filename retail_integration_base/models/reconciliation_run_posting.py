"""``retail.reconciliation.run``: a list that the partner posts, part by part.

Begin, number the parts, finish with the count. A part and the number behind it are
kept in one transaction, so whoever lost the thread asks for ``next_part`` and goes on.
What a partner may see and post is the door's business
(``controllers/reconciliations.py``); comparing is that of
``reconciliation_run_compare.py``.
"""

from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import (
    ListIncomplete,
    ListNotOpen,
    PartOutOfOrder,
    PayloadInvalid,
    ReconciliationUnreadable,
)

#: A list that nobody went on with for so long will not be finished.
ABANDONED_AFTER = timedelta(hours=24)
ABANDONED_BATCH = 100


class RetailReconciliationRun(models.Model):
    _inherit = "retail.reconciliation.run"

    is_posted = fields.Boolean(string="Posted by the system", readonly=True)

    def _may_go_on(self) -> bool:
        # Until the partner says that it is whole there is nothing to do for a job.
        return super()._may_go_on() and (self.is_read or not self.is_posted)

    def _read_again(self) -> None:
        if self.is_posted:
            raise ReconciliationUnreadable(
                "the posted list was lost when the database stopped: post it again"
            )
        return super()._read_again()

    @api.model
    def _begin_posting(self, rule: models.BaseModel) -> "RetailReconciliationRun":
        """Open a list of ``rule`` for parts.

        :raises ListNotOpen: another one is open or being compared
        """
        run = self._begin(rule)
        if not run:
            busy = self.search(
                [("rule_id", "=", rule.id), ("state", "=", "running")], limit=1
            )
            what = "being compared" if busy.is_read else "open: finish or close it"
            raise ListNotOpen(f"List {busy.correlation_id} is {what}.")
        run.is_posted = True
        return run

    def _add_part(self, number: int, items: str, count: int) -> None:
        """Keep the part ``number`` and move on to the next, together.

        :param items: a JSON array of objects, as text
        :raises PartOutOfOrder, ListNotOpen, PayloadInvalid: nothing was kept
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_reconciliation_run
                      SET page_count = page_count + 1, page_at = %(now)s,
                          item_count = item_count + %(count)s,
                          staged_count = staged_count + %(count)s
                    WHERE id = %(id)s AND state = 'running' AND is_posted
                      AND NOT is_read AND page_count = %(number)s - 1
                RETURNING id""",
                now=to_naive(utc_now()),
                count=count,
                id=self.id,
                number=number,
            ),
            log_exceptions=False,
        )
        moved = self.env.cr.fetchone()
        self.invalidate_recordset()
        if not moved:
            self._check_open()
            raise PartOutOfOrder(f"Part {self.page_count + 1} is next, not {number}.")
        self._stage_part(items)

    def _stage_part(self, items: str) -> None:
        stage = self.env["retail.reconciliation.stage"]
        rule = self.rule_id
        try:
            with self.env.cr.savepoint():
                self.unreadable_count += stage._add_items(
                    self.id, rule._spec(), items, keep=rule.heal_missing_here
                )
        except psycopg2.DataError as error:
            raise PayloadInvalid("", "a value that cannot be stored") from error

    def _finish_posting(self, count: int) -> None:
        """Take the list as whole and have it compared.

        :param count: how many items the partner says that it posted
        :raises ListIncomplete, ListNotOpen: it stays as it is
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_reconciliation_run SET is_read = TRUE
                    WHERE id = %s AND state = 'running' AND is_posted
                      AND NOT is_read AND staged_count = %s RETURNING id""",
                self.id,
                count,
            ),
            log_exceptions=False,
        )
        closed = self.env.cr.fetchone()
        self.invalidate_recordset()
        if not closed:
            self._check_open()
            raise ListIncomplete(
                f"You name {count} items; {self.staged_count} came in "
                f"{self.page_count} parts."
            )
        self.rule_id._note_posted()
        self._enqueue("go")

    def _close_posting(self) -> None:
        """Forget an open list.

        :raises ListNotOpen: it is complete already
        """
        self._check_open()
        self.action_stop()
        self.env["retail.reconciliation.stage"]._drop(self.id)

    def _check_open(self) -> None:
        if self.state != "running" or self.is_read:
            raise ListNotOpen("The list is finished or closed: begin another.")

    @api.model
    def _fail_abandoned(self) -> None:
        """Give up lists that nobody goes on with, and say so."""
        limit = fields.Datetime.now() - ABANDONED_AFTER
        abandoned = self.search(
            [
                ("is_posted", "=", True),
                ("is_read", "=", False),
                ("state", "=", "running"),
                ("started_at", "<", limit),
                "|",
                ("page_at", "=", False),
                ("page_at", "<", limit),
            ],
            limit=ABANDONED_BATCH,
        )
        for run in abandoned:
            error = ListIncomplete(
                f"{run.rule_id.name}: the system began to post its list, sent "
                f"{run.page_count} parts and did not go on"
            )
            run.write(
                {
                    "state": "failed",
                    "finished_at": fields.Datetime.now(),
                    "error_code": error.code,
                    "error_message": error.message,
                }
            )
            run._report_failure(error)
