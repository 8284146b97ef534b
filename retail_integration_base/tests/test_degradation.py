"""What each flow does while its system is away: wait, a little, not at all, or ask."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.errors import FlowRefused
from . import factories as make
from .common import RetailCase
from .fakes import Partner

RECORDED = "retail.transaction.recorded.v1"


@tagged("post_install", "-at_install")
class TestDegradation(RetailCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        self.topic = self.env.ref(
            "retail_integration_base.topic_transaction_recorded_v1"
        )
        self.platform = make.make_backend(
            self.env,
            "platform",
            event_url=self.partner.url,
            phase_events=True,
            subscribed_topic_ids=[(6, 0, self.topic.ids)],
            lane_count=1,
        )
        self.operator = make.make_user(self.env, "operator", "group_operator")

    def decide(self, policy: str, **values: object):
        return self.env["retail.degradation.policy"].create(
            {
                "backend_id": self.platform.id,
                "topic_id": self.topic.id,
                "policy": policy,
                **values,
            }
        )

    def fall(self) -> None:
        """Let the circuit of the partner open."""
        limits = self.platform._gate_limits()
        host = self.partner.url.split("/")[2]
        gates = self.env["retail.gate"]
        gates._enter(self.platform.id, host, limits, 1.0, 1.0)
        self.env.cr.execute(
            "UPDATE retail_gate SET state = 'open', retry_at = now() + interval '1 h'"
        )
        self.env.invalidate_all()

    def rise(self) -> None:
        self.env["retail.gate"].search([])._note_success()
        self.env.invalidate_all()

    def sell(self, *registers: str):
        receipts = [make.make_receipt(register=one) for one in registers]
        self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()
        return self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.platform.id)], order="id"
        )

    def work_out(self) -> None:
        self.work(self.platform, "out")

    def test_without_a_policy_messages_wait_and_are_sent_in_order(self):
        self.fall()
        messages = self.sell("1", "2", "3")
        self.work_out()
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.assertEqual(self.platform._check_flow(RECORDED), "defer")
        self.rise()
        self.work_out()
        self.assertEqual(set(messages.mapped("state")), {"sent"})
        sent = [headers["webhook-id"] for headers, _body in self.partner.received]
        self.assertEqual(sent, messages.mapped("event_key"))

    def test_policy_says_nothing_while_the_system_is_there(self):
        self.decide("refuse")
        messages = self.sell("1")
        self.assertEqual(self.platform._check_flow(RECORDED), "defer")
        self.work_out()
        self.assertEqual(messages.state, "sent")

    def test_refused_flow_is_said_to_the_caller_and_not_sent_later(self):
        policy = self.decide("refuse", note="Sell on, tell nobody.")
        self.fall()
        with self.assertRaises(FlowRefused) as caught:
            self.platform._check_flow(RECORDED)
        self.assertIn("Sell on", caught.exception.message)
        messages = self.sell("1", "2")
        self.work_out()
        self.assertEqual(set(messages.mapped("state")), {"cancelled"})
        self.assertEqual(set(messages.mapped("error_code")), {"RET-2203"})
        told = self.env["retail.exception"].search([("code", "=", "RET-2203")])
        self.assertEqual(told.dedupe_key, f"policy:{policy.id}")
        self.rise()
        self.work_out()
        self.assertFalse(self.partner.received)

    def test_restricted_flow_waits_up_to_its_number(self):
        self.decide("restrict", waiting_max=2)
        self.fall()
        self.assertEqual(self.platform._check_flow(RECORDED), "restrict")
        messages = self.sell("1", "2", "3", "4")
        self.work_out()
        self.assertEqual(
            messages.mapped("state"), ["pending", "pending", "cancelled", "cancelled"]
        )
        with self.assertRaises(FlowRefused):
            self.platform._check_flow(RECORDED)
        self.rise()
        self.work_out()
        self.assertEqual(len(self.partner.received), 2)

    def test_manual_flow_waits_for_somebody_else(self):
        self.decide("manual")
        self.platform.action_pause()
        self.assertEqual(self.platform._check_flow(RECORDED), "manual")
        message = self.sell("1")
        self.work_out()
        self.assertEqual(message.state, "approval")
        self.platform.action_activate()
        self.work_out()
        self.assertEqual(message.state, "approval")
        message.with_user(self.operator).action_release()
        self.assertEqual(message.released_by_id, self.operator)
        self.work_out()
        self.assertEqual(message.state, "sent")
        released = self.env["retail.audit.entry"].search(
            [("action", "=", "message.released")]
        )
        self.assertEqual(len(released), 1)

    def test_who_caused_a_message_does_not_release_it(self):
        self.decide("manual")
        self.fall()
        message = self.sell("1")
        self.work_out()
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET caused_by_id = %s", [self.operator.id]
        )
        message.invalidate_recordset()
        with self.assertRaises(UserError):
            message.with_user(self.operator).action_release()
        auditor = make.make_user(self.env, "auditor", "group_auditor")
        with self.assertRaises(AccessError):
            message.with_user(auditor).action_release()
        self.assertEqual(message.state, "approval")

    def test_message_remembers_who_caused_it(self):
        message = self.sell("1")
        self.assertEqual(message.caused_by_id, self.backend.user_id)

    def test_released_message_is_not_asked_for_again(self):
        self.decide("manual")
        self.fall()
        message = self.sell("1")
        self.work_out()
        message.with_user(self.operator).action_release()
        self.work_out()
        self.assertEqual(message.state, "pending")

    def test_later_messages_of_the_key_wait_behind_it(self):
        self.decide("manual")
        self.fall()
        first = self.sell("1")
        self.work_out()
        self.rise()
        messages = self.sell("1")
        self.work_out()
        self.assertEqual(messages.mapped("state"), ["approval", "held"])
        first.with_user(self.operator).action_release()
        self.work_out()
        self.work_out()
        self.assertEqual(messages.mapped("state"), ["sent", "sent"])

    def test_message_that_nobody_releases_can_be_cancelled(self):
        self.decide("manual")
        self.fall()
        message = self.sell("1")
        self.work_out()
        message.with_user(self.operator).action_cancel()
        self.assertEqual(message.state, "cancelled")
