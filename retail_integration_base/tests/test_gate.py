"""Gates: the pace of calls and the circuit, as one worker sees them."""

import logging

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools.errors import CircuitOpen, RateLimited, RemoteUnavailable
from ..tools.http_client import OutboundRequest
from . import factories as make
from .common import RetailCase
from .fakes import Partner

LOGGER = "odoo.addons.retail_integration_base.models.gate"
PAST = "2020-01-01"


@tagged("post_install", "-at_install")
class TestGate(RetailCase):
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
            breaker_failures=2,
            engineer_id=self.env.ref("base.user_admin").id,
            timeout_read_s=2,
        )

    @property
    def gate(self):
        gate = self.env["retail.gate"].search([("backend_id", "=", self.platform.id)])
        gate.invalidate_recordset()
        return gate

    @property
    def opened(self):
        return self.env["retail.exception"].search(
            [("backend_id", "=", self.platform.id), ("code", "=", "RET-2201")]
        )

    def call(self, cost: float = 1.0):
        request = OutboundRequest(method="POST", url=self.partner.url, body=b"{}")
        return self.platform._call(request, cost)

    def fail_calls(self, times: int) -> None:
        self.partner.answers = [500] * times
        for _ in range(times):
            self.call()

    def let_pass(self, column: str) -> None:
        """Let the time pass that a gate waits for."""
        self.env.cr.execute(f"UPDATE retail_gate SET {column} = %s", [PAST])

    def sell(self, *registers: str):
        receipts = [make.make_receipt(register=one) for one in registers]
        self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()
        return self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.platform.id)], order="id"
        )

    def work_out(self) -> list:
        """Work each lane once; return when the lanes want to be worked again."""
        self.env.flush_all()
        lanes = self.env["retail.lane"].search(
            [("backend_id", "=", self.platform.id), ("direction", "=", "out")]
        )
        outbox = self.env["retail.outbox.event"].sudo()
        later = [outbox._work_lane(lane)[2] for lane in lanes]
        self.env.invalidate_all()
        return [one for one in later if one]

    # --- pace -----------------------------------------------------------------------

    def test_bucket_lets_a_burst_through_and_then_keeps_the_pace(self):
        self.platform.write({"calls_per_s": 0.01, "calls_burst": 3})
        for _ in range(3):
            self.call()
        with self.assertRaises(RateLimited) as caught:
            self.call()
        self.assertTrue(caught.exception.context["postponed"])
        self.assertAlmostEqual(caught.exception.retry_after_s, 100, delta=2)
        self.assertEqual(len(self.partner.received), 3)
        self.let_pass("refilled_at")
        self.call()

    def test_expensive_calls_take_more_of_the_bucket(self):
        self.platform.write({"calls_per_s": 0.01, "calls_burst": 10})
        self.call(cost=8)
        with self.assertRaises(RateLimited):
            self.call(cost=3)
        self.call(cost=2)

    def test_empty_bucket_postpones_messages_without_an_attempt(self):
        self.platform.write({"calls_per_s": 0.01, "calls_burst": 2, "lane_count": 1})
        messages = self.sell("1", "2", "3", "4")
        self.work(self.platform, "out")
        self.assertEqual(
            messages.mapped("state"), ["sent", "sent", "pending", "pending"]
        )
        self.assertEqual(sum(messages.mapped("attempt_count")), 2)
        self.assertTrue(self.work_out())
        self.let_pass("refilled_at")
        self.work(self.platform, "out")
        self.assertEqual(set(messages.mapped("state")), {"sent"})

    def test_word_of_the_partner_about_its_quota_is_kept(self):
        quota = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "50"}
        self.partner.answers = [(200, quota)]
        self.call()
        with self.assertRaises(RateLimited) as caught:
            self.call()
        self.assertAlmostEqual(caught.exception.retry_after_s, 50, delta=2)
        self.let_pass("not_before_at")
        self.call()

    def test_429_keeps_all_calls_back_and_the_circuit_closed(self):
        self.partner.answers = [(429, {"Retry-After": "40"})]
        messages = self.sell("1", "2", "3")
        self.work(self.platform, "out")
        self.assertEqual(len(self.partner.received), 1)
        self.assertEqual(sum(messages.mapped("attempt_count")), 0)
        self.assertEqual(self.gate.state, "closed")
        self.assertFalse(self.opened)

    def test_pause_that_a_partner_asks_for_is_capped(self):
        self.platform.retry_after_cap_s = 60
        for nonsense in ("315360000", "Fri, 20 Nov 2037 10:00:00 GMT"):
            self.partner.answers = [(503, {"Retry-After": nonsense})]
            self.call()
            with self.assertRaises(RateLimited) as caught:
                self.call()
            self.assertLessEqual(caught.exception.retry_after_s, 60)
            self.let_pass("not_before_at")
            self.call()

    # --- circuit ----------------------------------------------------------------------

    def test_circuit_opens_after_failures_in_a_row_with_one_exception(self):
        self.fail_calls(1)
        self.call()
        self.assertEqual(self.gate.failure_count, 0)
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            self.fail_calls(2)
        self.assertIn("is open", logs.output[-1])
        self.assertEqual(self.gate.state, "open")
        with self.assertRaises(CircuitOpen) as caught:
            self.call()
        self.assertTrue(1 <= caught.exception.retry_after_s <= 30)
        self.assertEqual(len(self.opened), 1)
        self.assertEqual(self.opened.user_id, self.platform.engineer_id)

    def test_open_circuit_is_no_attempt_of_any_message(self):
        self.platform.lane_count = 1
        self.partner.answers = [500] * 10
        messages = self.sell(*"123456")
        self.work(self.platform, "out")
        self.assertEqual(len(self.partner.received), 2)
        self.assertEqual(sum(messages.mapped("attempt_count")), 2)
        self.assertEqual(len(self.opened), 1)
        self.assertFalse(messages.exception_ids)
        self.assertTrue(self.work_out())

    def test_one_call_tries_and_its_success_lets_all_others_go(self):
        messages = self.sell(*"123")
        self.fail_calls(2)
        self.work(self.platform, "out")
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.let_pass("retry_at")
        self.work(self.platform, "out")
        self.assertEqual(set(messages.mapped("state")), {"sent"})
        self.assertEqual(self.gate.state, "closed")
        self.assertEqual(self.opened.mapped("resolution"), ["recovered"])

    def test_failed_try_opens_again_without_a_second_exception(self):
        self.fail_calls(2)
        self.let_pass("retry_at")
        self.fail_calls(1)
        self.assertEqual(self.gate.state, "open")
        self.assertEqual(len(self.opened), 1)
        self.assertEqual(self.opened.state, "open")

    def test_only_one_call_tries_at_a_time(self):
        self.fail_calls(2)
        self.let_pass("retry_at")
        limits = self.platform._gate_limits()
        gate = self.gate
        values = (self.platform.id, gate.endpoint, limits, 1.0, 30.0)
        gate._enter(*values)
        self.assertEqual(self.gate.state, "half_open")
        with self.assertRaises(CircuitOpen):
            gate._enter(*values)
        # The worker that tried was killed: another may try after its time.
        self.let_pass("probe_until_at")
        gate._enter(*values)

    def test_refusals_and_mistakes_of_ours_are_no_failures_of_the_partner(self):
        self.partner.answers = [422, 404, 400, 401]
        for _ in range(4):
            self.call()
        self.assertEqual(self.gate.failure_count, 0)

    def test_refused_address_opens_the_circuit(self):
        self.platform.private_networks = False
        messages = self.sell("1", "2", "3")
        self.work(self.platform, "out")
        self.assertEqual(self.gate.state, "open")
        self.assertFalse(messages.exception_ids)
        self.assertIn("loopback", self.opened.cause)

    def test_zero_failures_means_that_the_circuit_never_opens(self):
        self.platform.breaker_failures = 0
        self.fail_calls(5)
        self.assertEqual(self.gate.state, "closed")

    def test_hosts_of_one_backend_have_gates_of_their_own(self):
        other = Partner()
        self.addCleanup(other.stop)
        self.fail_calls(2)
        request = OutboundRequest(method="POST", url=other.url, body=b"{}")
        self.assertEqual(self.platform._call(request).status, 204)
        self.assertEqual(sorted(self.gate.mapped("state")), ["closed", "open"])

    def test_no_answer_counts_as_a_failure(self):
        self.partner.answers = [0, 0]
        request = OutboundRequest(method="POST", url=self.partner.url, body=b"{}")
        for _ in range(2):
            answer = self.platform._door().ask(request)
            self.assertIsInstance(answer.error, RemoteUnavailable)
        self.assertEqual(self.gate.state, "open")

    # --- people -----------------------------------------------------------------------

    def test_operator_closes_the_circuit_and_others_do_not(self):
        self.fail_calls(2)
        auditor = make.make_user(self.env, "auditor", "group_auditor")
        with self.assertRaises(AccessError):
            self.gate.with_user(auditor).action_close()
        operator = make.make_user(self.env, "operator", "group_operator")
        self.gate.with_user(operator).action_close()
        self.assertEqual(self.gate.state, "closed")
        self.assertEqual(self.opened.state, "resolved")
        self.call()
        with self.assertRaises(UserError):
            self.gate.with_user(operator).action_close()
