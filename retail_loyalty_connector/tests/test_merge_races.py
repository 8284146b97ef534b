"""Merging while others merge, pay and earn: one order of things, nothing twice."""

from odoo.tests import tagged

from . import factories as make
from .common_races import RaceCase


@tagged("post_install", "-at_install", "retail_race")
class TestMergeRaces(RaceCase):
    def setUp(self) -> None:
        super().setUp()
        self.hold = make.hold_request(self.account_ids[0], 30)

        def fill(ledger):
            ledger._post([make.accrual(number, 100) for number in self.account_ids])
            ledger._reserve(self.hold)

        self.once(fill)

    def merging(self, absorbed: int, survivor: int):
        def merge(ledger):
            env = ledger.env
            accounts = env["retail.loyalty.account"].browse(self.account_ids)
            members = accounts.member_id
            done = env["retail.loyalty.merge"]._merge(
                members[absorbed], members[survivor], "at once"
            )
            return done.id

        return merge

    def posted(self) -> list[int]:
        return sorted(self.balance(number).posted for number in self.account_ids)

    def test_two_who_merge_one_pair_in_both_directions_do_it_once(self):
        first, second = self.at_once(self.merging(0, 1), self.merging(1, 0))
        self.assertEqual(first, second)
        self.assertTrue(self.replays)
        self.assertEqual(self.posted(), [0, 200])
        self.assert_rules()

    def test_payment_and_sale_at_the_moment_of_a_merge_are_neither_lost_nor_doubled(
        self,
    ):
        def pay(ledger):
            return ledger._capture(make.capture(self.hold.uuid)).state

        def earn(ledger):
            member = ledger.env["retail.loyalty.account"].browse(self.account_ids[0])
            account = member.member_id._account()
            return ledger._post([make.accrual(account, 7)])[0].state

        done = self.at_once(self.merging(0, 1), pay, earn)
        self.assertEqual(done[1:], ["captured", "posted"])
        self.assertEqual(self.posted(), [0, 177])
        self.assert_rules()
