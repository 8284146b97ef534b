"""Map and replay: a person says what a value means, and what waited for it goes on."""

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestMapAndReplay(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.operator = make.make_user(cls.env, "operator", "group_operator")

    def stuck(self, *receipts: dict) -> BaseModel:
        """Return messages that wait for the same unknown value."""
        events = self.receive(*(make.make_event(receipt) for receipt in receipts))
        self.work()
        self.assertEqual(set(events.mapped("state")), {"dead"})
        self.assertEqual(set(events.exception_ids.mapped("code")), {"RET-1202"})
        return events

    def wizard(self, event: BaseModel, user: BaseModel | None = None) -> BaseModel:
        """Open the wizard from the exception's button, as a person does."""
        exception = event.exception_ids.with_user(user or self.operator)
        action = exception.action_map_and_replay()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.operator)
            .with_context(**action["context"])
            .create({})
        )

    def assertThrough(self, events: BaseModel) -> None:
        self.work()
        self.assertEqual(
            set(events.mapped("state")), {"done"}, events.mapped("error_message")
        )
        self.assertEqual(set(events.exception_ids.mapped("state")), {"resolved"})
        self.assertEqual(set(events.exception_ids.mapped("resolution")), {"mapped"})

    def test_everything_that_waits_for_a_product_goes_through(self):
        events = self.stuck(
            *(
                make.make_receipt([make.line("NEW")], register=str(register))
                for register in range(3)
            )
        )
        wizard = self.wizard(events[1])
        self.assertEqual((wizard.kind, wizard.value), ("sku", "NEW"))
        self.assertEqual(wizard.waiting_count, 3)
        wizard.product_id = self.mug
        wizard.action_apply()
        self.assertThrough(events)
        self.assertEqual(events.transaction_ids.line_ids.product_id, self.mug)
        self.assertIn(self.operator.name, events.exception_ids[0].resolution_note)

    def test_what_waits_for_another_value_keeps_waiting(self):
        mine = self.stuck(make.make_receipt([make.line("NEW")], register="1"))
        other = self.stuck(make.make_receipt([make.line("OLD")], register="2"))
        wizard = self.wizard(mine)
        wizard.product_id = self.mug
        wizard.action_apply()
        self.assertThrough(mine)
        self.assertEqual(other.state, "dead")
        self.assertEqual(other.exception_ids.state, "open")

    def test_receipt_with_two_unknown_products_needs_two_answers(self):
        event = self.stuck(make.make_receipt([make.line("A"), make.line("B")]))
        for sku in ("A", "B"):
            waiting = event.exception_ids.filtered(lambda e: e.state != "resolved")
            self.assertEqual(waiting.mapping_value, sku)
            wizard = self.env["retail.map.and.replay"].create(
                {"exception_id": waiting.id}
            )
            wizard.product_id = make.make_product(self.env, f"OWN-{sku}")
            wizard.action_apply()
            self.work()
        self.assertEqual(event.state, "done", event.error_message)

    def test_second_code_of_a_product_can_be_mapped_as_well(self):
        first = self.stuck(make.make_receipt([make.line("CODE-1")], register="1"))
        second = self.stuck(make.make_receipt([make.line("CODE-2")], register="2"))
        for event in (first, second):
            wizard = self.wizard(event)
            wizard.product_id = self.mug
            wizard.action_apply()
            self.assertThrough(event)

    def test_wrong_answer_can_be_corrected(self):
        other = make.make_product(self.env, "OTHER")
        event = self.stuck(make.make_receipt([make.line("NEW")]))
        link = self.env["retail.external.id"].create(
            {
                "backend_id": self.backend.id,
                "entity": "product",
                "external_id": "NEW",
                "res_id": self.mug.id,
            }
        )
        wizard = self.wizard(event)
        wizard.product_id = other
        wizard.action_apply()
        self.assertEqual(link.res_id, other.id)
        self.assertThrough(event)

    def test_store_is_mapped(self):
        events = self.stuck(
            make.make_receipt(store="S-0012", register="1"),
            make.make_receipt(store="S-0012", register="2"),
        )
        wizard = self.wizard(events[0])
        wizard.store_id = self.store
        wizard.action_apply()
        self.assertThrough(events)
        self.assertEqual(events.transaction_ids.store_id, self.store)

    def unknown_tax(self, **values: object) -> dict:
        line = make.line()
        line["taxes"][0]["code"] = "V6"
        return make.make_receipt([line], **values)

    def test_tax_is_mapped(self):
        events = self.stuck(
            self.unknown_tax(register="1"), self.unknown_tax(register="2")
        )
        wizard = self.wizard(events[0])
        wizard.internal_value = "VAT-6"
        wizard.action_apply()
        self.assertThrough(events)
        self.assertEqual(
            set(events.transaction_ids.line_ids.mapped("tax_codes")), {"VAT-6"}
        )

    def test_tax_of_sales_that_were_reported_late_is_mapped(self):
        events = self.stuck(
            self.unknown_tax(register="1", business_date="2026-11-20"),
            self.unknown_tax(register="2", business_date="2026-03-01"),
        )
        wizard = self.wizard(events[0])
        wizard.internal_value = "VAT-6"
        wizard.action_apply()
        self.assertThrough(events)

    def test_tax_that_was_mapped_in_another_year_is_mapped_again(self):
        make.make_tax_map(self.env, "V6", valid_until="2020-12-31")
        event = self.stuck(self.unknown_tax())
        wizard = self.wizard(event)
        wizard.internal_value = "VAT-6"
        wizard.action_apply()
        self.assertThrough(event)

    def test_no_answer_is_no_mapping(self):
        for receipt in (
            make.make_receipt([make.line("NEW")], register="1"),
            make.make_receipt(store="S-0012", register="2"),
            self.unknown_tax(register="3"),
        ):
            event = self.stuck(receipt)
            with self.assertRaises(UserError):
                self.wizard(event).action_apply()
            self.assertEqual(event.exception_ids.state, "open")

    def test_exception_that_is_no_mapping_offers_none(self):
        receipt = make.make_receipt()
        receipt["totals"]["grand"] = "1.00"
        event = self.receive(make.make_event(receipt))
        self.work()
        with self.assertRaises(UserError):
            wizard = self.wizard(event)
            wizard.internal_value = "x"
            wizard.action_apply()

    def test_only_operators_map(self):
        event = self.stuck(make.make_receipt([make.line("NEW")]))
        for login, groups in (
            ("plain", ["group_user"]),
            ("auditor", ["group_auditor"]),
            ("officer", ["group_security"]),
            ("nobody", []),
        ):
            user = make.make_user(self.env, login, *groups)
            with self.subTest(login), self.assertRaises(AccessError):
                self.wizard(event, user).action_apply()
