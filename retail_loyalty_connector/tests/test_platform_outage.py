"""A platform goes away and comes back: nothing is lost, nothing counts twice (R15)."""

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tools.errors import FlowRefused

from .common_platform import PlatformCase


@tagged("post_install", "-at_install")
class TestPlatformOutage(PlatformCase):
    def test_outage_ends_without_loss_and_without_double(self):
        self.give(200)
        self.tell()
        self.square.outage = True
        for points in (10, 20, 30):
            self.give(points)
        self.take(50)
        for _attempt in range(4):
            self.tell()
        waiting = self.orders()[1:]
        self.assertEqual(set(waiting.mapped("state")), {"waiting"})
        self.assertEqual(self.balance().available, 210, "members see what they earned")
        self.assertEqual(self.there["balance"], 200)
        self.square.outage = False
        self._wait_is_over()
        for _order in waiting:
            self.tell()
        self.assertEqual(set(self.orders().mapped("state")), {"done"})
        self.assertEqual(self.there["balance"], self.balance().posted)
        self.assertEqual(len(self.square.seller.events[-4:]), 4)

    def test_spending_is_capped_while_the_platform_is_away(self):
        self.give(200)
        self.tell()
        self.program.write({"outage_policy": "cap", "outage_cap": 80})
        self.program._check_spending(self.member, 200)
        self.backend.action_pause()
        self.program._check_spending(self.member, 80)
        with self.assertRaises(FlowRefused) as caught:
            self.program._check_spending(self.member, 81)
        self.assertEqual(caught.exception.context["available"], 80)
        self.take(50)
        self.program._check_spending(self.member, 30)
        with self.assertRaisesRegex(FlowRefused, "30 points"):
            self.program._check_spending(self.member, 31)
        self.backend.action_activate()
        self.tell()
        self.backend.action_pause()
        self.program._check_spending(self.member, 80)

    def test_spending_is_refused_or_trusted_where_the_program_says_so(self):
        self.backend.action_pause()
        self.program.outage_policy = "refuse"
        with self.assertRaisesRegex(FlowRefused, "away"):
            self.program._check_spending(self.member, 1)
        self.program.outage_policy = "trust"
        self.program._check_spending(self.member, 10_000)

    def test_paused_platform_is_told_nothing(self):
        self.give(30)
        self.backend.action_pause()
        self.tell()
        self.assertEqual(self.orders().attempt_count, 0)

    def _wait_is_over(self) -> None:
        """Let the breaker ask again at once."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_gate SET state = 'closed', failure_count = 0"
            " WHERE backend_id = %s",
            (self.backend.id,),
        )
        self.env.invalidate_all()
