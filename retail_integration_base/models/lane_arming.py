"""``retail.lane``, arming: seeing to it that a job works a lane with new messages.

Called by the outbox and by people's decisions (after their commit), by
``gateway_arrival.py`` and by the sweep. The question
whether a job waits costs as much as storing a message, so a request does not ask it: a
thread of the worker asks once for all that came in meanwhile (decision 19).
"""

import logging
from collections.abc import Collection
from datetime import datetime

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.modules.registry import Registry
from odoo.sql_db import BaseCursor

from ..tools.afterwards import Afterwards
from ..tools.lanes import next_turn
from .lane import PACE_S, waiting_ids

_logger = logging.getLogger(__name__)

#: how long the first message that finds its lane idle waits for company
ARMING_DELAY_S = 0.02


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
                busy = _arm_idle(cr, set(lane_ids))
        except psycopg2.Error as error:
            _logger.info("lanes %s left to the sweep: %s", set(lane_ids), error)
        else:
            # The job that another worker relies on may have begun before our messages.
            if busy:
                _arming.add(database, *busy)

    @api.model
    def _lock_for_arming(self, lane_ids: Collection[int]) -> set[int]:
        """Return those lanes that no other worker is just arming.

        All workers get messages of a busy lane at once, and each would enqueue a job.
        """
        self.env.cr.execute(
            "SELECT id FROM unnest(%s) AS id"
            " WHERE pg_try_advisory_xact_lock('retail_lane'::regclass::oid::int, id)",
            [sorted(lane_ids)],
        )
        return {lane_id for (lane_id,) in self.env.cr.fetchall()}

    def _arm(self) -> None:
        """Enqueue a job for each lane that none is waiting for, in this transaction."""
        waiting = waiting_ids(self.env.cr, set(self.ids))
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
            lane_id: next_turn(lane_id, started_at, PACE_S)
            for lane_id, started_at in self.env.cr.fetchall()
        }


def _arm_idle(cr: BaseCursor, lane_ids: set[int]) -> set[int]:
    """Arm those of ``lane_ids`` that no job waits for; return whom others are arming.

    Under load a job waits nearly always: that answer costs one query and no
    environment.
    """
    idle = lane_ids - waiting_ids(cr, lane_ids)
    if not idle:
        return set()
    # What another worker enqueued meanwhile wants to be seen under the lock.
    cr.rollback()
    lanes = api.Environment(cr, SUPERUSER_ID, {})["retail.lane"]
    ours = lanes._lock_for_arming(idle)
    lanes.browse(sorted(ours)).exists()._arm()
    return idle - ours


def _arm_lanes(database: str, lane_ids: Collection[int]) -> None:
    Registry(database)["retail.lane"]._arm_apart(database, lane_ids)


_arming: Afterwards[int] = Afterwards(_arm_lanes, ARMING_DELAY_S)
