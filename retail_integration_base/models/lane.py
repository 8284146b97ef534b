"""``retail.lane``: a strip of one backend's messages, worked one job at a time.

A message's partition key decides its lane, so order is kept inside a key while other
lanes go on. The row is also the lock: the job that works a lane holds it, because
queue_job's identity keys race (two jobs for one lane can exist, design §3.1).

Called by the gateway and the outbox (arming after their commit), by queue_job (work)
and by the sweep cron. What a batch does is in ``inbox_event_work.py`` and
``outbox_event_work.py``.
"""

import logging
from datetime import datetime, timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import correlation
from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConcurrentUpdate

_logger = logging.getLogger(__name__)

BUSY_LANE_DELAY_S = 1
SOON_S = 2
#: a job that a worker was told to take is started within this time, or lost
HANDOVER_S = 15
MESSAGES = {"in": "retail.inbox.event", "out": "retail.outbox.event"}


class RetailLane(models.Model):
    _name = "retail.lane"
    _description = "Lane"
    _order = "backend_id, direction, number"
    _log_access = False

    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id")
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True
    )
    number = fields.Integer(required=True)

    _lane_uniq = models.Constraint(
        "UNIQUE (backend_id, direction, number)", "This lane exists already."
    )

    @api.depends("backend_id.code", "direction", "number")
    def _compute_display_name(self) -> None:
        for lane in self:
            lane.display_name = f"{lane.backend_id.code}/{lane.direction}/{lane.number}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_backend(self) -> None:
        raise UserError(self.env._("Lanes come and go with their backend only."))

    # --- arming ---------------------------------------------------------------

    @api.model
    def _arm_after_commit(self, lane_ids: set[int]) -> None:
        """See to it that a job works ``lane_ids`` once this transaction is committed.

        Only a wake-up hint: a process that dies before it leaves the lane to
        ``_cron_sweep``. Asking before the commit could miss a lane whose job is just
        finishing without having seen our messages.
        """
        postcommit = self.env.cr.postcommit
        waiting: set[int] = postcommit.data.setdefault("retail_lanes", set())
        if not waiting:
            postcommit.add(self._arm_committed)
        waiting |= lane_ids

    def _arm_committed(self) -> None:
        lane_ids = self.env.cr.postcommit.data.pop("retail_lanes", set())
        try:
            # The usual case, a job waits already, is settled on this connection in
            # one round trip; only a missing job costs a transaction.
            unarmed = lane_ids - self._waiting_ids_now(lane_ids)
            if unarmed:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["retail.lane"].browse(sorted(unarmed))._arm()
        except psycopg2.Error as error:
            # An exception here would stop other modules' hooks after the commit.
            _logger.info("lanes %s left to the sweep: %s", sorted(lane_ids), error)

    def _waiting_ids_now(self, lane_ids: set[int]) -> set[int]:
        """Ask ``_waiting_ids`` outside of any transaction, just after a commit."""
        connection = self.env.cr._cnx
        level = connection.isolation_level
        # With a level set, switching autocommit off costs a round trip of its own.
        connection.set_session(isolation_level="DEFAULT", readonly="DEFAULT")
        connection.autocommit = True
        try:
            return self._waiting_ids(self.env.cr, lane_ids)
        finally:
            connection.autocommit = False
            connection.set_session(isolation_level=level, readonly=False)

    def _arm(self) -> None:
        """Enqueue a job for each lane that none is waiting for, in this transaction."""
        waiting = self._waiting_ids(self.env.cr, set(self.ids))
        for lane in self.filtered(lambda one: one.id not in waiting):
            lane._enqueue("arm")

    @api.model
    def _waiting_ids(self, cr: object, lane_ids: set[int]) -> set[int]:
        """Return those of ``lane_ids`` that a queued job will work soon.

        A started job does not count: its snapshot may be older than our messages. Nor
        does one that was handed to a worker long ago: that worker died, and queue_job
        finds out after a minute.
        """
        now = to_naive(utc_now())
        keys = {
            self._identity(lane_id, kind): lane_id
            for lane_id in lane_ids
            for kind in ("arm", "next")
        }
        cr.execute(
            "SELECT identity_key FROM queue_job WHERE identity_key = ANY(%s)"
            # As queue_job's partial index says it, so that it is used.
            " AND state IN ('pending', 'enqueued')"
            " AND (state = 'pending' AND (eta IS NULL OR eta <= %s)"
            "  OR state = 'enqueued' AND date_enqueued > %s)",
            [
                list(keys),
                now + timedelta(seconds=SOON_S),
                now - timedelta(seconds=HANDOVER_S),
            ],
        )
        return {keys[key] for (key,) in cr.fetchall()}

    @api.model
    def _identity(self, lane_id: int, kind: str) -> str:
        return f"retail.lane:{lane_id}:{kind}"

    def _enqueue(self, kind: str, eta: datetime | None = None) -> None:
        """Create the lane's job: ``arm`` (new messages), ``next`` (work is left) or
        ``retry`` (not before ``eta``, naive UTC)."""
        self.ensure_one()
        # Each kind has a key of its own: a postponed "arm" job must not keep the
        # running job from handing over at once to its "next".
        self.with_delay(
            identity_key=self._identity(self.id, kind),
            eta=eta,
            description=f"Retail lane {self.display_name}",
        )._work()

    # --- working --------------------------------------------------------------

    def _work(self) -> str:
        """Work one batch of this lane in this job's transaction.

        :raises RetryableJobError: another job works the lane right now.
        """
        self.ensure_one()
        if not self._lock_row():
            raise RetryableJobError(
                "Another job works this lane",
                seconds=BUSY_LANE_DELAY_S,
                ignore_retry=True,
            )
        messages = self.env[MESSAGES[self.direction]].sudo()
        try:
            with correlation.bind(f"lane:{self.id}"):
                count, work_left, retry_at = messages._work_lane(self)
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrentUpdate) as error:
            # Left to itself queue_job waits five seconds and gives up after five tries.
            raise RetryableJobError(
                f"Overtaken: {type(error).__name__}",
                seconds=BUSY_LANE_DELAY_S,
                ignore_retry=True,
            ) from error
        if work_left:
            self._enqueue("next")
        elif retry_at:
            self._enqueue("retry", eta=retry_at)
        return f"{count} messages"

    def _lock_row(self) -> bool:
        self.env.cr.execute(
            "SELECT id FROM retail_lane WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED",
            [self.id],
        )
        return bool(self.env.cr.fetchone())

    # --- sweeping -------------------------------------------------------------

    @api.model
    def _cron_sweep(self) -> None:
        """Arm every lane with due messages and no waiting job.

        Jobs get lost: a crash between commit and arming, a PostgreSQL restart that
        fails a running job for good (reliability: queue_job). "Stuck" is therefore a
        query over our own tables.
        """
        due: set[int] = set()
        for model in MESSAGES.values():
            self.env[model]._release_orphans()
            due |= self.env[model]._due_lane_ids()
        self.browse(sorted(due))._arm()
