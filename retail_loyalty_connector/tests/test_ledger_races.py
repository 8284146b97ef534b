"""Two connections at the same moment: one wins, the other sees what happened.

The ledger's clock is the same in all threads; who is to be later asks the SQL with a
time of its own.
"""

from datetime import timedelta

from odoo.tests import tagged

from ..tools.postings import Posting
from . import factories as make
from .common_races import RaceCase


@tagged("post_install", "-at_install", "retail_race")
class TestLedgerRaces(RaceCase):
    def give(self, points: int, **values):
        request = make.accrual(self.account_id, points, **values)
        return self.once(lambda ledger: ledger._post([request])[0])

    def reserve(self, points: int, **values):
        request = make.hold_request(self.account_id, points, **values)
        return self.once(lambda ledger: ledger._reserve(request))

    def reserving(self, points: int, **values):
        request = make.hold_request(self.account_id, points, **values)
        return lambda ledger: ledger._reserve(request)

    def posting(self, *requests: Posting):
        return lambda ledger: ledger._post(list(requests))

    def test_p1_p2_two_reserve_the_last_points_and_one_gets_them(self):
        self.give(100)
        answers = self.at_once(self.reserving(100), self.reserving(100))
        self.assertEqual(sorted(a.state for a in answers), ["open", "refused"])
        self.assertEqual(self.balance().available, 0)
        self.assertTrue(self.replays)  # else nothing ran at the same time
        self.assert_rules()

    def test_many_tills_never_reserve_more_than_there_is(self):
        """C8, not: confirming many orders drives the balance below zero."""
        self.give(100)
        answers = self.at_once(*(self.reserving(15) for _ in range(10)))
        self.assertEqual(sum(a.done for a in answers), 6)
        self.assertEqual(self.balance().held, 90)
        self.assert_rules()

    def test_two_spend_the_last_points_and_one_is_refused_for_good(self):
        """C17, not: below zero between webshop and till."""
        self.give(100)
        requests = [make.spending(self.account_id, 100) for _ in range(2)]
        answers = self.at_once(*(self.posting(request) for request in requests))
        states = [answer[0].state for answer in answers]
        self.assertEqual(sorted(states), ["posted", "refused"])
        self.give(500)
        again = self.once(self.posting(*requests))
        self.assertEqual([one.state for one in again], states)
        self.assert_rules()

    def test_one_hold_id_twice_is_one_hold(self):
        """C23, not: several devices on one order lose or double rewards."""
        self.give(100)
        reserving = self.reserving(40)
        answers = self.at_once(reserving, reserving, reserving)
        self.assertTrue(all(answer.done for answer in answers))
        self.assertEqual(len({answer.hold_id for answer in answers}), 1)
        self.assertEqual(sum(not answer.repeated for answer in answers), 1)
        self.assertEqual(self.balance().held, 40)

    def test_one_posting_id_twice_is_one_entry(self):
        posting = self.posting(make.accrual(self.account_id, 40))
        answers = [found[0] for found in self.at_once(posting, posting, posting)]
        self.assertEqual({answer.state for answer in answers}, {"posted"})
        self.assertEqual(sum(not answer.repeated for answer in answers), 1)
        self.assertEqual(self.balance().posted, 40)
        self.assert_rules()

    def test_one_id_for_two_members_is_one_posting_and_one_conflict(self):
        uuid = make.new_uuid()
        answers = self.at_once(
            *(
                self.posting(make.accrual(account_id, 40, uuid=uuid))
                for account_id in self.account_ids
            )
        )
        states = sorted(found[0].state for found in answers)
        self.assertEqual(states, ["conflict", "posted"])
        self.assert_rules()

    def test_request_is_never_both_refused_and_posted_while_points_arrive(self):
        for _round in range(5):
            request = make.spending(self.account_id, 10)
            spending = self.posting(request)
            arriving = self.posting(make.accrual(self.account_id, 10))
            first, _arrived, second = self.at_once(spending, arriving, spending)
            self.assertEqual(first[0].state, second[0].state)
            again = self.once(spending)[0]
            self.assertEqual((again.state, again.repeated), (first[0].state, True))
        self.assert_rules()

    def test_capture_against_void_resolves_the_hold_once(self):
        self.give(100)
        hold = self.reserve(60)
        captured, voided = self.at_once(
            lambda ledger: ledger._capture(make.capture(hold.uuid)),
            lambda ledger: ledger._void(hold.uuid),
        )
        self.assertEqual([captured.done, voided.done].count(True), 1)
        self.assertEqual(captured.state, voided.state)
        expected = 40 if captured.done else 100
        self.assertEqual((self.balance().posted, self.balance().held), (expected, 0))
        self.assert_rules()

    def test_two_captures_of_one_hold_spend_once(self):
        """C15, not: one voucher redeemed many times."""
        self.give(100)
        hold = self.reserve(60)
        answers = self.at_once(
            *(
                lambda ledger, points=points: ledger._capture(
                    make.capture(hold.uuid, points)
                )
                for points in (60, 60, 50)
            )
        )
        spent = {answer.captured for answer in answers}
        self.assertEqual(len(spent), 1)
        self.assertEqual(self.balance().posted, 100 - spent.pop())
        self.assert_rules()

    def test_capture_against_the_end_of_its_time_resolves_the_hold_once(self):
        self.give(100)
        hold = self.reserve(60, ttl_s=60)

        def expire(ledger):
            at = make.after(ledger._now(), minutes=5)
            return ledger._count(
                "SELECT retail_loyalty_expire_holds(%s, %s)", (at, 1000)
            )

        captured, ended = self.at_once(
            lambda ledger: ledger._capture(make.capture(hold.uuid)), expire
        )
        self.assertEqual(captured.done, not ended)
        expected = 40 if captured.done else 100
        self.assertEqual((self.balance().posted, self.balance().held), (expected, 0))
        self.assert_rules()

    def test_reversals_at_once_never_exceed_the_original(self):
        accrual = self.give(100)
        self.give(900)
        answers = self.at_once(
            *(
                lambda ledger, request=request: ledger._reverse([request])[0]
                for request in (make.reversal(accrual.uuid, 60) for _ in range(3))
            )
        )
        self.assertEqual(sorted(a.state for a in answers), ["posted", *["refused"] * 2])
        self.assertEqual(self.balance().posted, 940)
        self.assert_rules()

    def test_one_reversal_told_twice_at_once_takes_points_once(self):
        request = make.reversal(self.give(100).uuid, 60)
        answers = self.at_once(*[lambda ledger: ledger._reverse([request])[0]] * 3)
        self.assertEqual({answer.state for answer in answers}, {"posted"})
        self.assertEqual(self.balance().posted, 40)
        self.assert_rules()

    def test_batches_and_single_postings_chain_without_a_fork(self):
        def batch(points: int):
            return [
                make.accrual(account_id, points)
                for _number in range(20)
                for account_id in reversed(self.account_ids)
            ]

        self.give(1000)
        works = [self.posting(*batch(1)), self.posting(*batch(2)), self.reserving(10)]
        works += [self.posting(make.spending(self.account_id, 7)) for _ in range(2)]
        self.at_once(*works)
        self.assertEqual(self.balance().posted, 1000 + 60 - 14)
        self.assertEqual(self.balance(self.account_ids[1]).posted, 60)
        self.assert_rules()

    def test_points_mature_or_are_cancelled_and_never_both(self):
        soon = self.once(lambda ledger: ledger._now() + timedelta(seconds=30))
        pending = self.give(100, matures_at=soon)

        def mature(ledger):
            at = make.after(ledger._now(), minutes=1)
            return ledger._count(
                "SELECT retail_loyalty_mature(%s, %s, NULL, NULL)", (at, 1000)
            )

        request = make.reversal(pending.uuid, 100)
        answer, _matured = self.at_once(
            lambda ledger: ledger._reverse([request])[0], mature
        )
        self.assertIn(answer.state, ("cancelled", "posted"))
        self.once(mature)
        self.assertEqual((self.balance().posted, self.balance().pending), (0, 0))
        self.assert_rules()

    def test_points_are_spent_or_expire_and_never_both(self):
        soon = self.once(lambda ledger: ledger._now() + timedelta(seconds=30))
        self.give(100, expires_at=soon)

        def expire(ledger):
            at = make.after(ledger._now(), minutes=1)
            return ledger._count(
                "SELECT retail_loyalty_expire_lots(%s, %s, NULL, NULL)", (1000, at)
            )

        reserved, _expired = self.at_once(self.reserving(100), expire)
        balance = self.balance()
        self.assertEqual(balance.posted, 100 if reserved.done else 0)
        self.assert_rules()
