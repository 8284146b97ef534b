"""Contacts of Odoo become members as themselves; whom nobody knows a person decides."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import make_user

from ..models.loyalty_member_matching import Key
from . import factories as make
from .common_sales import SalesCase, line

EMAIL, PHONE = "bea@example.com", "+32470123456"


@tagged("post_install", "-at_install")
class TestUnmatched(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.be")
        cls.members = cls.env["retail.loyalty.member"]
        cls.rows = cls.env["retail.loyalty.unmatched"]

    def contact(self, **values):
        return self.env["res.partner"].create({"name": "Bea", **values})

    def enrol(self, **keys):
        return self.members._enrol(
            self.program, [Key(kind, value) for kind, value in keys.items()], None
        )[0]

    def listed(self):
        return self.rows.search(
            [("program_id", "=", self.program.id), ("state", "=", "open")]
        )

    def test_one_contact_with_the_key_becomes_the_member(self):
        for values, keys in (
            ({"email": "Bea <Bea@Example.com>"}, {"email": EMAIL}),
            ({"phone": "0470 12 34 56"}, {"phone": PHONE}),
        ):
            with self.subTest(keys):
                bea = self.contact(**values)
                member = self.enrol(**keys)
                self.assertEqual(member.partner_id, bea)
                self.assertEqual(self.enrol(**keys, card=f"T-{bea.id}"), member)
        # Nobody's keys, however many, are no question to anybody.
        self.enrol(email="new@example.com", phone="+32470000001", card="T-new")
        self.assertFalse(self.listed())

    def test_company_and_addresses_are_nobodys_membership_unless_the_program_says_so(
        self,
    ):
        """R11: the commercial entity is not the person."""
        shop = self.contact(email=EMAIL, is_company=True)
        self.contact(email=EMAIL, type="delivery", parent_id=shop.id)
        made = self.enrol(email=EMAIL)
        self.assertNotIn(shop, made.partner_id | made.partner_id.parent_id)
        bea = self.contact(email="b@example.com", parent_id=shop.id)
        self.assertEqual(self.enrol(email="b@example.com").partner_id, bea)
        self.program.takes_organisations = True
        info = self.contact(email="info@example.com", is_company=True)
        self.assertEqual(self.enrol(email="info@example.com").partner_id, info)
        self.assertEqual(self.enrol(email="info@example.com").partner_id, info)

    def test_of_several_contacts_a_person_chooses_and_nobody_waits(self):
        one, two = self.contact(email=EMAIL), self.contact(email=EMAIL)
        member = self.enrol(email=EMAIL)
        self.assertNotIn(member.partner_id, one | two)
        row = self.listed()
        self.assertEqual((row.reason, row.member_id), ("several", member))
        self.assertEqual(row.candidate_ids, one | two)
        operator = make_user(self.env, "operator-match", "group_operator")
        row = row.with_user(operator)
        with self.assertRaises(UserError):
            row.action_match()
        with self.assertRaises(UserError):
            row.write({"state": "matched"})
        row.choice_id = two
        row.action_match()
        self.assertEqual(member.partner_id, two)
        self.assertEqual(self.enrol(email=EMAIL), member)
        self.assertEqual((row.state, row.decided_by_id), ("matched", operator))

    def test_choosing_a_contact_who_is_a_member_merges_the_two(self):
        one, _two = self.contact(email=EMAIL), self.contact(email=EMAIL)
        known = make.make_member(self.env, self.program, partner_id=one.id)
        made = self.enrol(email=EMAIL)
        self.give(12, made._account())
        row = self.listed()
        row.choice_id = one
        row.action_match()
        self.assertEqual(made._survivor(), known)
        self.assertEqual(known._account().posted, 12)

    def test_sale_of_nobody_is_listed_matched_and_earns_its_points(self):
        sale = self.sell(line("30.00"), customer={"card_token": "T-77"})
        self.assertEqual(self.accrual_of(sale).reason, "unmatched")
        self.rows._cron_find()
        self.rows._cron_find()
        row = self.listed()
        self.assertEqual((row.reason, row.kind, row.sale_count), ("unknown", "card", 1))
        row.choice_id = self.member.partner_id
        row.action_match()
        self.assertEqual(self.accrual_of(sale).member_id, self.member)
        self.assertEqual(self.points, 30)

    def test_sale_of_the_only_contact_with_the_address_is_matched_by_itself(self):
        self.member.partner_id.email = EMAIL
        sale = self.sell(line("30.00"), customer={"email": EMAIL})
        self.rows._cron_find()
        self.env["retail.loyalty.accrual"]._cron_try_again()
        self.assertEqual(self.accrual_of(sale).member_id, self.member)
        self.assertEqual(self.points, 30)

    def test_unknown_card_can_enrol_or_be_ignored(self):
        sales = [
            self.sell(line("30.00"), customer={"card_token": f"T-{n}"}, sequence=n)
            for n in (81, 82)
        ]
        self.rows._cron_find()
        rows = self.listed().sorted("id")
        enrolled = rows.filtered(lambda one: one.identity_id.value == "T-81")
        enrolled.action_enrol()
        (rows - enrolled).action_ignore()
        joined, ignored = (self.accrual_of(sale) for sale in sales)
        # Sales from before joining count as far back as the program says.
        self.assertEqual(joined.reason, "not_yet_member")
        self.assertEqual(ignored.state, "dismissed")
        self.assertEqual(rows.sorted("state").mapped("state"), ["enrolled", "ignored"])
        with self.assertRaises(UserError):
            rows[0].action_ignore()
