"""Points from member to member: two entries over clearing, lots keep their ends."""

from datetime import timedelta

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.postings import Transfer
from . import factories as make
from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestTransfers(LoyaltyCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.other = make.make_member(cls.env, cls.program)._account()

    def hand(self, points: int, **values: object):
        """Give points of the member to the other."""
        request = Transfer(
            values.pop("uuid", make.new_uuid()),
            self.account.id,
            values.pop("to", self.other.id),
            points,
            **values,
        )
        return self.ledger._transfer(request)

    def test_points_go_over_with_their_ends(self):
        """P11, not: merging contacts moves points without history."""
        soon = self.ledger._now() + timedelta(days=5)
        self.give(30, expires_at=soon)
        self.give(20)
        self.assertEqual(self.hand(40).balance, 10)
        self.assertEqual((self.lots(), self.lots(self.other)), ([10], [30, 10]))
        with self.later(days=6):
            self.assertEqual(self.balance(self.other).available, 10)
        clearing = self.account._own(self.account.wallet_id, "clearing")
        self.assertEqual(self.ledger._own_balance(clearing), 0)
        self.assert_rules()

    def test_more_than_is_available_stays_and_is_refused_for_good(self):
        self.give(30)
        self.reserve(10)
        uuid = make.new_uuid()
        self.assertEqual(self.hand(21, uuid=uuid).code, "insufficient")
        self.give(100)
        self.assertTrue(self.hand(21, uuid=uuid).repeated)
        self.assertEqual(self.balance(self.other).posted, 0)
        self.assert_rules()

    def test_transfer_repeated_moves_once_and_other_content_is_a_conflict(self):
        self.give(30)
        first = self.hand(10)
        again = self.hand(10, uuid=first.uuid)
        self.assertEqual((again.entry_id, again.repeated), (first.entry_id, True))
        self.assertEqual(self.hand(11, uuid=first.uuid).state, "conflict")
        self.assertEqual(self.balance(self.other).posted, 10)
        self.assert_rules()

    def test_debts_go_over_by_force(self):
        accrual = self.give(30, account=self.other)
        self.take(30, account=self.other)
        self.reverse(accrual, on_shortfall="debt")
        self.give(10)
        self.assertEqual(self.hand(30, forced=True).balance, -20)
        self.assertEqual(self.balance(self.other).posted, 0)
        self.assert_rules()

    def test_transfer_is_not_reversed_but_handed_back(self):
        self.give(30)
        self.assertEqual(self.reverse(self.hand(10)).code, "irreversible")

    def test_points_stay_in_their_wallet_and_with_members(self):
        self.give(30)
        stranger = make.make_member(self.env, make.make_program(self.env))._account()
        issue = self.account._own(self.account.wallet_id, "issue")
        for account in (stranger, issue, self.account):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.ForeignKeyViolation),
                self.env.cr.savepoint(),
            ):
                self.hand(10, to=account.id)
