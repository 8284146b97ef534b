"""``retail.inbox.event``: messages under suspicion of killing their worker.

After a lost worker (killed, out of memory, over its time limit) each message of its
batch is worked alone, in transactions of its own: one that says "tried" before, one
for the work. So a second death leaves its name behind. That message waits with a
growing delay while all others go on, and after some deaths it needs a
decision. Called by ``inbox_event_work.py``; who notes the batch is
``retail.lane.start``.
"""

import logging
import time
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import correlation
from ..tools.clock import to_naive, utc_now
from ..tools.errors import connection_lost
from .event_mixin import Mark
from .inbox_event_work import BATCH_SIZE, Batch

_logger = logging.getLogger(__name__)

#: A job stops after this long; its lane goes on with the next one.
ALONE_BUDGET_S = 20.0
#: when another job looks whether we are still there; queue_job believes a job's worker
#: for 10 s
LOOK_AGAIN_S = 15
#: pauses before each attempt to take a note back while the database is away
TAKE_BACK_AFTER_S = (0.0, 1.0, 2.0, 4.0)


class RetailInboxEvent(models.Model):
    _inherit = "retail.inbox.event"

    tried_alone_at = fields.Datetime(
        string="Tried alone",
        readonly=True,
        help="When this message was last worked on its own.",
    )

    @api.model
    def _work_suspects(
        self, lane: models.BaseModel
    ) -> tuple[int, bool, datetime | None] | None:
        """Work what a lost worker left behind, one message after the other.

        :return: as ``_work_lane``; ``None`` if there is nothing of that kind
        """
        starts = self.env["retail.lane.start"]
        until = starts._unfinished_until(lane.id)
        if not until:
            return None
        suspects = self._ready_ids(
            lane, SQL("COALESCE(crash_count, 0) = 0 AND id <= %s", until)
        )
        if suspects:
            _logger.info("lane %s lost a worker: its batch is worked alone", lane.id)
        tried = self._work_alone(lane, suspects)
        if tried == len(suspects) < BATCH_SIZE:
            starts._end(lane.id, until)
        # Our own snapshot does not know what was done here: a new job goes on.
        return (tried, True, None) if suspects else None

    @api.model
    def _work_crashed(
        self, lane: models.BaseModel
    ) -> tuple[int, bool, datetime | None]:
        """Try messages again that killed a worker before; called when nothing else is
        left, so that nobody waits behind them."""
        tried = self._work_alone(lane, self._ready_ids(lane, SQL("crash_count > 0")))
        if not tried:
            return 0, False, self._next_retry_at(lane.id)
        with self._own_transaction() as messages:
            more = lane.id in messages._due_lane_ids()
            return tried, more, None if more else messages._next_retry_at(lane.id)

    def _ready_ids(self, lane: models.BaseModel, condition: SQL) -> list[int]:
        """Return the lane's messages to work now, as they are at this moment.

        Nothing is locked: another cursor of ours is going to change them. The lane's
        row keeps other workers away.
        """
        with self._own_transaction() as messages:
            rows = messages.env.execute_query(
                SQL(
                    """SELECT id FROM retail_inbox_event
                        WHERE lane_id = %s
                          AND (state = 'received'
                               OR (state = 'retry' AND next_attempt_at <= %s))
                          AND %s
                        ORDER BY id LIMIT %s""",
                    lane.id,
                    to_naive(utc_now()),
                    condition,
                    BATCH_SIZE,
                )
            )
        return [event_id for (event_id,) in rows]

    def _work_alone(self, lane: models.BaseModel, event_ids: list[int]) -> int:
        """Work these messages in transactions of their own; return how many."""
        if event_ids:
            with self._own_transaction() as messages:
                # It comes whatever happens to us. On an idle system queue_job takes a
                # minute to find out that a worker is gone.
                messages.env["retail.lane"].browse(lane.id)._enqueue(
                    "retry", eta=to_naive(utc_now() + timedelta(seconds=LOOK_AGAIN_S))
                )
        stop_at = time.monotonic() + ALONE_BUDGET_S
        for position, event_id in enumerate(event_ids):
            if time.monotonic() > stop_at:
                return position
            with self._own_transaction() as messages:
                may_try = messages.browse(event_id)._begin_alone()
            if may_try:
                self._try_alone(event_id)
        return len(event_ids)

    def _begin_alone(self) -> bool:
        """Note a try that may end our process; tell whether it may be made at all."""
        if self.crash_count and self.state == "retry":
            # The one before: nobody was left to record it.
            if self._database_was_restarted():
                self._add_crashes(-1)
            else:
                self._log_attempts([self._prepare_crash()])
        if self._is_lost_too_often():
            self._mark_lost()
            return False
        if self._blocked_ids():
            self._mark([Mark(self.id, "held")])
            return False
        # It has to survive this process, not a crash of the database.
        self.env.cr.execute("SET LOCAL synchronous_commit = off")
        self._mark_before_try()
        self.env.execute_query(
            SQL(
                "UPDATE retail_inbox_event SET tried_alone_at = now() AT TIME ZONE"
                " 'UTC' WHERE id = %s RETURNING id",
                self.id,
            )
        )
        return True

    def _database_was_restarted(self) -> bool:
        """Tell whether PostgreSQL started anew since the last try of this message.

        Odoo's workers end with it: that one was lost says nothing about the message.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT pg_postmaster_start_time() AT TIME ZONE 'UTC' > tried_alone_at"
                " FROM retail_inbox_event WHERE id = %s",
                self.id,
            )
        )
        return bool(rows[0][0])

    def _try_alone(self, event_id: int) -> None:
        try:
            with self._own_transaction() as messages:
                messages.browse(event_id)._work_one()
        except Exception:
            # Whatever it was, the process lives: no crash to remember.
            self._take_try_back(event_id)
            raise

    def _take_try_back(self, event_id: int) -> None:
        """Lower the count again, also when it is the connection that was lost.

        A database that stays away longer is restarted or fails over: what is left
        counted then is taken back by the next try (``_database_was_restarted``).
        """
        for wait_s in TAKE_BACK_AFTER_S:
            time.sleep(wait_s)
            try:
                with self._own_transaction() as messages:
                    messages.browse(event_id)._add_crashes(-1)
            except Exception as error:
                if not connection_lost(error):
                    raise
            else:
                return
        _logger.info("message %s stays noted: the database is away", event_id)

    def _work_one(self) -> None:
        """Work this message, unless a person decided about it in the meantime."""
        locked = self.env.execute_query(
            SQL(
                "SELECT id FROM retail_inbox_event WHERE id = %s AND state = 'retry'"
                " FOR NO KEY UPDATE SKIP LOCKED",
                self.id,
            )
        )
        if not locked:
            self._add_crashes(-1)
            return
        with correlation.bind(self.correlation_id):
            batch = Batch()
            self._attempt(self.topic_id.handler, batch)
            self._settle(self, batch)
            self._add_crashes(-self.crash_count)
            if self.state in ("done", "ignored"):
                self._release_successors()

    def _replay_mark(self) -> Mark:
        """Keep the successors of a message waiting that is going to be tried alone."""
        if self.crash_count:
            return Mark(self.id, "retry", next_attempt_at=to_naive(utc_now()))
        return super()._replay_mark()
