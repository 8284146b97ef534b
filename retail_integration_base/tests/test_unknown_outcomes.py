"""Messages whose answer got lost: asked for, repeated safely, or given to a person."""

from odoo.tests import tagged

from . import factories as make
from .common import RetailCase
from .fakes import Partner


@tagged("post_install", "-at_install")
class TestUnknownOutcomes(RetailCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        topic = self.env.ref("retail_integration_base.topic_transaction_recorded_v1")
        self.platform = make.make_backend(
            self.env,
            "platform",
            event_url=self.partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, topic.ids)],
            timeout_read_s=2,
        )

    def sell(self, register: str = "1"):
        self.receive(make.make_event(make.make_receipt(register=register)))
        self.work()
        return self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.platform.id)]
        )

    def deliver(self, message) -> str:
        """Let the message's time come, work its lane, return its state."""
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET next_attempt_at = '2020-01-01'"
            " WHERE id = %s AND state = 'retry'",
            [message.id],
        )
        message.invalidate_recordset()
        self.work(self.platform, "out")
        return message.state

    def lose_worker(self, message) -> None:
        """Leave behind what a worker leaves that is killed while it sends."""
        self.env["retail.outbox.event"].sudo()._claim(message.lane_id.id)
        message.invalidate_recordset()

    def test_partner_that_can_be_asked_and_has_it_gets_no_second_message(self):
        self.platform.outcome_url = self.partner.outcome_url
        self.partner.answers = [0]
        message = self.sell()
        self.assertEqual(self.deliver(message), "retry")
        self.assertTrue(message.outcome_unknown)
        self.assertEqual(self.deliver(message), "sent")
        self.assertEqual(len(self.partner.received), 1)
        self.assertEqual(self.partner.asked, [f"/messages/{message.event_key}"])
        self.assertIn("asked", message.result)
        self.assertFalse(message.outcome_unknown)

    def test_partner_that_was_asked_and_has_it_not_gets_it(self):
        self.platform.outcome_url = self.partner.outcome_url
        message = self.sell()
        self.lose_worker(message)
        self.assertEqual(self.deliver(message), "sent")
        self.assertEqual(len(self.partner.asked), 1)
        self.assertEqual(len(self.partner.received), 1)

    def test_question_without_an_answer_is_asked_again_before_anything_is_sent(self):
        self.platform.outcome_url = self.partner.outcome_url
        self.partner.answers = [0]
        message = self.sell()
        self.deliver(message)
        self.partner.asked_status = 503
        self.assertEqual(self.deliver(message), "retry")
        self.assertEqual(len(self.partner.received), 1)
        self.partner.asked_status = None
        self.assertEqual(self.deliver(message), "sent")
        self.assertEqual(len(self.partner.received), 1)

    def test_answer_that_says_neither_yes_nor_no_is_for_a_person(self):
        self.platform.outcome_url = self.partner.outcome_url
        self.partner.answers = [0]
        message = self.sell()
        self.deliver(message)
        self.partner.asked_status = 403
        self.assertEqual(self.deliver(message), "dead")
        self.assertEqual(message.exception_ids.code, "RET-2102")
        self.assertEqual(len(self.partner.received), 1)

    def test_partner_that_recognises_repetitions_gets_the_same_key_again(self):
        self.partner.answers = [0]
        message = self.sell()
        self.deliver(message)
        self.assertEqual(self.deliver(message), "sent")
        keys = [headers["webhook-id"] for headers, _body in self.partner.received]
        self.assertEqual(keys, [message.event_key] * 2)

    def test_without_question_and_recognition_nothing_is_sent_blindly(self):
        self.platform.honours_keys = False
        for lost in ("answer", "error", "worker"):
            with self.subTest(lost):
                self.partner.received.clear()
                self.partner.answers = {"answer": [0], "error": [500]}.get(lost, [])
                self.env.cr.execute("DELETE FROM retail_gate")
                # Another register: another key, which waits for nothing.
                message = self.sell(lost)[:1]
                if lost == "worker":
                    self.lose_worker(message)
                self.assertEqual(self.deliver(message), "dead")
                self.assertEqual(message.exception_ids.code, "RET-2102")
                sent = len(self.partner.received)
                self.assertEqual(self.deliver(message), "dead")
                self.assertEqual(len(self.partner.received), sent)

    def test_person_who_has_looked_sends_again(self):
        self.platform.honours_keys = False
        self.partner.answers = [0]
        message = self.sell()
        self.deliver(message)
        message.exception_ids.action_replay()
        self.assertEqual(self.deliver(message), "sent")
        self.assertEqual(message.exception_ids.state, "resolved")

    def test_certain_failure_is_simply_repeated(self):
        self.platform.honours_keys = False
        self.partner.answers = [503]
        message = self.sell()
        self.assertEqual(self.deliver(message), "retry")
        self.assertEqual(self.deliver(message), "sent")
