"""How soon a lane gets its next job: at once behind a backlog or a rest, else paced."""

from unittest.mock import patch

from odoo.tests import tagged

from ..models.lane import BACKLOG_COUNT, PACE_S
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
        self.begin(PACE_S / 4)
        self.lane._arm()
        self.lane._arm()
        self.assertEqual(self.jobs(), [("soon", True)])
        self.env.cr.execute(
            "SELECT eta - (now() AT TIME ZONE 'UTC') FROM queue_job WHERE identity_key"
            " = %s",
            [f"retail.lane:{self.lane.id}:soon"],
        )
        wait_s = self.env.cr.fetchone()[0].total_seconds()
        self.assertTrue(0 < wait_s <= PACE_S, wait_s)

    def test_backlog_is_worked_without_a_pause(self):
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
