"""How soon a lane gets its next job: at once behind a backlog or a rest, else paced."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.models import BaseModel
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock

from ..models import lane_arming
from ..models.inbox_event_work import BATCH_SIZE
from ..models.lane import BACKLOG_COUNT, PACE_S, waiting_ids
from ..tools.afterwards import Afterwards
from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestLanePace(RetailCase):
    def setUp(self):
        super().setUp()
        self.backend.lane_count = 1
        self.lane = self.env["retail.lane"].search(
            [("backend_id", "=", self.backend.id), ("direction", "=", "in")], limit=1
        )

    def jobs(self) -> list[tuple[str, bool]]:
        """Return kind of each waiting job of the lane, and whether it has to wait."""
        self.env.cr.execute(
            "SELECT split_part(identity_key, ':', 3), eta IS NOT NULL FROM queue_job"
            " WHERE identity_key LIKE %s AND state = 'pending' ORDER BY id",
            [f"retail.lane:{self.lane.id}:%"],
        )
        return self.env.cr.fetchall()

    def begin(self, seconds_ago: float) -> None:
        self.env.cr.execute(
            "INSERT INTO retail_lane_start (lane_id, started_at) VALUES"
            " (%s, now() AT TIME ZONE 'UTC' - make_interval(secs => %s))",
            [self.lane.id, seconds_ago],
        )

    def worked(self, count: int, *, more: bool) -> None:
        """Let the lane's job work so many messages, after which others are there."""
        messages = self.env.registry["retail.inbox.event"]
        with patch.object(messages, "_work_lane", return_value=(count, more, None)):
            self.lane._work()

    def test_rested_lane_is_worked_at_once(self):
        self.begin(PACE_S + 1)
        self.lane._arm()
        self.assertEqual(self.jobs(), [("arm", False)])

    def test_lane_that_has_just_begun_waits_for_company(self):
        self.begin(0)
        self.lane._arm()
        self.lane._arm()
        self.assertEqual(self.jobs(), [("soon", True)])
        self.env.cr.execute(
            "SELECT eta - (now() AT TIME ZONE 'UTC') FROM queue_job WHERE identity_key"
            " = %s",
            [f"retail.lane:{self.lane.id}:soon"],
        )
        wait_s = self.env.cr.fetchone()[0].total_seconds()
        self.assertTrue(0 < wait_s < 1.5 * PACE_S, wait_s)

    def test_backlog_is_worked_without_a_pause(self):
        self.assertEqual(BACKLOG_COUNT, BATCH_SIZE)
        self.worked(BACKLOG_COUNT, more=True)
        self.assertEqual(self.jobs(), [("next", False)])

    def test_what_came_meanwhile_waits_for_company(self):
        self.worked(BACKLOG_COUNT - 1, more=True)
        self.assertEqual(self.jobs(), [("soon", True)])

    def test_outgoing_lane_never_pauses(self):
        subscriber = make.make_backend(self.env, "hears", event_url="http://127.0.0.1")
        self.lane = self.env["retail.lane"].search(
            [("backend_id", "=", subscriber.id), ("direction", "=", "out")], limit=1
        )
        messages = self.env.registry["retail.outbox.event"]
        with patch.object(messages, "_work_lane", return_value=(1, True, None)):
            self.lane._work()
        self.assertEqual(self.jobs(), [("next", False)])


@tagged("post_install", "-at_install", "retail_race")
class TestLanePaceRaces(BaseCase):
    """With real connections: what one has committed, the other's snapshot lacks."""

    def setUp(self):
        super().setUp()
        # Odoo runs tests inside the registry's lock.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        self.addCleanup(lock.stop)
        self.registry = Registry(get_db_name())
        code = f"pace-{uuid.uuid4().hex[:8]}"
        with self.lanes() as lanes:
            scheme = lanes.env.ref("retail_integration_base.scheme_standard_webhooks")
            backend = lanes.env["retail.backend"].create(
                {"name": code, "code": code, "signature_scheme_id": scheme.id}
            )
            self.lane_id = lanes.search([("backend_id", "=", backend.id)], limit=1).id
        self.addCleanup(self.remove, code)

    def remove(self, code: str) -> None:
        with self.lanes() as lanes:
            lanes.env["queue.job"].search(
                [("identity_key", "=like", f"retail.lane:{self.lane_id}:%")]
            ).unlink()
            # Later tests look at all systems.
            lanes.env["retail.backend"].search([("code", "=", code)]).unlink()

    @contextmanager
    def lanes(self) -> Iterator[BaseModel]:
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})["retail.lane"]

    def test_only_one_worker_arms_a_lane_at_a_time(self):
        with self.lanes() as first, self.lanes() as second:
            self.assertEqual(first._lock_for_arming([self.lane_id]), {self.lane_id})
            self.assertFalse(second._lock_for_arming([self.lane_id]))
        with self.lanes() as later:
            self.assertEqual(later._lock_for_arming([self.lane_id]), {self.lane_id})

    def test_worker_that_finds_another_one_arming_asks_again(self):
        database = self.registry.db_name
        # Its thread would come too late for the test: we are the thread.
        later = Afterwards(lane_arming._arm_lanes, 60.0)
        with patch.object(lane_arming, "_arming", later):
            with self.lanes() as other:
                other._lock_for_arming([self.lane_id])
                lane_arming._arm_lanes(database, [self.lane_id])
                self.assertFalse(waiting_ids(other.env.cr, {self.lane_id}))
            later.flush()
        with self.lanes() as lanes:
            self.assertEqual(waiting_ids(lanes.env.cr, {self.lane_id}), {self.lane_id})

    def test_job_leaves_the_rest_to_one_that_was_enqueued_meanwhile(self):
        with self.lanes() as job:
            self.assertTrue(job.browse(self.lane_id).exists())  # takes its snapshot
            with self.lanes() as worker:
                worker.browse(self.lane_id)._enqueue("arm")
            job.browse(self.lane_id)._enqueue_soon()
        with self.lanes() as lanes:
            lanes.env.cr.execute(
                "SELECT count(*) FROM queue_job WHERE identity_key LIKE %s",
                [f"retail.lane:{self.lane_id}:%"],
            )
            self.assertEqual(lanes.env.cr.fetchone(), (1,))
