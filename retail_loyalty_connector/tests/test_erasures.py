"""A member is forgotten by two people's word; sums and chains stay as they were."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..tools.consent import Proof, Word
from . import factories as make
from .common import LoyaltyCase

NAME, EMAIL, PHONE = "Zoe Zenobia", "zoe.zenobia@example.com", "+32470998877"


@tagged("post_install", "-at_install")
class TestErasures(LoyaltyCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = self.member.partner_id
        self.person.write({"name": NAME, "email": EMAIL, "phone": PHONE})
        self.identity = self.env["retail.identity"].create(
            {"kind": "email", "value": EMAIL, "partner_id": self.person.id}
        )
        self.one, self.two = (
            make_user(self.env, f"steward-{n}-{make.new_uuid()[:6]}", "group_steward")
            for n in "ab"
        )
        proof = Proof("2026-03", ip="203.0.113.7", ref=f"form of {NAME}")
        at = self.ledger._now()
        word = Word("marketing_email", "given", at, "web", proof)
        self.env["retail.loyalty.consent"]._say(self.member, word)

    def order(self, **values):
        orders = self.env["retail.loyalty.erasure"].with_user(self.one)
        return orders.create({"member_id": self.member.id, "ref": "C-7", **values})

    def erase(self, **values):
        order = self.order(**values)
        order.with_user(self.two).action_approve()
        for identity in self.identity | self.identity.search(
            [("partner_id", "=", self.person.id)]
        ):
            identity._erase_person()  # what the hub's job does
        self.env.flush_all()
        return order

    def places(self, word: str) -> list[str]:
        """Return all columns of loyalty, and of people, where a word still stands."""
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb',"
            " 'character varying') AND (table_name LIKE 'retail\\_%%' OR table_name"
            " IN ('res_partner', 'mail_message', 'mail_tracking_value'))"
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1',
                (f"%{word}%",),
            )
            found += [f"{table}.{column}"] if self.env.cr.fetchone() else []
        return found

    def sums(self) -> list[tuple]:
        self.env.cr.execute(
            "SELECT kind, sum(amount), count(*) FROM retail_loyalty_entry"
            " WHERE account_id = %s GROUP BY kind ORDER BY kind",
            (self.account.id,),
        )
        return self.env.cr.fetchall()

    def test_nothing_names_the_person_any_more_and_the_ledger_still_verifies(self):
        self.give(100)
        self.take(30)
        self.give(9, matures_at=make.after(self.ledger._now(), days=3))
        number, before = self.member.number, self.sums()
        self.assertTrue(self.places(EMAIL))
        order = self.erase()
        for word in (NAME, EMAIL, PHONE[3:], number, "203.0.113.7"):
            self.assertEqual(self.places(word), [], word)
        self.assertEqual(order.points_written_off, 70)
        balance = self.balance()
        self.assertEqual((balance.posted, balance.pending), (0, 0))
        self.assertEqual(self.sums(), sorted([*before, ("breakage", -70, 1)]))
        self.assertEqual(self.member.state, "closed")
        consents = self.env["retail.loyalty.consent"]
        self.assertFalse(consents._allowed(self.member, "marketing_email"))
        self.assertTrue(self.member.consent_ids.text_version)
        self.assertFalse(order.is_contact_kept)
        self.assert_rules()

    def test_points_may_stay_until_they_expire_and_nobody_spends_them(self):
        end = make.after(self.ledger._now(), days=3)
        self.give(100, expires_at=end)
        self.erase(points_policy="keep")
        self.assertEqual(self.balance().posted, 100)
        with self.later(days=4):
            self.ledger._expire_lots()
        self.assertEqual(self.balance().posted, 0)
        self.assert_rules()

    def test_second_steward_agrees_and_the_trail_says_so(self):
        order = self.order()
        with self.assertRaises(UserError):
            order.action_approve()
        operator = make_user(self.env, "operator-erase", "group_operator")
        with self.assertRaises(AccessError):
            order.with_user(operator).action_approve()
        with self.assertRaises(UserError):
            order.write({"state": "done"})
        order.with_user(self.two).action_approve()
        with self.assertRaises(UserError):
            order.with_user(self.two).action_approve()
        trail = self.env["retail.audit.entry"].search(
            [("action", "=", "member.erased"), ("res_id", "=", order.id)]
        )
        self.assertEqual((trail.user_id, trail.approved_by_id), (self.two, self.two))
        self.assertNotIn(NAME, f"{trail.res_name} {trail.details}")

    def test_what_a_platform_calls_them_goes_when_the_platform_was_told(self):
        self.member.sudo().platform_ref = "SQ-998877"
        order = self.erase()
        self.assertEqual(order.platform_state, "open")
        self.assertEqual(
            self.places("SQ-998877"), ["retail_loyalty_member.platform_ref"]
        )
        order.with_user(self.two).action_platform_told()
        self.env.flush_all()
        self.assertEqual(order.platform_state, "told")
        self.assertEqual(self.places("SQ-998877"), [])

    def test_merged_members_are_forgotten_with_who_they_are_today(self):
        other = make.make_member(self.env, self.program)
        other.partner_id.name = "Zoe Zweig"
        self.give(20, other._account())
        merge = self.env["retail.loyalty.merge"]._merge(other, self.member, "x")
        order = self.env["retail.loyalty.erasure"].create(
            {"member_id": other.id, "ref": "C-8"}
        )
        with self.assertRaises(UserError):
            order.with_user(self.two).action_approve()
        self.erase()
        self.assertEqual(self.places("Zoe Zweig"), [])
        self.assertEqual(self.balance().posted, 0)
        self.assertTrue(merge.state)
        self.assert_rules()
