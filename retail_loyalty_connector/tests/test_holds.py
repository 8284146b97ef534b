"""Reserve, capture, void, expire: a hold is resolved once."""

from odoo.tests import tagged

from . import factories as make
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestHolds(LoyaltyCase):
    def test_captured_points_are_spent_and_the_chain_holds(self):
        self.give(100)
        hold = self.reserve(60)
        self.assertEqual((hold.state, hold.done, hold.available), ("open", True, 40))
        self.assertEqual(self.balance().held, 60)
        captured = self.capture(hold)
        self.assertEqual((captured.state, captured.done), ("captured", True))
        entry = self.env["retail.loyalty.entry"].browse(captured.entry_id)
        self.assertEqual(
            (entry.kind, entry.amount, entry.balance_after), ("redemption", -60, 40)
        )
        self.assertEqual(entry.hold_id.id, hold.hold_id)
        self.assertEqual(self.balance().available, 40)
        self.assert_rules()

    def test_part_of_a_hold_is_captured_and_the_rest_is_free(self):
        self.give(100)
        hold = self.reserve(60)
        self.assertEqual(self.capture(hold, 25).captured, 25)
        self.assertEqual((self.balance().posted, self.balance().held), (75, 0))
        self.assert_rules()

    def test_more_than_is_available_is_refused_and_changes_nothing(self):
        self.give(100)
        self.reserve(60)
        hold = self.reserve(41)
        self.assertEqual(
            (hold.state, hold.done, hold.available), ("refused", False, 40)
        )
        self.assertEqual(self.balance().held, 60)
        self.assert_rules()

    def test_refused_hold_stays_refused_when_points_came(self):
        request = make.hold_request(self.account, 10)
        self.assertEqual(self.ledger._reserve(request).state, "refused")
        self.give(100)
        again = self.ledger._reserve(request)
        self.assertEqual(
            (again.state, again.done, again.repeated), ("refused", False, True)
        )

    def test_repeated_hold_gets_the_stored_answer(self):
        self.give(100)
        request = make.hold_request(self.account, 60)
        first = self.ledger._reserve(request)
        again = self.ledger._reserve(request)
        self.assertTrue(again.done and again.repeated)
        self.assertEqual((again.hold_id, again.points), (first.hold_id, 60))
        self.assertEqual(self.balance().held, 60)

    def test_same_hold_id_with_other_points_is_a_conflict(self):
        self.give(100)
        hold = self.reserve(60)
        other = self.reserve(61, uuid=hold.uuid)
        self.assertTrue(other.conflict)
        self.assertFalse(other.done)
        self.assertEqual(self.balance().held, 60)

    def test_capture_repeated_is_the_same_answer_and_with_other_points_a_conflict(self):
        self.give(100)
        hold = self.reserve(60)
        first = self.capture(hold, 50)
        again = self.capture(hold, 50)
        self.assertTrue(again.done and again.repeated)
        self.assertEqual(again.entry_id, first.entry_id)
        other = self.capture(hold, 40)
        self.assertTrue(other.conflict)
        self.assertFalse(other.done)
        self.assertEqual(self.balance().posted, 50)
        self.assert_rules()

    def test_more_than_was_held_is_not_captured(self):
        self.give(100)
        hold = self.reserve(60)
        answer = self.capture(hold, 61)
        self.assertEqual(
            (answer.state, answer.done, answer.conflict), ("open", False, True)
        )
        self.assertEqual((self.balance().posted, self.balance().held), (100, 60))

    def test_voided_hold_frees_its_points_once(self):
        self.give(100)
        hold = self.reserve(60)
        self.assertEqual(self.ledger._void(hold.uuid).state, "voided")
        again = self.ledger._void(hold.uuid)
        self.assertTrue(again.done and again.repeated)
        self.assertEqual((self.balance().posted, self.balance().held), (100, 0))
        answer = self.capture(hold)
        self.assertEqual(
            (answer.state, answer.done, answer.conflict), ("voided", False, True)
        )

    def test_captured_hold_is_not_voided(self):
        self.give(100)
        hold = self.reserve(60)
        self.capture(hold)
        answer = self.ledger._void(hold.uuid)
        self.assertEqual(
            (answer.state, answer.done, answer.conflict), ("captured", False, True)
        )

    def test_unknown_hold_is_told_so(self):
        self.assertEqual(self.ledger._void(make.new_uuid()).state, "unknown")
        answer = self.ledger._capture(make.capture(make.new_uuid()))
        self.assertEqual((answer.state, answer.done), ("unknown", False))

    def test_hold_ends_by_itself_before_any_job_ran(self):
        """C27, not: the order times out, the points are gone."""
        self.give(100)
        hold = self.reserve(60, ttl_s=60)
        with self.later(seconds=60):
            answer = self.capture(hold)
        self.assertEqual(
            (answer.state, answer.done, answer.conflict), ("expired", False, False)
        )
        self.assertEqual((self.balance().posted, self.balance().held), (100, 0))
        self.assert_rules()

    def test_job_lets_go_of_what_timed_out_and_of_nothing_else(self):
        self.give(100)
        short, long = self.reserve(30, ttl_s=60), self.reserve(20, ttl_s=600)
        with self.later(seconds=61):
            self.assertTrue(self.ledger._expire_holds())
            self.assertFalse(self.ledger._expire_holds())
        states = {hold.uuid: hold.state for hold in self.own("hold")}
        self.assertEqual((states[short.uuid], states[long.uuid]), ("expired", "open"))
        self.assertEqual(self.balance().held, 20)
        self.assert_rules()

    def test_debt_limit_lets_a_member_owe_so_much_and_no_more(self):
        self.program.debt_limit = 50
        self.give(10)
        self.assertEqual(self.reserve(61).state, "refused")
        hold = self.reserve(60)
        self.assertEqual(hold.available, -50)
        self.capture(hold)
        self.assertEqual(self.balance().posted, -50)
        self.assert_rules()
