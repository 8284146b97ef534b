"""A member is forgotten by two people's word; sums and chains stay as they were."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.retail_integration_base.tests.factories import (
    make_backend,
    make_user,
)

from ..tools.consent import Proof, Word
from . import factories as make
from .common import LoyaltyCase
from .erasure_decided import ERASED, KEPT

NAME, EMAIL, PHONE = "Zoe Zenobia", "zoe.zenobia@example.com", "+32470998877"
WORD = "Zenobian"
HINT = "tests/erasure_decided.py"
#: days of a member that name nobody
DAYS = {"tier_since_date", "tier_until_date"}
#: the technical id stays; what a platform calls them goes when it was told
TECHNICAL = {"uuid", "platform_ref", "vat"}


@tagged("post_install", "-at_install")
class TestErasures(LoyaltyCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = self.member.partner_id
        self.person.write({"name": NAME, "email": EMAIL, "phone": PHONE})
        self.env.cr.precommit.run()  # as the commit does: tracking of the contact
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
        self.env.cr.precommit.run()
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
            " IN ('res_partner', 'res_partner_bank', 'ir_attachment', 'mail_message',"
            " 'mail_tracking_value'))"
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

    def test_no_field_of_member_contact_and_addresses_says_who_it_was(self):
        """Whatever a module adds: what is written there is erased, or named here."""
        address = self.person.create(
            {"parent_id": self.person.id, "type": "delivery", "street": "Deliver 1"}
        )
        bank = {"acc_number": f"{WORD} 1", "partner_id": self.person.id}
        self.env["res.partner.bank"].create(bank)
        self.env["ir.attachment"].create(
            {"name": WORD, "res_model": "res.partner", "res_id": self.person.id}
        )
        tag = self.env["res.partner.category"].create({"name": "Vegan"})
        self.person.category_id = tag
        self.person.vat = "BE0477472701"
        self.member.sudo().birth_date = "1977-05-04"
        for record in (self.member, self.person, address):
            self.assertTrue(self.write_everywhere(record))
        known = [("res_model", "=", self.member._name), ("res_id", "=", self.member.id)]
        self.assertTrue(self.env["retail.known.value"].search(known))
        self.erase()
        self.assertEqual(self.places(WORD), [])
        for record in (self.member, self.person, address):
            left = [
                name
                for name, field in record._fields.items()
                if field.store
                and field.type in ("date", "binary", "many2many")
                and not (field.compute and field.readonly)
                and name not in DAYS
                and record[name]
            ]
            self.assertEqual(left, [], record)
        self.assertFalse(self.member.birthday_month or self.person.vat)
        self.assertFalse(self.env["retail.known.value"].search(known))
        everybody = self.person.with_context(active_test=False)
        self.assertEqual(everybody.bank_ids.mapped("active"), [False])

    def test_every_text_about_a_member_is_decided(self):
        links = self.env["ir.model.fields"].search(
            [
                ("relation", "=", "retail.loyalty.member"),
                ("ttype", "=", "many2one"),
                ("store", "=", True),
            ]
        )
        for name in sorted({*links.mapped("model"), "retail.loyalty.member"}):
            texts = {
                field_name
                for field_name, field in self.env[name]._fields.items()
                if field.store
                and not field.related
                and field.type in ("char", "text", "html", "json")
            }
            if not self.env[name]._transient:
                decided = ERASED.get(name, set()) | KEPT.get(name, set())
                self.assertEqual(texts, decided, f"{name}: decide in {HINT}")

    def write_everywhere(self, record):
        """Write the word into all that people can write; return where."""
        written = [
            name
            for name, field in record._fields.items()
            if field.store
            and field.type in ("char", "text", "html")
            and not (field.related or field.compute and field.readonly)
            and name not in TECHNICAL
        ]
        for name in written:
            record.write({name: f"{WORD} {name} {record.id}"})
        if "birthday_month" in record._fields:
            record.birthday_month = "5"
        self.env.cr.precommit.run()
        return written

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
        backend = make_backend(self.env, "square-erase", kind="loyalty")
        there = self.env["retail.loyalty.platform.member"]
        row = there._ensure(backend, "SQ-998877")
        row.write({"member_id": self.member.id, "error": "SQ-998877 is not read"})
        order = self.erase()
        self.assertEqual(order.platform_state, "open")
        self.assertIn("retail_loyalty_member.platform_ref", self.places("SQ-998877"))
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
