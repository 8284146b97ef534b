"""Posting: ids, order, batches, adjustments, pending points."""

from datetime import timedelta

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..tools.error_ledger import AdjustmentUnapproved
from . import factories as make
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestPostings(LoyaltyCase):
    def test_accrual_debits_issue_and_credits_the_member(self):
        entry = self.env["retail.loyalty.entry"].browse(self.give(70).entry_id)
        issue = self.account._own(self.account.wallet_id, "issue")
        self.assertEqual(entry.debit_account_id, issue)
        self.assertEqual(entry.credit_account_id, self.account)
        self.assertEqual((entry.points, entry.amount, entry.sequence), (70, 70, 1))
        self.assert_rules()

    def test_repeated_posting_gets_the_stored_answer(self):
        request = make.accrual(self.account, 70)
        first, again = self.ledger._post([request])[0], self.ledger._post([request])[0]
        self.assertEqual((again.state, again.repeated), ("posted", True))
        self.assertEqual((again.entry_id, again.balance), (first.entry_id, 70))
        self.assertEqual(self.balance().posted, 70)

    def test_same_id_with_other_content_is_a_conflict(self):
        first = self.give(70)
        self.assertEqual(self.give(71, uuid=first.uuid).state, "conflict")
        self.assertEqual(self.balance().posted, 70)
        self.assert_rules()

    def test_refused_posting_stays_refused_when_points_came(self):
        request = make.spending(self.account, 10)
        refused = self.ledger._post([request])[0]
        self.assertEqual((refused.state, refused.code), ("refused", "insufficient"))
        self.give(100)
        again = self.ledger._post([request])[0]
        self.assertEqual((again.state, again.repeated), ("refused", True))
        self.assertEqual(self.give(10, uuid=request.uuid).state, "conflict")
        self.assertEqual(self.balance().posted, 100)
        self.assert_rules()

    def test_batch_posts_in_order_and_answers_in_order(self):
        other = make.make_member(self.env, self.program)._account()
        requests = [
            make.accrual(self.account, 10),
            make.accrual(other, 5),
            make.spending(self.account, 4),
            make.accrual(self.account, 1),
            make.spending(self.account, 8),
        ]
        answers = self.ledger._post([*requests, requests[0]])
        states = [answer.state for answer in answers]
        self.assertEqual(states, [*["posted"] * 4, "refused", "posted"])
        self.assertTrue(answers[-1].repeated)
        self.assertEqual([a.balance for a in answers[:4]], [10, 5, 6, 7])
        self.assert_rules()

    def test_batch_of_credits_chains_many_per_account(self):
        others = [make.make_member(self.env, self.program)._account() for _ in range(3)]
        self.give(3)
        requests = [
            make.accrual(account, points, source=make.source(ref=f'É\n\t"{points}"'))
            for points in range(1, 21)
            for account in (self.account, *others)
        ]
        answers = self.ledger._post([*requests, *requests])
        self.assertEqual({answer.state for answer in answers}, {"posted"})
        self.assertEqual(sum(not answer.repeated for answer in answers), 80)
        self.assertEqual(self.balance().posted, 213)
        self.assert_rules()

    def test_batch_with_one_id_for_two_contents_posts_the_first(self):
        uuid = make.new_uuid()
        answers = self.ledger._post(
            [make.accrual(self.account, points, uuid=uuid) for points in (3, 4)]
        )
        self.assertEqual([a.state for a in answers], ["posted", "conflict"])
        self.assertEqual(self.balance().posted, 3)

    def test_large_adjustment_needs_a_second_person(self):
        self.program.adjustment_limit = 50
        self.ledger._post([make.adjustment(self.account, 50)])
        with self.assertRaises(AdjustmentUnapproved):
            self.ledger._post([make.adjustment(self.account, -51)])
        with self.assertRaises(AdjustmentUnapproved):
            mine = make.adjustment(self.account, 51, approved_by_id=self.env.uid)
            self.ledger._post([mine])
        second = make_user(self.env, "second", "group_finance")
        agreed = make.adjustment(self.account, 51, approved_by_id=second.id)
        answer = self.ledger._post([agreed])[0]
        entry = self.env["retail.loyalty.entry"].browse(answer.entry_id)
        self.assertEqual(
            (entry.approved_by_id, entry.reason), (second, "counted by hand")
        )
        self.assert_rules()

    def test_no_posting_without_an_account(self):
        with self.assertRaises(ValueError):
            self.ledger._post([make.accrual(2**31 - 1, 1)])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ForeignKeyViolation),
            self.env.cr.savepoint(),
        ):
            self.ledger._post([make.spending(2**31 - 1, 1)])

    # --- pending ----------------------------------------------------------------------

    def pend(self, points: int, **values):
        matures_at = self.ledger._now() + timedelta(days=14)
        return self.give(points, matures_at=matures_at, **values)

    def test_pending_points_mature_and_are_spendable_then(self):
        self.assertEqual(self.pend(30).state, "pending")
        self.assertEqual((self.balance().pending, self.balance().available), (30, 0))
        self.assertEqual(self.reserve(1).state, "refused")
        self.assertEqual(self.ledger._mature_pending(), 0)
        with self.later(days=14):
            self.assertEqual(self.ledger._mature_pending(), 1)
            self.assertEqual(self.ledger._mature_pending(), 0)
        self.assertEqual((self.balance().pending, self.balance().available), (0, 30))
        self.assert_rules()

    def test_part_of_pending_points_is_cancelled_once(self):
        pending = self.pend(30)
        request = make.reversal(pending.uuid, 10)
        self.assertEqual(self.ledger._reverse([request])[0].state, "cancelled")
        again = self.ledger._reverse([request])[0]
        self.assertEqual(
            (again.state, again.repeated, again.amount), ("cancelled", True, -10)
        )
        self.assertEqual(self.balance().pending, 20)
        self.assertEqual(self.reverse(pending, 21).code, "exceeds")
        with self.later(days=14):
            self.ledger._mature_pending()
        self.assertEqual(self.balance().posted, 20)
        self.assertEqual(self.reverse(pending, 21).code, "exceeds")
        self.assertEqual(self.reverse(pending, 20).state, "posted")
        self.assertEqual(self.balance().posted, 0)
        self.assert_rules()

    def test_wholly_cancelled_points_never_mature(self):
        pending = self.pend(30)
        self.reverse(pending)
        with self.later(days=14):
            self.assertEqual(self.ledger._mature_pending(), 0)
        self.assertEqual(self.reverse(pending).code, "exceeds")
        self.assertEqual((self.balance().pending, self.balance().posted), (0, 0))
        self.assert_rules()

    def test_pending_posting_repeated_is_pending_once(self):
        matures_at = self.ledger._now()
        request = make.accrual(self.account, 30, matures_at=matures_at)
        self.ledger._post([request])
        self.assertTrue(self.ledger._post([request])[0].repeated)
        self.ledger._mature_pending()
        self.assertTrue(self.ledger._post([request])[0].repeated)
        self.assertEqual(self.balance().posted, 30)
        self.assert_rules()

    # --- time -------------------------------------------------------------------------

    def test_balance_at_a_time_follows_what_took_place_or_what_was_known(self):
        now = self.ledger._now()
        self.give(10, effective_at=now - timedelta(days=10))
        with self.later(days=1):
            self.give(5, effective_at=now - timedelta(days=20))
            self.take(3)
        at = self.ledger._balance_at
        self.assertEqual(at(self.account, now - timedelta(days=15)), 5)
        self.assertEqual(at(self.account, now), 15)
        self.assertEqual(at(self.account, now, basis="recorded"), 10)
        self.assertEqual(
            at(self.account, now - timedelta(days=15), basis="recorded"), 0
        )
        self.assertEqual(
            at(self.account, now + timedelta(days=2), basis="recorded"), 12
        )

    def test_statement_bridges_its_balances(self):
        """C21, not: history shows something else than what happened."""
        now = self.ledger._now()
        self.give(10)
        with self.later(days=2):
            self.give(5)
            self.take(3)
        since, until = now + timedelta(days=1), now + timedelta(days=3)
        statement = self.ledger._statement(self.account, since, until)
        self.assertEqual((statement.opening, statement.closing), (10, 12))
        self.assertEqual(statement.entries.mapped("amount"), [5, -3])
