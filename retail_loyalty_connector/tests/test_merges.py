"""Two members who are one person: what goes over, what comes back, who they are."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..tools.consent import Proof, Word
from ..tools.error_member import MembersNotMergeable
from . import factories as make
from .common import LoyaltyCase
from .common_http import LoyaltyHttpCase


class Merging:
    """``ann`` and ``other`` are members of ``program``."""

    def make_two(self) -> None:
        self.ann, self.other = self.member, make.make_member(self.env, self.program)
        self.old, self.new = self.other._account(), self.ann._account()
        self.merges = self.env["retail.loyalty.merge"]

    def merge(self, absorbed=None, survivor=None):
        return self.merges._merge(
            absorbed or self.other, survivor or self.ann, "showed both cards"
        )

    def know(self, kind: str, value: str, member):
        return self.env["retail.identity"].create(
            {"kind": kind, "value": value, "partner_id": member.partner_id.id}
        )

    def facts(self, account) -> tuple[int, int, int]:
        self.env.invalidate_all()
        return account.posted, account.held, account.pending


@tagged("post_install", "-at_install")
class TestMerges(Merging, LoyaltyCase):
    def setUp(self) -> None:
        super().setUp()
        self.make_two()
        self.now = self.ledger._now()

    def day(self, days: int):
        return self.now + timedelta(days=days)

    def test_points_holds_and_pending_points_go_over_and_lots_keep_their_ends(self):
        """Complaint C13: merging contacts loses or doubles cards."""
        self.give(50, self.new, expires_at=self.day(9))
        self.give(30, self.old, expires_at=self.day(5))
        self.give(20, self.old, expires_at=self.day(20))
        pending = self.give(7, self.old, matures_at=self.day(1))
        hold = self.reserve(25, self.old)
        merge = self.merge()
        self.assertEqual(self.facts(self.old), (0, 0, 0))
        self.assertEqual(self.facts(self.new), (100, 25, 7))
        self.assertEqual(self.lots(self.new), [30, 50, 20])
        self.assertEqual((merge.points, merge.state), (50, "merged"))
        self.assertEqual(
            (self.other.state, self.other._survivor()), ("merged", self.ann)
        )
        self.assertEqual(self.merge(), merge)
        self.assertEqual(self.merge(self.ann, self.other), merge)
        self.assertEqual(self.capture(hold, 10).state, "captured")
        self.assertEqual(self.facts(self.new), (90, 0, 7))
        self.assertEqual(self.reverse(pending, 3).state, "cancelled")
        self.assertEqual(self.facts(self.new), (90, 0, 4))
        entries = self.env["retail.loyalty.entry"].search(
            [("account_id", "in", (self.old | self.new).ids), ("kind", "=", "transfer")]
        )
        self.assertEqual(sorted(entries.mapped("amount")), [-50, 50])
        self.assert_rules()

    def test_what_is_returned_of_the_old_account_moves_the_survivors_points(self):
        earned = self.give(40, self.old, expires_at=self.day(9))
        spent = self.take(15, self.old)
        self.merge()
        self.assertEqual(self.facts(self.new), (25, 0, 0))
        self.assertEqual(self.reverse(spent, 15).state, "posted")
        self.assertEqual(self.facts(self.new), (40, 0, 0))
        self.assertEqual(self.lots(self.new), [25, 15])
        self.assertEqual(self.reverse(earned, 10).state, "posted")
        self.assertEqual(
            (self.facts(self.old), self.facts(self.new)[0]), ((0,) * 3, 30)
        )
        self.take(30, self.new)
        self.assertEqual(self.reverse(earned, 5).code, "insufficient")
        self.assertEqual(self.reverse(earned, 5, on_shortfall="debt").state, "posted")
        self.assertEqual((self.facts(self.old)[0], self.facts(self.new)[0]), (0, -5))
        self.assert_rules()

    def test_parting_gives_back_what_came_over_and_was_not_spent(self):
        self.give(50, self.new, expires_at=self.day(9))
        self.give(30, self.old, expires_at=self.day(5))
        self.give(20, self.old, expires_at=self.day(20))
        merge = self.merge()
        self.take(40, self.new)  # the 30 that end first, and 10 of the survivor's own
        self.give(5, self.new)
        self.assertEqual(merge.points_returnable, 20)
        merge._unmerge("two sisters")
        merge._unmerge("once more")
        self.assertEqual((self.facts(self.old)[0], self.facts(self.new)[0]), (20, 45))
        lots = self.env["retail.loyalty.lot"].search(
            [("account_id", "=", self.old.id), ("remaining", ">", 0)]
        )
        self.assertEqual(lots.mapped("expires_at"), [self.day(20)])
        self.assertEqual(
            (merge.state, merge.points_back, self.other.state, merge.parting_reason),
            ("parted", 20, "active", "two sisters"),
        )
        self.assertEqual(self.other._survivor(), self.other)
        again = self.merge()
        self.assertNotEqual(again, merge)
        self.assertEqual(self.facts(self.new)[0], 65)
        self.assert_rules()

    def test_payments_under_way_follow_their_points_or_stay(self):
        self.give(50, self.new, expires_at=self.day(9))
        self.give(30, self.old, expires_at=self.day(5))
        self.give(6, self.old, matures_at=self.day(1))
        hold, own = self.reserve(25, self.old), self.reserve(45, self.new)
        merge = self.merge()
        merge._unmerge("no")
        self.assertEqual(self.facts(self.old), (30, 25, 6))
        self.assertEqual(self.facts(self.new), (50, 45, 0))
        merge = self.merge()
        self.take(10, self.new)  # of the 30, which end first
        merge._unmerge("no")
        self.assertEqual(self.facts(self.old), (0, 0, 6))
        self.assertEqual(self.facts(self.new), (70, 70, 0))
        self.assertEqual(self.capture(hold).state, "captured")
        self.assertEqual(self.capture(own).state, "captured")
        self.assert_rules()

    def test_debt_goes_over_and_comes_back(self):
        self.give(50, self.new, expires_at=self.day(9))
        earned = self.give(30, self.old)
        self.take(30, self.old)
        self.reverse(earned, 20, on_shortfall="debt")
        self.assertEqual(self.facts(self.old)[0], -20)
        merge = self.merge()
        self.assertEqual((self.facts(self.old)[0], self.facts(self.new)[0]), (0, 30))
        merge._unmerge("no")
        self.assertEqual((self.facts(self.old)[0], self.facts(self.new)[0]), (-20, 50))
        self.assertEqual(self.lots(self.new), [50])
        self.assert_rules()

    def test_keys_and_other_memberships_follow_the_person_and_go_back(self):
        phone = self.know("phone", "+32470123456", self.other)
        club, shop = (make.make_program(self.env) for _ in "ab")
        moved = make.make_member(self.env, club, partner_id=self.other.partner_id.id)
        twins = [
            make.make_member(self.env, shop, partner_id=one.partner_id.id)
            for one in (self.other, self.ann)
        ]
        self.give(9, twins[0]._account())
        merge = self.merge()
        person = self.ann.partner_id
        self.assertEqual((phone.partner_id, moved.partner_id), (person, person))
        self.assertEqual(twins[0]._survivor(), twins[1])
        self.assertEqual(twins[1]._account().posted, 9)
        merge._unmerge("no")
        person = self.other.partner_id
        self.assertEqual((phone.partner_id, moved.partner_id), (person, person))
        self.assertEqual((twins[0].state, twins[0]._account().posted), ("active", 9))
        self.assert_rules()

    def test_newest_consent_of_both_counts_and_parting_takes_the_copy_back(self):
        consents = self.env["retail.loyalty.consent"]

        def say(member, decision, days):
            at = self.now - timedelta(days=days)
            proof = Proof("2026-03")
            consents._say(member, Word("marketing_email", decision, at, "web", proof))

        say(self.ann, "withdrawn", 9)
        say(self.other, "given", 5)
        merge = self.merge()
        self.assertTrue(consents._allowed(self.ann, "marketing_email"))
        self.assertFalse(consents._allowed(self.other, "marketing_email"))
        merge._unmerge("no")
        self.assertFalse(consents._allowed(self.ann, "marketing_email"))
        self.assertTrue(consents._allowed(self.other, "marketing_email"))

    def test_only_stewards_merge_living_members_of_one_program(self):
        operator = make_user(self.env, "operator-merge", "group_operator")
        steward = make_user(self.env, "steward-merge", "group_steward")
        with self.assertRaises(AccessError):
            self.merges.with_user(operator)._merge(self.other, self.ann, "x")
        with self.assertRaises(UserError):
            self.other.with_user(operator).write(
                {"state": "merged", "merged_into_id": self.ann.id}
            )
        far = make.make_member(self.env, make.make_program(self.env))
        for pair in ((self.ann, self.ann), (self.ann, far)):
            with self.assertRaises(MembersNotMergeable):
                self.merge(*pair)
        wizard = self.env["retail.loyalty.merge.wizard"].with_user(steward)
        self.give(30, self.old)
        asked = wizard.create(
            {
                "absorbed_id": self.other.id,
                "survivor_id": self.ann.id,
                "reason": "showed both cards",
            }
        )
        self.assertIn("30 points", asked.preview)
        done = self.merges.browse(asked.action_confirm()["res_id"])
        self.assertEqual(done.merged_by_id, steward)
        trail = self.env["retail.audit.entry"].search(
            [("action", "=", "loyalty_merge.merged"), ("res_id", "=", done.id)]
        )
        self.assertEqual(trail.user_id, steward)
        self.assertNotIn(self.other.partner_id.name, trail.res_name)
        third = make.make_member(self.env, self.program)
        last = self.merge(self.ann, third)
        self.assertEqual(self.other._survivor(), third)
        with self.assertRaises(MembersNotMergeable):
            done._unmerge("too early")
        last._unmerge("now")
        done._unmerge("then")
        self.assertEqual(self.facts(self.old)[0], 30)
        self.assert_rules()

    def test_members_with_equal_keys_are_listed_until_somebody_decides(self):
        self.other.partner_id.email = "Ann@Example.com"
        self.know("email", "ann@example.com", self.ann)
        duplicates = self.env["retail.loyalty.duplicate"]

        def found():
            return duplicates.search(
                [("program_id", "=", self.program.id), ("state", "=", "open")]
            )

        duplicates.action_look()
        self.assertEqual(found().why, "same e-mail")
        self.assertEqual(found().member_id | found().other_id, self.ann | self.other)
        found().action_two_people()
        self.other.partner_id.phone = self.ann.partner_id.phone = "+32 470 12 34 56"
        duplicates._cron_find()
        self.assertFalse(found())


@tagged("post_install", "-at_install")
class TestMergesHttp(Merging, LoyaltyHttpCase):
    def test_old_id_number_and_hold_of_a_merged_member_go_on_to_work(self):
        self.make_two()
        self.give(100, self.other._account())
        body = {"hold_id": make.new_uuid(), "member_id": self.other.uuid, "points": 30}
        past = {"hold_id": make.new_uuid(), "member_id": self.other.uuid, "points": 5}
        self.assertEqual(self.do("/holds", body).status_code, 201)
        self.assertEqual(self.do("/holds", past).status_code, 201)
        self.assertEqual(self.do(f"/holds/{past['hold_id']}/void").status_code, 200)
        self.merge()
        old, new = self.other.uuid, self.ann.uuid
        for path in (f"/members/{old}", f"/members?number={self.other.number}"):
            answer = self.get(path).json()
            one = answer["items"][0] if "items" in answer else answer
            self.assertEqual((one["id"], one["merged_ids"]), (new, [old]))
        balance = self.get(f"/members/{old}/balance").json()
        self.assertEqual((balance["member_id"], balance["available"]), (new, 70))
        for hold in (body, past):
            again = self.do("/holds", hold)
            self.assertEqual(again.status_code, 200, again.text)
        capture = self.do(f"/holds/{body['hold_id']}/capture", {"points": 30})
        self.assertEqual(capture.json()["member_id"], new)
        self.assertEqual(self.hold(1, member_id=old).status_code, 201)
        self.assertEqual(self.get(f"/members/{old}/entries").status_code, 200)
        self.assert_rules()
