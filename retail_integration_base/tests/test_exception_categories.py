"""Categories: data that says who decides, by when, and who is next."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..tools.errors import ALL_CODES, AmountMismatch, Conflict, RemoteUnavailable
from . import factories as make
from .common import RetailCase

MODULE = "retail_integration_base"


@tagged("post_install", "-at_install")
class TestExceptionCategories(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.categories = cls.env["retail.exception.category"]
        cls.steward = make.make_user(cls.env, "steward", "group_steward")
        cls.backend.steward_id = cls.steward

    def test_every_kind_of_error_has_a_category_of_its_own(self):
        known = " ".join(self.categories.search([]).mapped("error_kinds")).split()
        self.assertLessEqual(
            {error.category for error in ALL_CODES.values()}, set(known)
        )
        self.assertEqual(len(known), len(set(known)))

    def test_kind_decides_unless_the_code_does(self):
        self.assertEqual(self.categories._find_for(AmountMismatch("x")).code, "amount")
        self.assertEqual(
            self.categories._find_for(RemoteUnavailable("x")).code, "delivery"
        )
        special = self.categories.create(
            {"name": "Special", "code": "special", "error_codes": "RET-1201 RET-1203"}
        )
        self.assertEqual(self.categories._find_for(AmountMismatch("x")), special)
        special.active = False
        self.assertEqual(self.categories._find_for(AmountMismatch("x")).code, "amount")

    def test_what_belongs_nowhere_else_goes_to_the_fallback(self):
        error = Conflict("x")
        error.category = "moonshine"
        fallback = self.env.ref(f"{MODULE}.exception_category_technical")
        self.assertEqual(self.categories._find_for(error), fallback)
        with self.assertRaises(UserError):
            fallback.unlink()

    def test_named_owner_gets_it_where_that_person_works(self):
        named = make.make_user(self.env, "named", "group_operator")
        category = self.env.ref(f"{MODULE}.exception_category_amount")
        category.write({"owner_role": "user", "user_id": named.id})
        self.assertEqual(category._find_owner(self.backend), named)
        company = self.env["res.company"].create({"name": "Other"})
        named.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.assertFalse(category._find_owner(self.backend))

    def test_changed_rule_holds_for_the_next_exception(self):
        category = self.env.ref(f"{MODULE}.exception_category_mapping")
        category.write({"deadline_hours": 2, "severity": "low", "owner_role": "team"})
        event = self.receive(make.make_event(make.make_receipt([make.line("NEW")])))
        self.work()
        exception = event.exception_ids
        hours = (exception.deadline_at - exception.opened_at).total_seconds() / 3600
        self.assertEqual(hours, 2)
        self.assertEqual(exception.severity, "low")
        self.assertFalse(exception.user_id)
        self.assertEqual(exception.group_id, category.group_id)

    def test_only_people_and_teams_who_may_decide_are_named(self):
        category = self.env.ref(f"{MODULE}.exception_category_mapping")
        plain = make.make_user(self.env, "plain", "group_user")
        lookers = self.env.ref(f"{MODULE}.group_auditor")
        for values in (
            {"owner_role": "user", "user_id": False},
            {"owner_role": "user", "user_id": plain.id},
            {"group_id": lookers.id},
            {"approval_group_id": lookers.id},
            {"step_ids": [(0, 0, {"role": "user", "user_id": plain.id})]},
            {"step_ids": [(0, 0, {"role": "team", "group_id": lookers.id})]},
            {"step_ids": [(0, 0, {"role": "team"})]},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                category.write(values)
                self.env.flush_all()

    def test_exceptions_from_before_get_their_category(self):
        event = self.receive(make.make_event(make.make_receipt([make.line("NEW")])))
        self.work()
        exception = event.exception_ids
        exception.write({"category_id": False, "group_id": False})
        self.env.flush_all()
        self.env["retail.exception"]._adopt_categories()
        exception.invalidate_recordset()
        self.assertEqual(exception.category_id.code, "mapping")
        self.assertTrue(exception.group_id)
