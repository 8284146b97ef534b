"""Value maps: versions with days, approved by a second person, one a day."""

import json
from datetime import date, timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import factories as make
from .common import RetailCase


@tagged("post_install", "-at_install")
class TestValueMaps(RetailCase):
    def setUp(self):
        super().setUp()
        self.clerk = make.make_user(self.env, "clerk", "group_operator")
        self.boss = make.make_user(self.env, "boss", "group_steward")
        self.books = make.make_user(self.env, "books", "group_finance")
        self.maps = self.env["retail.value.map"]

    def draft(self, value: str = "VAT-21", user: BaseModel | None = None, **days):
        """Return what a clerk proposes for V21, which means VAT-V21 so far."""
        return self.maps.with_user(user or self.clerk).create(
            {
                "kind": "tax",
                "external_value": "V21",
                "internal_value": value,
                **days,
            }
        )

    def meaning(self, day: str) -> str | None:
        found = self.maps._find_values(self.backend, "tax", date.fromisoformat(day))
        return found.get("V21")

    def find(self, value: str) -> BaseModel:
        """Return all versions of our company: tests with connections leave others'."""
        return self.maps.search(
            [("external_value", "=", value), ("company_id", "=", self.env.company.id)],
            order="valid_from",
        )

    def versions(self) -> list[tuple]:
        found = self.find("V21").filtered(lambda version: version.state == "approved")
        return [
            (m.internal_value, str(m.valid_from), m.valid_until and str(m.valid_until))
            for m in found
        ]

    # --- approval -------------------------------------------------------------------

    def test_draft_counts_when_a_second_person_approved_it(self):
        draft = self.draft(valid_from="2026-07-01")
        self.assertEqual(self.meaning("2026-07-02"), "VAT-V21")
        draft.with_user(self.boss).action_approve()
        self.assertEqual(self.meaning("2026-06-30"), "VAT-V21")
        self.assertEqual(self.meaning("2026-07-01"), "VAT-21")
        self.assertEqual(draft.approved_by_id, self.boss)
        self.assertEqual(
            self.versions(),
            [
                ("VAT-V21", "2020-01-01", "2026-06-30"),
                ("VAT-21", "2026-07-01", False),
            ],
        )

    def test_nobody_approves_what_he_wrote_or_changed_last(self):
        own = self.draft(user=self.boss)
        with self.assertRaises(UserError):
            own.with_user(self.boss).action_approve()
        draft = self.draft()
        draft.with_user(self.boss).internal_value = "VAT-20"
        self.assertFalse(draft.with_user(self.boss).can_approve)
        with self.assertRaises(UserError):
            draft.with_user(self.boss).action_approve()
        draft.with_user(self.books).action_approve()
        self.assertEqual(draft.state, "approved")

    def test_operators_propose_and_do_not_approve(self):
        other = make.make_user(self.env, "second.clerk", "group_operator")
        with self.assertRaises(AccessError):
            self.draft().with_user(other).action_approve()
        with self.assertRaises(UserError):
            self.maps.with_user(self.clerk).create(
                {
                    "kind": "tax",
                    "external_value": "V6",
                    "internal_value": "x",
                    "state": "approved",
                }
            )

    def test_what_holds_is_not_rewritten_archived_or_deleted(self):
        held = self.find("V21").with_user(self.boss)
        for values in (
            {"internal_value": "x"},
            {"valid_until": "2026-01-01"},
            {"active": False},
            {"external_value": "V22"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                held.write(values)
        with self.assertRaises(UserError):
            held.unlink()
        held.owner_id = self.boss

    def test_change_is_a_new_version_and_past_days_keep_what_held(self):
        held = self.find("V21")
        opened = held.with_user(self.clerk).action_new_version()
        draft = self.maps.browse(opened["res_id"]).with_user(self.clerk)
        draft.internal_value = "VAT-20"
        draft.with_user(self.boss).action_approve()
        yesterday = date.today() - timedelta(days=1)
        self.assertEqual(self.meaning(str(yesterday)), "VAT-V21")
        self.assertEqual(self.meaning(str(date.today())), "VAT-20")

    def test_version_for_some_days_lets_the_old_one_count_again(self):
        draft = self.draft("SUMMER", valid_from="2026-07-01", valid_until="2026-08-31")
        draft.with_user(self.boss).action_approve()
        self.assertEqual(
            self.versions(),
            [
                ("VAT-V21", "2020-01-01", "2026-06-30"),
                ("SUMMER", "2026-07-01", "2026-08-31"),
                ("VAT-V21", "2026-09-01", False),
            ],
        )

    def test_version_over_all_days_replaces_the_old_one(self):
        self.draft(valid_from="2019-01-01").with_user(self.boss).action_approve()
        self.assertEqual(self.versions(), [("VAT-21", "2019-01-01", False)])
        replaced = self.maps.search([("state", "=", "replaced")])
        self.assertEqual(replaced.internal_value, "VAT-V21")

    def test_ended_map_means_nothing_from_tomorrow_on(self):
        held = self.find("V21")
        with self.assertRaises(AccessError):
            held.with_user(self.clerk).action_end()
        held.with_user(self.boss).action_end()
        self.assertEqual(self.meaning(str(date.today())), "VAT-V21")
        self.assertIsNone(self.meaning(str(date.today() + timedelta(days=1))))

    def test_audit_says_who_wrote_and_who_approved(self):
        draft = self.draft(valid_from="2026-07-01")
        draft.with_user(self.boss).action_approve()
        entry = self.env["retail.audit.entry"].search(
            [("action", "=", "value_map.approved"), ("res_id", "=", draft.id)]
        )
        self.assertEqual(entry.user_name, "boss")
        self.assertEqual(json.loads(entry.details), {"written_by": "clerk"})

    # --- the database -----------------------------------------------------------------

    def test_database_refuses_two_versions_of_one_day(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ExclusionViolation),
        ):
            make.make_tax_map(self.env, "V21", valid_from="2026-01-01")

    def test_database_lets_neighbours_other_values_and_other_systems_be(self):
        held = self.find("V21")
        held.valid_until = "2025-12-31"
        held.flush_recordset()
        make.make_tax_map(self.env, "V21", valid_from="2026-01-01")
        make.make_tax_map(self.env, "V21", backend_id=self.backend.id)
        make.make_tax_map(self.env, "V21", kind="reason")
        make.make_tax_map(self.env, "V22")

    # --- replays ----------------------------------------------------------------------

    def test_replay_uses_what_held_on_the_day_of_the_sale(self):
        self.draft(valid_from="2026-11-01").with_user(self.boss).action_approve()
        for register, day, expected in (
            ("1", "2026-10-31", "VAT-V21"),
            ("2", "2026-11-01", "VAT-21"),
        ):
            receipt = make.make_receipt(business_date=day, register=register)
            event = self.receive(make.make_event(receipt))
            self.work()
            self.assertEqual(event.transaction_ids.line_ids.tax_codes, expected)

    # --- answers to exceptions --------------------------------------------------------

    def stuck(self, price: str = "10.00"):
        line = make.line(price=price)
        line["taxes"][0]["code"] = "V6"
        event = self.receive(make.make_event(make.make_receipt([line])))
        self.work()
        self.assertEqual(event.state, "dead")
        return event

    def answer(self, event, user: BaseModel) -> None:
        wizard = (
            self.env["retail.map.and.replay"]
            .with_user(user)
            .create({"exception_id": event.exception_ids.id})
        )
        wizard.internal_value = "VAT-6"
        wizard.action_apply()
        self.work()

    def test_one_person_answers_what_nobody_mapped(self):
        event = self.stuck()
        self.answer(event, self.clerk)
        self.assertEqual(event.state, "done")
        answer = self.find("V6")
        self.assertEqual(answer.approved_by_id, self.clerk)
        entry = self.env["retail.audit.entry"].search(
            [("action", "=", "value_map.approved"), ("res_id", "=", answer.id)]
        )
        self.assertEqual(json.loads(entry.details)["alone"], "unmapped until now")

    def test_large_amount_waits_for_a_second_person_and_then_goes_through(self):
        event = self.stuck(price="900.00")
        self.answer(event, self.boss)
        draft = self.find("V6")
        self.assertEqual((draft.state, event.state), ("draft", "dead"))
        with self.assertRaises(UserError):
            draft.with_user(self.boss).action_approve()
        draft.with_user(self.books).action_approve()
        self.work()
        self.assertEqual(event.state, "done")
        self.assertEqual(event.exception_ids.resolution, "mapped")
        self.assertIn("Books", event.exception_ids.resolution_note)

    def test_answer_leaves_days_that_are_mapped_as_they_are(self):
        make.make_tax_map(
            self.env, "V6", valid_from="2026-01-01", valid_until="2026-06-30"
        )
        self.answer(self.stuck(), self.clerk)
        found = self.find("V6")
        self.assertEqual(
            [(m.internal_value, str(m.valid_from)) for m in found],
            [
                ("VAT-6", "1970-01-01"),
                ("VAT-V6", "2026-01-01"),
                ("VAT-6", "2026-07-01"),
            ],
        )
