"""Adjustments by hand: a reason, and above the limit a second person."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from .common import LoyaltyCase


@tagged("post_install", "-at_install")
class TestAdjustments(LoyaltyCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program.adjustment_limit = 50
        cls.clerk = make_user(cls.env, "clerk", "group_operator")
        cls.finance = make_user(cls.env, "finance", "group_finance")

    def ask(self, points: int, user: object = None) -> object:
        """Ask for points as ``user``."""
        adjustments = self.env["retail.loyalty.adjustment"]
        return adjustments.with_user(user or self.clerk).create(
            {
                "member_id": self.member.id,
                "points": points,
                "reason": "broken machine",
            }
        )

    def test_one_person_posts_up_to_the_limit_and_only_once(self):
        asked = self.ask(50)
        asked.action_post()
        self.assertEqual(asked.state, "posted")
        self.assertEqual(asked.entry_id.user_id, self.clerk)
        self.assertEqual(asked.entry_id.reason, "broken machine")
        with self.assertRaises(UserError):
            asked.action_post()
        self.assertEqual(self.balance().posted, 50)
        self.assert_rules()

    def test_above_the_limit_a_second_person_with_the_rights_decides(self):
        asked = self.ask(51)
        self.assertTrue(asked.needs_second)
        with self.assertRaises(AccessError):
            asked.action_post()
        other = make_user(self.env, "colleague", "group_operator")
        with self.assertRaises(AccessError):
            asked.with_user(other).action_post()
        asked.with_user(self.finance).action_post()
        entry = asked.entry_id
        self.assertEqual(entry.user_id, self.clerk)
        self.assertEqual(entry.approved_by_id, self.finance)
        self.assertEqual(asked.decided_by_id, self.finance)

    def test_own_wish_above_the_limit_is_not_ones_own_to_post(self):
        with self.assertRaises(UserError):
            self.ask(51, self.finance).action_post()
        self.assertEqual(self.balance().posted, 0)

    def test_points_that_are_not_there_are_not_taken(self):
        asked = self.ask(-10)
        with self.assertRaisesRegex(UserError, "RET-4001"):
            asked.action_post()

    def test_what_was_decided_does_not_change(self):
        asked = self.ask(10)
        with self.assertRaises(UserError):
            asked.write({"state": "posted"})
        with self.assertRaises(UserError):
            asked.with_user(self.finance).write({"points": 20})
        asked.with_user(self.finance).action_decline()
        for change in (asked.action_post, asked.unlink, asked.action_decline):
            with self.assertRaises(UserError):
                change()
        with self.assertRaises(UserError):
            asked.write({"points": 20})
        self.assertEqual(self.balance().posted, 0)

    def test_another_clerks_wish_is_not_ones_own_to_decline(self):
        asked = self.ask(10)
        other = make_user(self.env, "colleague", "group_operator")
        with self.assertRaises(AccessError):
            asked.with_user(other).action_decline()
