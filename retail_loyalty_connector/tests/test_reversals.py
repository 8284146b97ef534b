"""Reversals: linked, capped, and back to the lots that points were taken from."""

from datetime import timedelta

from odoo.tests import tagged

from . import factories as make
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestReversals(LoyaltyCase):
    def day(self, days: int):
        return self.ledger._now() + timedelta(days=days)

    def test_partial_reversals_never_exceed_the_original(self):
        accrual = self.give(100)
        self.assertEqual(self.reverse(accrual, 60).amount, -60)
        refused = self.reverse(accrual, 41)
        self.assertEqual(
            (refused.state, refused.code, refused.available), ("refused", "exceeds", 40)
        )
        self.assertEqual(self.reverse(accrual).amount, -40)
        self.assertEqual(self.reverse(accrual).code, "exceeds")
        self.assertEqual(self.balance().posted, 0)
        self.assert_rules()

    def test_reversal_repeated_is_one_reversal_and_other_content_a_conflict(self):
        accrual = self.give(100)
        request = make.reversal(accrual.uuid, 60)
        first, again = (self.ledger._reverse([request])[0] for _ in range(2))
        self.assertEqual((again.entry_id, again.repeated), (first.entry_id, True))
        other = self.reverse(accrual, 10, uuid=request.uuid)
        self.assertEqual(other.state, "conflict")
        self.assertEqual(self.balance().posted, 40)
        self.assert_rules()

    def test_reversal_names_its_original_and_uses_its_accounts(self):
        accrual = self.give(100)
        answer = self.reverse(accrual, 60)
        entry = self.env["retail.loyalty.entry"].browse(answer.entry_id)
        original = entry.reverses_id
        self.assertEqual(original.id, accrual.entry_id)
        self.assertEqual(entry.debit_account_id, original.credit_account_id)
        self.assertEqual(entry.credit_account_id, original.debit_account_id)
        self.assertEqual(entry.kind, "accrual")

    def test_reversal_itself_is_not_reversed(self):
        reversal = self.reverse(self.give(100), 60)
        self.assertEqual(self.reverse(reversal).code, "irreversible")
        self.assert_rules()

    def test_unknown_original_is_told_so_and_may_come_later(self):
        request = make.reversal(make.new_uuid(), 10)
        self.assertEqual(self.ledger._reverse([request])[0].state, "unknown")
        self.give(10, uuid=request.original_uuid)
        self.assertEqual(self.ledger._reverse([request])[0].state, "posted")

    def test_points_spent_meanwhile_are_refused_owed_or_taken_as_far_as_they_go(self):
        accrual = self.give(100)
        self.take(70)
        refused = self.reverse(accrual)
        self.assertEqual((refused.code, refused.available), ("insufficient", 30))
        taken = self.reverse(accrual, 50, on_shortfall="available")
        self.assertEqual((taken.state, taken.amount), ("posted", -30))
        self.assertEqual(
            self.reverse(accrual, on_shortfall="available").code, "insufficient"
        )
        owed = self.reverse(accrual, on_shortfall="debt")
        self.assertEqual((owed.amount, owed.balance), (-70, -70))
        self.assertEqual(self.account.forced_debt, 70)
        self.assertEqual(self.reserve(1).state, "refused")
        self.assert_rules()

    def test_debt_is_paid_by_what_is_earned_next(self):
        accrual = self.give(100)
        self.take(70)
        self.reverse(accrual, on_shortfall="debt")
        self.give(50)
        self.assertEqual((self.balance().posted, self.lots()), (-20, []))
        self.give(50)
        self.assertEqual((self.balance().posted, self.lots()), (30, [30]))
        self.account.invalidate_recordset()
        self.assertEqual(self.account.forced_debt, 0)
        self.assert_rules()

    def test_held_points_outlive_a_reversal(self):
        accrual = self.give(100)
        hold = self.reserve(80)
        self.assertEqual(self.reverse(accrual, 50).code, "insufficient")
        self.assertEqual(self.reverse(accrual, 50, on_shortfall="debt").state, "posted")
        self.assertEqual(self.balance().available, -30)
        self.assertEqual(self.capture(hold).state, "captured")
        self.assertEqual(self.balance().posted, -30)
        self.assert_rules()

    def test_accrual_taken_back_leaves_other_lots_alone(self):
        self.give(10, expires_at=self.day(10))
        late = self.give(20, expires_at=self.day(20))
        self.reverse(late, 15)
        self.assertEqual(self.lots(), [10, 5])
        self.assert_rules()

    # --- lots -------------------------------------------------------------------------

    def test_spending_takes_what_expires_first(self):
        self.give(10)
        self.give(20, expires_at=self.day(20))
        self.give(30, expires_at=self.day(10))
        self.capture(self.reserve(40))
        self.assertEqual(self.lots(), [10, 10])
        lots = self.own("lot", ("remaining", ">", 0))
        self.assertEqual(lots.mapped("expires_at"), [self.day(20), False])
        self.assert_rules()

    def test_returned_points_go_back_to_the_lots_they_came_from(self):
        self.give(30, expires_at=self.day(10))
        self.give(20, expires_at=self.day(20))
        hold = self.reserve(45)
        self.capture(hold)
        self.assertEqual(self.reverse(hold, 20).amount, 20)
        self.assertEqual(self.lots(), [5, 20])
        self.reverse(hold)
        self.assertEqual(self.lots(), [30, 20])
        self.assertEqual(self.reverse(hold).code, "exceeds")
        self.assert_rules()

    def test_points_returned_after_their_lot_expired_live_on_for_the_grace(self):
        self.program.restoration_grace_days = 7
        self.give(30, expires_at=self.day(10))
        hold = self.reserve(30)
        self.capture(hold)
        with self.later(days=11):
            self.reverse(hold, 10)
            self.assertEqual(self.balance().available, 10)
            lot = self.own("lot", ("remaining", ">", 0))
            self.assertEqual(lot.expires_at, self.ledger._now() + timedelta(days=7))
        with self.later(days=19):
            self.assertEqual(self.ledger._expire_lots(), 1)
            self.assertEqual(self.balance().posted, 0)
        self.assert_rules()

    def test_points_returned_after_their_lot_expired_lapse_if_the_program_says_so(self):
        self.program.restoration_policy = "lapse"
        self.give(30, expires_at=self.day(10))
        hold = self.reserve(30)
        self.capture(hold)
        with self.later(days=11):
            answer = self.reverse(hold)
        self.assertEqual((answer.amount, answer.available), (30, 0))
        self.assertEqual((self.balance().posted, self.lots()), (0, []))
        entries = self.own("entry", order="sequence")
        self.assertEqual(entries.mapped("amount"), [30, -30, 30, -30])
        self.assertEqual(entries[-1].kind, "expiry")
        self.assert_rules()

    def test_returned_points_pay_debts_first(self):
        accrual = self.give(100)
        hold = self.reserve(100)
        self.capture(hold)
        self.reverse(accrual, 60, on_shortfall="debt")
        self.reverse(hold)
        self.assertEqual((self.balance().posted, self.lots()), (40, [40]))
        self.assert_rules()

    def test_points_spent_on_credit_come_back_as_a_new_lot(self):
        self.program.debt_limit = 50
        self.give(10)
        hold = self.reserve(50)
        self.capture(hold)
        self.give(100)
        self.reverse(hold)
        self.assertEqual((self.balance().posted, sum(self.lots())), (110, 110))
        self.assert_rules()

    # --- expiry -----------------------------------------------------------------------

    def test_held_points_do_not_expire_before_the_hold_ends(self):
        self.give(30, expires_at=self.day(1))
        self.give(50)
        hold = self.reserve(20, ttl_s=3 * 86400)
        with self.later(days=2):
            self.assertEqual(self.ledger._expire_lots(), 1)
            self.assertEqual((self.balance().posted, self.lots()), (70, [20, 50]))
            self.assertEqual(self.ledger._expire_lots(), 0)
            self.assertEqual(self.balance().available, 50)
            self.capture(hold, 5)
            self.assertEqual(self.balance().available, 50)
            self.assertEqual(self.ledger._expire_lots(), 1)
        self.assertEqual((self.balance().posted, self.lots()), (50, [50]))
        self.assert_rules()

    def test_points_past_their_end_are_not_spendable_before_any_job_ran(self):
        self.give(30, expires_at=self.day(1))
        with self.later(days=1):
            self.assertEqual(self.balance().available, 0)
            self.assertEqual(self.reserve(1).state, "refused")
            self.assertEqual(self.take(1).state, "refused")
        self.assertEqual(self.balance().posted, 0)
        self.assert_rules()

    def test_expiry_can_be_taken_back_as_goodwill(self):
        self.give(30, expires_at=self.day(1))
        with self.later(days=2):
            self.ledger._expire_lots()
            expiry = self.own("entry", ("kind", "=", "expiry"))
            self.assertEqual(self.reverse(expiry.uuid).amount, 30)
            self.assertEqual(self.balance().available, 30)
        self.assert_rules()
