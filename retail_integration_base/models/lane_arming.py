"""``retail.lane``, arming: seeing to it that a job works a lane with new messages.

Called by the outbox and by people's decisions (after their commit), by
``gateway_arrival.py`` and by the sweep. The question
whether a job waits costs as much as storing a message, so a request does not ask it: a
thread of the worker asks once for all that came in meanwhile (decision 19).
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.modules.registry import Registry

from ..tools.afterwards import Afterwards
from ..tools.clock import to_naive, utc_now
from .lane import PACE_S

_logger = logging.getLogger(__name__)

#: how long the first message that finds its lane idle waits for company
ARMING_DELAY_S = 0.02
SOON_S = 2
#: A job that a worker was told to take is started within this time, or lost. Too short
#: costs a job that finds nothing to do; too long lets a lane rest after a crash.
HANDOVER_S = 5


class RetailLane(models.Model):
    _inherit = "retail.lane"

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
            postcommit.add(self._hand_over_committed)
        waiting |= lane_ids

    def _hand_over_committed(self) -> None:
        lane_ids = self.env.cr.postcommit.data.pop("retail_lanes", set())
        _arming.add(self.env.cr.dbname, *lane_ids)

    @staticmethod
    def _arm_apart(database: str, lane_ids: Collection[int]) -> None:
        """Arm ``lane_ids`` in a transaction of their own, from any thread."""
        if not lane_ids:
            return
        try:
            with Registry(database).cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["retail.lane"]._unarmed(lane_ids)._arm()
        except psycopg2.Error as error:
            _logger.info("lanes %s left to the sweep: %s", set(lane_ids), error)

    @api.model
    def _unarmed(self, lane_ids: Collection[int]) -> "RetailLane":
        """Return those lanes that no other worker is just arming.

        All workers get messages of a busy lane at once, and each would enqueue a job.
        The other one's starts after it commits, and finds our messages as well.
        """
        self.env.cr.execute(
            "SELECT id FROM unnest(%s) AS id"
            " WHERE pg_try_advisory_xact_lock('retail_lane'::regclass::oid::int, id)",
            [sorted(set(lane_ids))],
        )
        return self.browse(lane_id for (lane_id,) in self.env.cr.fetchall()).exists()

    def _arm(self) -> None:
        """Enqueue a job for each lane that none is waiting for, in this transaction."""
        waiting = self._waiting_ids(set(self.ids))
        idle = self.filtered(lambda one: one.id not in waiting)
        not_before = idle._not_before()
        for lane in idle:
            eta = not_before.get(lane.id)
            lane._enqueue("soon" if eta else "arm", eta=eta)

    def _not_before(self) -> dict[int, datetime]:
        """Return when those lanes may go on that have begun a batch just now."""
        self.env.cr.execute(
            "SELECT lane_id, started_at FROM retail_lane_start"
            " WHERE lane_id = ANY(%s) AND started_at > now() AT TIME ZONE 'UTC'"
            " - make_interval(secs => %s)",
            [self.ids, PACE_S],
        )
        return {
            lane_id: started_at + timedelta(seconds=PACE_S)
            for lane_id, started_at in self.env.cr.fetchall()
        }

    @api.model
    def _waiting_ids(self, lane_ids: set[int]) -> set[int]:
        """Return those of ``lane_ids`` that a queued job will work soon.

        A started job does not count: its snapshot may be older than our messages. Nor
        does one that was handed to a worker long ago: that worker died, and queue_job
        finds out after a minute.
        """
        now = to_naive(utc_now())
        keys = {
            self._identity(lane_id, kind): lane_id
            for lane_id in lane_ids
            for kind in ("arm", "soon", "next")
        }
        self.env.cr.execute(
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
        return {keys[key] for (key,) in self.env.cr.fetchall()}


def _arm_lanes(database: str, lane_ids: Collection[int]) -> None:
    Registry(database)["retail.lane"]._arm_apart(database, lane_ids)


_arming: Afterwards[int] = Afterwards(_arm_lanes, ARMING_DELAY_S)
