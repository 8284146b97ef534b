"""What happens at the platform comes in, once: by webhook, in any order, or by list."""

import random
import time
from contextlib import suppress
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now

from .common_platform import PlatformHttpCase


@tagged("post_install", "-at_install")
class TestPlatformWebhooks(PlatformHttpCase):
    def listen(self, **disorder) -> None:
        """Let the platform send what it has to say, and work it."""
        answers = self.deliver(self.square.take_webhooks(**disorder))
        self.assertLessEqual(set(answers), {200, 202})
        self.settle()

    def catch_up(self):
        """Poll everybody's movements, as the sync job does after lost webhooks."""
        job = self.env["retail.sync.job"].search(
            [("backend_id", "=", self.backend.id)]
        ) or self.env["retail.sync.job"].create(
            {
                "name": "Movements",
                "backend_id": self.backend.id,
                "resource": "movements",
                "page_size": 30,
            }
        )
        job.action_run_now()
        self.env.flush_all()
        run = job.run_ids.filtered(lambda one: one.state == "running")
        run._step()
        self.settle()
        self.assertEqual(run.state, "done", run.error_message)
        return run

    def known_there(self) -> None:
        """Let the platform know the member, by a first order."""
        self.give(100)
        self.tell()
        self.square.take_webhooks()

    def test_points_that_move_there_become_entries_once(self):
        self.known_there()
        self.move_there(40, reason="Sorry for the wait")
        self.move_there(-15)
        self.square.seller.expire(self.there, 5)
        webhooks = self.square.take_webhooks(duplicates=True, disorder_seed=3)
        self.assertEqual(sorted(self.deliver(webhooks)), [200] * 3 + [202] * 3)
        self.settle()
        self.assertEqual(self.balance().posted, 120)
        entries = self.own("entry", ("movement_id", "in", self.moved().ids))
        self.assertEqual(
            {(one.kind, one.amount) for one in entries},
            {("adjustment", 40), ("adjustment", -15), ("expiry", -5)},
        )
        self.assertIn("Sorry for the wait", entries.mapped("reason"))
        self.assertEqual(set(self.moved().mapped("state")), {"taken"})
        self.tell()
        self.assertEqual(self.there["balance"], 120, "nothing is told back")
        self.assert_rules()

    def test_what_we_told_comes_back_as_an_echo(self):
        earned = self.give(100)
        self.capture(self.reserve(60))
        self.reverse(earned, 20)
        self.tell()
        self.listen(duplicates=True)
        self.assertEqual(set(self.moved().mapped("state")), {"ours"})
        self.assertEqual(self.moved().order_id, self.orders())
        self.assertEqual(self.balance().posted, 20)

    def test_echo_that_overtakes_the_answer_waits_for_it(self):
        self.known_there()
        self.give(70)
        # Not assertRaises, which would roll the worker's claim back.
        with suppress(InterruptedError):
            self._die_after_the_answer()
        self.assertEqual(self.orders()[-1].state, "sending")
        self.listen()
        self.assertEqual(self.moved()[-1].state, "waiting")
        self.assertEqual(self.balance().posted, 170)
        self.env.cr.execute(
            "UPDATE retail_loyalty_platform_order"
            " SET claimed_at = claimed_at - interval '1 hour'"
        )
        self.tell()
        self.settle()
        self.assertEqual(self.moved()[-1].state, "ours")
        self.assertEqual((self.balance().posted, self.there["balance"]), (170, 170))

    def _die_after_the_answer(self) -> None:
        def die(order, told):
            raise InterruptedError

        orders = type(self.env["retail.loyalty.platform.order"])
        with patch.object(orders, "_record", die):
            self.tell()

    def test_stranger_is_enrolled_by_what_the_platform_says(self):
        account = self.enrol_there("+14155559001")
        self.move_there(30, account)
        self.listen()
        row = self.env["retail.loyalty.platform.member"].search(
            [("member_ref", "=", account["id"])]
        )
        self.assertEqual(row.state, "known", row.error)
        self.assertEqual(row.points, 30)
        self.assertNotEqual(row.member_id, self.member)
        self.assertEqual(self.balance(row.member_id._account()).posted, 30)
        self.assertEqual(row.member_id.partner_id.phone, "+14155559001")

    def test_stranger_waits_for_a_person_where_the_program_says_so(self):
        self.program.platform_unknown = "ask"
        account = self.enrol_there("+14155559002")
        self.move_there(30, account)
        self.listen()
        movement = self.env["retail.loyalty.platform.movement"].search(
            [("member_ref", "=", account["id"])]
        )
        self.assertEqual((movement.state, movement.error_code), ("stuck", "RET-4704"))
        self.assertEqual(len(self._exceptions("RET-4704")), 1)
        self.env["retail.identity"].create(
            {
                "kind": "phone",
                "value": "+14155559002",
                "partner_id": self.member.partner_id.id,
            }
        )
        row = self.env["retail.loyalty.platform.member"].search(
            [("member_ref", "=", account["id"])]
        )
        row.action_look_up()
        self.settle()
        self.assertEqual((movement.state, movement.member_id), ("taken", self.member))
        self.assertFalse(self._exceptions("RET-4704"))
        self.assertEqual(self.balance().posted, 30)

    def test_points_spent_there_that_are_not_here_are_owed_or_ask(self):
        self.known_there()
        self.take(90)
        self.move_there(-50)
        self.listen()
        self.assertEqual(self.balance().posted, -40, "the ledger follows")
        self.assertEqual(self.account.forced_debt, 40)
        self.program.platform_shortfall = "ask"
        self.move_there(-5)
        self.listen()
        stuck = self.moved()[-1]
        self.assertEqual((stuck.state, stuck.error_code), ("stuck", "RET-4703"))
        self.assertEqual(len(self._exceptions("RET-4703")), 1)
        stuck.action_accept_debt()
        self.assertEqual((stuck.state, self.balance().posted), ("taken", -45))
        self.assertFalse(self._exceptions("RET-4703"))
        self.assert_rules()

    def test_points_locked_there_cannot_be_spent_here_and_come_back(self):
        self.known_there()
        seller = self.square.seller
        tier = seller.program["reward_tiers"][0]["id"]
        given = {"loyalty_account_id": self.there["id"], "reward_tier_id": tier}
        kept, let_go = seller.create_reward(given), seller.create_reward(given)
        self.listen(disorder_seed=1)
        self.assertEqual(self.balance().available, 80)
        seller.redeem_reward(kept, self.state.LOCATION)
        seller.delete_reward(let_go)
        self.listen(disorder_seed=2)
        self.assertEqual(self.balance().available, 90)
        self.assertEqual(self.there["balance"], 90)
        undone = self.own("entry", ("reverses_id", "!=", False))
        self.assertEqual(undone.mapped("amount"), [10])
        self.assert_rules()

    def test_outage_and_lost_webhooks_end_with_the_same_points(self):
        """Ten minutes without the platform's word, then one catch-up."""
        self.known_there()
        rng = random.Random(7)
        for _round in range(12):
            self.move_there(rng.choice((25, 40, -10)))
            self.give(rng.randint(1, 50))
        self.square.outage = True
        self.tell()
        self.square.outage = False
        self.env.cr.execute(
            "UPDATE retail_gate SET state = 'closed', failure_count = 0"
        )
        for _order in range(14):
            self.tell()
        told = self.square.take_webhooks(duplicates=True, disorder_seed=5)
        self.deliver(told[::3])
        self.settle()
        time.sleep(1.1)  # a run leaves the second that it begins in to the next
        first, again = self.catch_up(), self.catch_up()
        self.assertGreater(first.new_count, 0)
        self.assertEqual((again.new_count, again.conflict_count), (0, 0))
        self.assertLessEqual(set(self.moved().mapped("state")), {"taken", "ours"})
        self.assertEqual(self.balance().posted, self.there["balance"])
        self.assert_rules()

    def test_what_moved_before_the_program_was_linked_is_left_alone(self):
        self.known_there()
        self.program.platform_since_at = make_later()
        self.move_there(30)
        self.listen()
        self.assertEqual(self.moved()[-1].state, "nothing")
        self.assertEqual(self.balance().posted, 100)

    def _exceptions(self, code: str):
        return self.env["retail.exception"].search(
            [
                ("backend_id", "=", self.backend.id),
                ("code", "=", code),
                ("state", "!=", "resolved"),
            ]
        )


def make_later():
    """Return a moment that is still to come."""
    return to_naive(utc_now()).replace(microsecond=0, year=2090)
