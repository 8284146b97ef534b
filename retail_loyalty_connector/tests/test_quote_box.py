"""The box in which a program is tried out says what a sale then brings."""

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.retail_integration_base.tests import factories as base

from . import factories as make
from .common_sales import SalesCase, line


@tagged("post_install", "-at_install")
class TestQuoteBox(SalesCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.viewer = base.make_user(cls.env, "viewer", "group_user")

    def open_box(self, **values):
        box = self.env["retail.loyalty.quote.box"].with_user(self.viewer)
        values = {"currency_id": self.euro.id, **values}
        return box.create({"program_id": self.program.id, **values})

    def test_box_says_what_the_sale_brings(self):
        make.make_campaign(self.program, product_ids=[(6, 0, self.poster.ids)])
        box = self.open_box(amount=12.34, product_id=self.poster.id)
        self.assertEqual((box.points, box.value), (24, 0.24))
        self.assertIn("A point per euro", box.why)
        self.sell(line("12.34", sku="POSTER"))
        self.assertEqual(self.points, box.points)

    def test_box_answers_while_somebody_types(self):
        form = Form(
            self.env["retail.loyalty.quote.box"].with_context(
                default_program_id=self.program.id
            )
        )
        form.amount = 50
        self.assertEqual(form.points, 50)
        form.amount = 70
        self.assertEqual(form.points, 70)

    def test_box_says_why_points_do_not_pay(self):
        box = self.open_box(amount=10, points_paid=500, member_id=self.member.id)
        self.assertEqual(box.amount_paid, 0)
        self.assertIn("only 0 points are available", box.why)
        self.give(500)
        box = self.open_box(amount=10, points_paid=500, member_id=self.member.id)
        self.assertEqual((box.amount_paid, box.points), (5, 5))

    def test_reason_is_told_where_nothing_is_earned(self):
        self.rule.write({"date_to": "2020-01-01"})
        self.assertIn("not at this time", self.open_box(amount=10).why)
        self.rule.active = False
        self.assertIn("no earning rule", self.open_box(amount=10).why)

    def test_conditions_of_rules_reach_the_engine(self):
        tag = self.env["res.partner.category"].create({"name": "Nurses"})
        self.rule.write({"segment_ids": [(6, 0, tag.ids)]})
        self.assertEqual(self.open_box(amount=10, member_id=self.member.id).points, 0)
        self.member.partner_id.category_id = tag
        self.assertEqual(self.open_box(amount=10, member_id=self.member.id).points, 10)
        self.rule.write({"store_ids": [(6, 0, self.store.ids)]})
        self.assertEqual(self.open_box(amount=10, member_id=self.member.id).points, 0)
        box = self.open_box(amount=10, member_id=self.member.id, store_id=self.store.id)
        self.assertEqual(box.points, 10)
        self.rule.excluded_segment_ids = tag
        self.assertIn(
            "not for the segment Nurses",
            self.open_box(
                amount=10, member_id=self.member.id, store_id=self.store.id
            ).why,
        )

    def test_category_counts_with_all_below_it(self):
        shoes = self.env["product.category"].create({"name": "Shoes"})
        boots = self.env["product.category"].create(
            {"name": "Boots", "parent_id": shoes.id}
        )
        self.rule.category_ids = shoes
        self.assertEqual(self.open_box(amount=10, product_id=self.mug.id).points, 0)
        self.mug.categ_id = boots
        self.assertEqual(self.open_box(amount=10, product_id=self.mug.id).points, 10)

    def test_rule_without_a_day_is_refused(self):
        days = [f"is_on_{day}day" for day in ("mon", "tues", "wednes", "thurs")]
        days += ["is_on_friday", "is_on_saturday", "is_on_sunday"]
        with self.assertRaises(ValidationError):
            self.rule.write(dict.fromkeys(days, False))

    def test_value_of_points_is_read_anew_when_it_changes(self):
        self.assertEqual(self.program._worth(100, "EUR", "points"), "1.00")
        self.worth.amount = 2
        self.assertEqual(self.program._worth(100, "EUR", "points"), "2.00")
