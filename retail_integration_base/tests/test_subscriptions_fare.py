"""How deliveries of a subscription fare: test events, sending again, long failure."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_subscriptions import SubscriptionCase


@tagged("post_install", "-at_install")
class TestDeliveries(SubscriptionCase):
    def test_test_event_is_signed_and_waits_behind_nothing(self):
        self.partner.answers = [400]
        self.sell(1, 2)
        self.deliver()
        action = self.feed.action_send_test()
        message = self.env["retail.outbox.event"].browse(action["res_id"])
        self.deliver()
        self.assertEqual(message.state, "sent")
        envelope = json.loads(self.partner.received[-1][1])
        self.assertEqual(envelope["type"], "retail.ping.v1")
        self.assertEqual(envelope["data"]["subscription"], self.feed.uuid)
        self.assertEqual(self.messages(self.alarm).topic_id, self.topic)

    def test_test_event_is_refused_while_nothing_is_sent(self):
        self.feed.action_pause()
        with self.assertRaises(UserError):
            self.feed.action_send_test()

    def test_failed_ones_are_sent_again_under_the_same_ids(self):
        self.partner.answers = [400, 400]
        self.sell(1)
        self.sell(2, register="9")
        self.deliver()
        self.assertEqual(self.states(self.feed), ["dead", "dead"])
        self.assertEqual(self.feed.message_dead_count, 2)
        self.feed.action_redeliver_failed()
        self.deliver()
        self.assertEqual(self.states(self.feed), ["sent", "sent"])
        ids = [headers["webhook-id"] for headers, _body in self.partner.received]
        self.assertEqual(sorted(ids[:2]), sorted(ids[2:]))

    def test_time_range_is_sent_again_in_order_and_bounded(self):
        self.sell(1, 2, 3, 4)
        self.deliver()
        for age, message in enumerate(reversed(self.messages(self.feed))):
            self.env.cr.execute(
                "UPDATE retail_outbox_event SET created_at = %s WHERE id = %s",
                [fields.Datetime.now() - timedelta(hours=age), message.id],
            )
        since = fields.Datetime.now() - timedelta(hours=2, minutes=30)
        self.assertEqual(self.feed._redeliver(since), (0, False))
        self.assertEqual(
            self.feed._redeliver(since, what="all", count_max=2), (2, True)
        )
        self.deliver()
        self.assertEqual(self.heard(self.partner), [1, 2, 3, 4, 2, 3])

    def test_message_whose_payload_was_erased_is_not_sent_again(self):
        self.sell(1)
        self.deliver()
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET payload = NULL WHERE subscription_id = %s",
            [self.feed.id],
        )
        since = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.feed._redeliver(since, what="all"), (0, False))


@tagged("post_install", "-at_install")
class TestFailing(SubscriptionCase):
    def check_health(self) -> None:
        self.env["retail.subscription"]._cron_check_health()
        self.env.invalidate_all()

    def test_one_that_delivers_is_healthy_and_one_that_fails_is_not(self):
        self.partner.answers = [500]
        self.sell(1)
        self.deliver()
        self.assertTrue(self.feed.failing_since_at)
        self.assertTrue(self.feed.last_failure_at)
        self.assertFalse(self.feed.last_success_at)
        self.assertFalse(self.alarm.failing_since_at)
        self.assertTrue(self.alarm.last_success_at)

    def test_long_failure_is_one_exception_for_the_engineer_until_it_recovers(self):
        self.partner.answers = [500]
        self.sell(1)
        self.deliver()
        self.check_health()
        self.assertFalse(self.exceptions())
        self.age_failure(self.feed, hours=5)
        self.check_health()
        self.check_health()
        exception = self.exceptions()
        self.assertEqual(len(exception), 1)
        self.assertEqual(exception.user_id, self.insights.engineer_id)
        self.assertIn("Feed", exception.summary)
        self.sell(2, register="9")
        self.deliver()
        self.assertFalse(self.feed.failing_since_at)
        self.check_health()
        self.assertEqual(exception.state, "resolved")

    def test_disabling_is_a_choice_and_never_comes_before_the_exception(self):
        self.partner.answers = [500]
        self.sell(1)
        self.deliver()
        self.age_failure(self.feed, days=30)
        self.check_health()
        self.check_health()
        self.assertEqual(self.feed.state, "active")
        self.feed.disable_after_days = 5
        self.check_health()
        self.assertEqual(self.feed.state, "active")
        self.env.cr.execute(
            "UPDATE retail_exception SET opened_at = opened_at - interval '2 days'"
        )
        self.env.invalidate_all()
        self.check_health()
        self.assertEqual(self.feed.state, "disabled")
        self.assertFalse(self.feed.is_locked)
        self.assertEqual(self.alarm.state, "active")

    def test_resuming_begins_a_new_count_of_failures(self):
        self.age_failure(self.feed, days=30)
        self.feed.action_resume()
        self.assertFalse(self.feed.failing_since_at)

    def test_closed_one_is_emptied_although_its_job_was_lost(self):
        self.sell(1)
        self.feed.active = False
        self.env.cr.postcommit.clear()
        self.env.cr.postcommit.data.clear()
        self.check_health()
        armed = self.env.cr.postcommit.data["retail_lanes"]
        self.assertLessEqual(set(self.messages(self.feed).lane_id.ids), armed)
