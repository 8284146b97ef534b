"""How messages reach partners: signed, retried, in order, never silently lost."""

import json
from datetime import timedelta

from standardwebhooks.webhooks import Webhook

from odoo import fields
from odoo.tests import tagged

from ..models.event_mixin import Mark
from . import factories as make
from .common import RetailCase
from .fakes import Partner


@tagged("post_install", "-at_install")
class TestOutbox(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.topic = cls.env.ref("retail_integration_base.topic_transaction_recorded_v1")

    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        self.subscriber = make.make_backend(
            self.env,
            "insights",
            engineer_id=make.make_user(self.env, "engineer", "group_operator").id,
            event_url=self.partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, self.topic.ids)],
            timeout_read_s=2,
        )

    def sell(self, *receipts: dict):
        """Bring receipts in and return the messages they cause, oldest first."""
        self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()
        return self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.subscriber.id)], order="id"
        )

    def due_now(self, messages) -> None:
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET next_attempt_at = '2020-01-01'"
            " WHERE id = ANY (%s) AND state = 'retry'",
            [messages.ids],
        )
        messages.invalidate_recordset()

    def test_sale_is_told_to_the_subscriber_with_a_signature_others_accept(self):
        message = self.sell(make.make_receipt(sequence=160))
        self.assertEqual(message.state, "pending")
        self.work(self.subscriber, "out")
        self.assertEqual(message.state, "sent")
        headers, body = self.partner.received[0]
        lowered = {name.lower(): value for name, value in headers.items()}
        Webhook(make.SECRET).verify(body, lowered)
        self.assertEqual(lowered["webhook-id"], message.event_key)
        self.assertEqual(lowered["x-correlation-id"], message.correlation_id)
        envelope = json.loads(body)
        self.assertEqual(envelope["type"], self.topic.name)
        self.assertEqual(envelope["data"]["ref"], "12/3/160")
        self.assertEqual(message.attempt_ids.mapped("http_status"), [204])

    def test_failing_partner_gets_the_same_message_again_later(self):
        self.partner.answers = [500, 0, 204]
        message = self.sell(make.make_receipt())
        for expected in ("retry", "retry", "sent"):
            self.due_now(message)
            self.work(self.subscriber, "out")
            self.assertEqual(message.state, expected)
        keys = {headers["webhook-id"] for headers, _body in self.partner.received}
        self.assertEqual(keys, {message.event_key})
        self.assertEqual(
            message.attempt_ids.sorted("id").mapped("outcome"),
            ["unknown", "unknown", "succeeded"],
        )

    def test_retry_after_is_respected_and_no_failed_attempt(self):
        self.partner.answers = [(429, {"Retry-After": "120"})]
        message = self.sell(make.make_receipt())
        self.work(self.subscriber, "out")
        self.assertEqual(message.state, "retry")
        self.assertEqual(message.attempt_count, 0)
        wait = message.next_attempt_at - fields.Datetime.now()
        self.assertAlmostEqual(
            wait, timedelta(seconds=120), delta=timedelta(seconds=10)
        )

    def test_refusal_is_a_decision_for_the_engineer(self):
        self.partner.answers = [422]
        message = self.sell(make.make_receipt())
        self.work(self.subscriber, "out")
        self.assertEqual(message.state, "dead")
        self.assertEqual(message.exception_ids.code, "RET-2101")
        self.assertEqual(message.exception_ids.user_id, self.subscriber.engineer_id)

    def test_order_inside_a_key_survives_a_failure(self):
        self.partner.answers = [500]
        first, second, other = self.sell(
            make.make_receipt(sequence=1),
            make.make_receipt(sequence=2),
            make.make_receipt(sequence=3, register="9"),
        )
        self.work(self.subscriber, "out")
        self.assertEqual(
            [first.state, second.state, other.state], ["retry", "held", "sent"]
        )
        self.due_now(first)
        self.work(self.subscriber, "out")
        self.work(self.subscriber, "out")
        self.assertEqual([first.state, second.state], ["sent", "sent"])

    def test_head_of_a_key_goes_on_when_a_newer_message_is_due_with_it(self):
        self.partner.answers = [500]
        first, second = self.sell(
            make.make_receipt(sequence=1), make.make_receipt(sequence=2)
        )
        self.work(self.subscriber, "out")
        self.assertEqual([first.state, second.state], ["retry", "held"])
        messages = self.sell(make.make_receipt(sequence=3))
        self.due_now(messages)
        self.work(self.subscriber, "out")
        self.assertEqual(messages.mapped("state"), ["sent"] * 3)

    def test_message_held_behind_nothing_is_released_by_the_sweep(self):
        message = self.sell(make.make_receipt())
        self.env["retail.outbox.event"].sudo()._mark([Mark(message.id, "held")])
        # The sweep asks for a job runner where jobs are due, and tests have none.
        self.env.cr.execute("DELETE FROM queue_job")
        self.env["retail.lane"]._cron_sweep()
        self.assertEqual(message.state, "pending")

    def test_dead_letter_is_sent_on_replay_and_releases_its_key(self):
        self.partner.answers = [400]
        first, second = self.sell(
            make.make_receipt(sequence=1), make.make_receipt(sequence=2)
        )
        self.work(self.subscriber, "out")
        self.assertEqual([first.state, second.state], ["dead", "held"])
        first.exception_ids.action_replay()
        self.work(self.subscriber, "out")
        self.work(self.subscriber, "out")
        self.assertEqual([first.state, second.state], ["sent", "sent"])
        self.assertEqual(first.exception_ids.state, "resolved")

    def test_attempts_are_bounded(self):
        self.topic.attempts_max = 2
        self.partner.answers = [500, 500]
        message = self.sell(make.make_receipt())
        self.work(self.subscriber, "out")
        self.due_now(message)
        self.work(self.subscriber, "out")
        self.assertEqual(message.state, "dead")
        self.assertEqual(message.exception_ids.code, "RET-2001")

    def test_paused_backend_keeps_its_messages_and_sends_them_in_order(self):
        self.subscriber.action_pause()
        messages = self.sell(*(make.make_receipt(sequence=n) for n in range(5)))
        self.assertEqual(self.work(self.subscriber, "out"), 0)
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.subscriber.action_activate()
        self.work(self.subscriber, "out")
        sent = [
            json.loads(body)["data"]["sequence"] for _h, body in self.partner.received
        ]
        self.assertEqual(sent, [0, 1, 2, 3, 4])

    def test_remains_of_a_killed_worker_are_sent_again_under_the_same_key(self):
        message = self.sell(make.make_receipt())
        lane = message.lane_id
        self.env["retail.outbox.event"].sudo()._claim(lane.id)
        message.invalidate_recordset()
        self.assertEqual(message.state, "sending")
        self.work(self.subscriber, "out")
        self.assertEqual(message.state, "sent")

    def test_backend_without_a_live_secret_sends_nothing_unsigned(self):
        self.subscriber.credential_ids.filtered(
            lambda c: c.purpose == "webhook_out"
        ).active = False
        message = self.sell(make.make_receipt())
        self.work(self.subscriber, "out")
        self.assertFalse(self.partner.received)
        self.assertEqual(message.state, "dead")
        self.assertEqual(message.exception_ids.code, "RET-3001")

    def test_recording_the_same_sale_again_tells_nobody_twice(self):
        receipt = make.make_receipt()
        self.sell(receipt)
        messages = self.sell(receipt)
        self.assertEqual(len(messages), 1)

    def test_other_companies_are_not_told(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = make.make_backend(
            self.env,
            "other",
            company_id=company.id,
            event_url=self.partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, self.topic.ids)],
        )
        self.sell(make.make_receipt())
        self.assertFalse(
            self.env["retail.outbox.event"].search([("backend_id", "=", other.id)])
        )
