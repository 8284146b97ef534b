"""``retail.lane``: a strip of messages, worked one job at a time.

A message's partition key decides its lane, so order is kept inside a key while other
lanes go on. Incoming lanes belong to a backend, outgoing ones to one subscription of
it: what one subscriber does to its lanes touches no other (decision 26).

The row is also the lock: the job that works a lane holds it, because queue_job's
identity keys race (two jobs for one lane can exist, design §3.1).

Called by queue_job (work) and by the sweep cron. How a lane is woken up is in
``lane_arming.py``, what a batch does in ``inbox_event_work.py`` and
``outbox_event_work.py``.
"""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import BaseCursor

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import correlation, politeness
from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConcurrentUpdate
from ..tools.lanes import next_turn

BUSY_LANE_DELAY_S = 1
#: between the beginnings of a lane's batches while it has no backlog: a job costs as
#: much as a hundred messages, so each has to take many (decision 40)
PACE_S = 2.0
#: A full batch: a lane that had so many to work goes on at once.
BACKLOG_COUNT = 200
#: A job that is due within this time counts as waiting; a lane's next turn always is.
SOON_S = 2 * PACE_S
#: A job that a worker was told to take is started within this time, or lost. Too short
#: costs a job that finds nothing to do; too long lets a lane rest after a crash.
HANDOVER_S = 5
MESSAGES = {"in": "retail.inbox.event", "out": "retail.outbox.event"}


class RetailLane(models.Model):
    _name = "retail.lane"
    _description = "Lane"
    _order = "backend_id, direction, subscription_id, number"
    _log_access = False

    backend_id = fields.Many2one(
        "retail.backend", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="backend_id.company_id")
    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True
    )
    subscription_id = fields.Many2one(
        "retail.subscription", ondelete="cascade", index="btree_not_null"
    )
    number = fields.Integer(required=True)

    _owner_number_uniq = models.UniqueIndex(
        "(backend_id, direction, COALESCE(subscription_id, 0), number)",
        "This lane exists already.",
    )

    @api.depends("backend_id.code", "direction", "subscription_id.name", "number")
    def _compute_display_name(self) -> None:
        for lane in self:
            owner = [lane.backend_id.code, lane.direction]
            owner += lane.subscription_id.sudo().mapped("name")
            lane.display_name = "/".join([*owner, str(lane.number)])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_backend(self) -> None:
        raise UserError(self.env._("Lanes come and go with their backend only."))

    # --- coming into being ----------------------------------------------------

    @api.model
    def _ensure_incoming(self, backends: models.BaseModel) -> None:
        """Give each of ``backends`` the lanes it lacks for what comes in."""
        have = self._numbers([("backend_id", "in", backends.ids)], "in", "backend_id")
        self.sudo().create(
            [
                {"backend_id": backend.id, "direction": "in", "number": number}
                for backend in backends
                for number in range(backend.lane_count)
                if (backend.id, number) not in have
            ]
        )

    @api.model
    def _ensure_outgoing(self, subscriptions: models.BaseModel) -> None:
        """Give each of ``subscriptions`` the lanes it lacks, as many as its backend."""
        domain = [("subscription_id", "in", subscriptions.ids)]
        have = self._numbers(domain, "out", "subscription_id")
        self.sudo().create(
            [
                {
                    "backend_id": subscription.backend_id.id,
                    "subscription_id": subscription.id,
                    "direction": "out",
                    "number": number,
                }
                for subscription in subscriptions
                for number in range(subscription.backend_id.lane_count)
                if (subscription.id, number) not in have
            ]
        )

    def _numbers(self, domain: list, direction: str, owner: str) -> set[tuple]:
        lanes = self.sudo().search([*domain, ("direction", "=", direction)])
        return {(lane[owner].id, lane.number) for lane in lanes}

    # --- enqueuing ------------------------------------------------------------

    def _enqueue(self, kind: str, eta: datetime | None = None) -> None:
        """Create the lane's job: ``arm`` (new messages), ``soon`` (new ones, a batch
        has just begun), ``next`` (a backlog is left) or ``retry`` (a message is due
        again); not before ``eta`` (naive UTC)."""
        self.ensure_one()
        # Each kind has a key of its own: a postponed "arm" job must not keep the
        # running job from handing over at once to its "next".
        self.with_delay(
            identity_key=_job_key(self.id, kind),
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
            with correlation.bind(f"lane:{self.id}"), politeness.giving_way():
                count, work_left, retry_at = messages._work_lane(self)
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrentUpdate) as error:
            # Left to itself queue_job waits five seconds and gives up after five tries.
            raise RetryableJobError(
                f"Overtaken: {type(error).__name__}",
                seconds=BUSY_LANE_DELAY_S,
                ignore_retry=True,
            ) from error
        if work_left and self.direction == "in" and count < BACKLOG_COUNT:
            self._enqueue_soon()
        elif work_left:
            self._enqueue("next")
        elif retry_at:
            self._enqueue("retry", eta=retry_at)
        return f"{count} messages"

    def _enqueue_soon(self) -> None:
        """Go on in a while unless a job is going to: this is no backlog, only what came
        meanwhile, and it waits for company."""
        # Whoever stored it has most likely armed the lane; our snapshot is older.
        with self.env.registry.cursor() as cr:
            if waiting_ids(cr, {self.id}):
                return
        # By the database's clock: a node's may be wrong by an hour.
        self._enqueue("soon", eta=next_turn(self.id, self.env.cr.now(), PACE_S))

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
        self._wake_runner()
        due: set[int] = set()
        for model in MESSAGES.values():
            self.env[model]._release_orphans()
            due |= self.env[model]._due_lane_ids()
        self.browse(sorted(due))._arm()


def _job_key(lane_id: int, kind: str) -> str:
    return f"retail.lane:{lane_id}:{kind}"


def waiting_ids(cr: BaseCursor, lane_ids: set[int]) -> set[int]:
    """Return those of ``lane_ids`` that a queued job will work soon.

    A started job does not count: its snapshot may be older than our messages. Nor
    does one that was handed to a worker long ago: that worker died, and queue_job
    finds out after a minute.
    """
    now = to_naive(utc_now())
    keys = {
        _job_key(lane_id, kind): lane_id
        for lane_id in lane_ids
        for kind in ("arm", "soon", "next")
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
