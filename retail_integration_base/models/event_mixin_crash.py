"""``retail.event.mixin``: messages that were being worked when their worker was lost.

Counting is what matters: a process that is killed, out of memory or over its time
limit writes nothing, so the count is raised before the try and lowered after it.
Called by ``inbox_event_alone.py`` and ``outbox_event_work.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import WorkerLost
from .event_mixin import Mark

#: lost workers after which a message is not tried any more
CRASHES_MAX = 3


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    crash_count = fields.Integer(
        string="Workers lost",
        readonly=True,
        help="Processes that ended while they were working on this very message.",
    )

    @contextmanager
    def _own_transaction(self) -> Iterator[models.BaseModel]:
        """A short transaction beside the job's, committed at the end of the block."""
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})[self._name]

    def _is_lost_too_often(self) -> bool:
        return (self.crash_count or 0) >= CRASHES_MAX

    def _worker_lost(self) -> WorkerLost:
        return WorkerLost(
            f"{self.crash_count or 0} processes ended while they worked this message "
            "(killed, out of memory or over the time limit); others were not affected"
        )

    def _add_crashes(self, count: int) -> None:
        """Count ``count`` more, or fewer, lost workers for these messages."""
        self.env.execute_query(
            SQL(
                "UPDATE %s SET crash_count = GREATEST(COALESCE(crash_count, 0) + %s, 0)"
                " WHERE id = ANY (%s) RETURNING id",
                SQL.identifier(self._table),
                count,
                list(self.ids),
            )
        )
        self.invalidate_recordset(["crash_count"])

    def _mark_lost(self) -> None:
        """Give this message to a person: it has killed enough workers.

        A replay gets one more try, not another series.
        """
        error = self._worker_lost()
        self._mark(
            [Mark(self.id, "dead", error_code=error.code, error_message=error.message)]
        )
        self.env["retail.exception"]._open_for_event(self, error)
        self._add_crashes(CRASHES_MAX - 1 - self.crash_count)

    def _prepare_crash(self) -> dict:
        """Return the attempt that nobody was left to record."""
        error = self._worker_lost()
        return {
            "event_id": self.id,
            "company_id": self.company_id.id,
            "number": (self.attempt_count or 0) + 1,
            "started_at": to_naive(utc_now()),
            "outcome": "failed",
            "error_code": error.code,
            "message": error.message,
        }

    def _mark_before_try(self) -> None:
        """Say what has happened in case this message's next try is its worker's last.

        :raises ConcurrentUpdate: somebody decided about the message meanwhile
        """
        error = self._worker_lost()
        self._mark(
            [
                Mark(
                    self.id,
                    "retry",
                    error_code=error.code,
                    error_message=error.message,
                    next_attempt_at=self._retry_at((self.crash_count or 0) + 1, error),
                )
            ]
        )
        self._add_crashes(1)
