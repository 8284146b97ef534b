"""Exceptions: who gets them, until when, and the buttons that solve them."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

TECHNICAL = "retail_integration_base.exception_category_technical"


@tagged("post_install", "-at_install")
class TestExceptions(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.steward = make.make_user(cls.env, "steward", "group_steward")
        cls.engineer = make.make_user(cls.env, "engineer", "group_operator")
        cls.backend.write(
            {"steward_id": cls.steward.id, "engineer_id": cls.engineer.id}
        )

    def stuck(self, **receipt: object) -> BaseModel:
        """Return a message that ended with an exception."""
        receipt = receipt or {"lines": [make.line("NEW")]}
        event = self.receive(make.make_event(make.make_receipt(**receipt)))
        self.work()
        self.assertEqual(event.state, "dead")
        return event

    def problem(self, **receipt: object) -> BaseModel:
        return self.stuck(**receipt).exception_ids

    # --- opened ---------------------------------------------------------------------

    def test_business_questions_go_to_the_steward_and_technical_to_the_engineer(self):
        wrong = make.make_receipt(register="5")
        wrong["totals"]["grand"] = "1.00"
        self.assertEqual(self.problem().user_id, self.steward)
        self.assertEqual(self.problem(**wrong).user_id, self.steward)
        self.env.ref("retail_integration_base.topic_pos_receipt_v1").attempts_max = 1
        self.env["retail.external.id"].create(
            {
                "backend_id": self.backend.id,
                "entity": "product",
                "external_id": "LOST",
                "res_id": self.mug.id + 1000,
            }
        )
        bug = self.problem(lines=[make.line("LOST")], register="6")
        self.assertEqual(bug.category, "technical")
        self.assertEqual(bug.user_id, self.engineer)

    def test_exception_has_a_deadline_a_cause_and_a_way_out(self):
        exception = self.problem()
        self.assertEqual(exception.state, "open")
        hours = exception.deadline_at - exception.opened_at
        self.assertEqual(hours, timedelta(hours=8))
        self.assertIn("NEW", exception.cause)
        self.assertIn("Map and replay", exception.runbook)
        self.assertEqual(exception.mapping_kind, "sku")
        self.assertEqual(exception.mapping_value, "NEW")
        self.assertEqual(exception.company_id, self.backend.company_id)
        self.assertEqual(
            exception.correlation_id, exception.inbox_event_id.correlation_id
        )

    def test_same_trouble_again_is_the_same_exception(self):
        event = self.stuck()
        for _ in range(3):
            event.action_replay()
            self.work()
        self.assertEqual(len(event.exception_ids), 1)
        self.assertIn(event.exception_ids.state, ("open", "in_progress"))

    def test_trouble_that_returns_after_it_was_solved_is_a_new_exception(self):
        event = self.stuck()
        event.exception_ids._resolve("accepted", "thought so")
        event.action_replay()
        self.work()
        self.assertEqual(
            sorted(event.exception_ids.mapped("state")), ["open", "resolved"]
        )

    def test_cause_shows_no_personal_values(self):
        exception = self.problem(lines=[make.line("ada.lovelace@example.com")])
        self.assertNotIn("ada.lovelace", exception.cause)
        self.assertNotIn("ada.lovelace", exception.summary)

    # --- solved ---------------------------------------------------------------------

    def test_replay_solves_what_is_mended_meanwhile(self):
        exception = self.problem()
        make.make_product(self.env, "NEW")
        exception.with_user(self.engineer).action_replay()
        self.assertEqual(exception.state, "in_progress")
        self.work()
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(exception.resolution, "replayed")
        self.assertTrue(exception.resolved_at)
        self.assertEqual(exception.inbox_event_id.state, "done")

    def test_replay_that_fails_again_leaves_it_open(self):
        exception = self.problem()
        exception.action_replay()
        self.work()
        self.assertNotEqual(exception.state, "resolved")

    def test_accepting_gives_up_the_message_and_lets_the_next_one_go(self):
        exception = self.problem()
        behind = self.receive(make.make_event())
        self.work()
        self.assertEqual(behind.state, "held")
        self.decide(exception, self.steward, "action_accept")
        self.work()
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(exception.resolution, "accepted")
        self.assertEqual(exception.resolved_by_id, self.steward)
        self.assertEqual(exception.resolution_note, "counted by hand")
        self.assertEqual(exception.inbox_event_id.state, "ignored")
        self.assertEqual(behind.state, "done")

    def test_accepting_a_conflict_keeps_what_was_recorded(self):
        first = self.receive(make.make_event(event_id="evt-a"))
        self.work()
        changed = make.make_receipt([make.line(qty="2")])
        self.receive(make.make_event(changed, event_id="evt-a"))
        exception = first.exception_ids
        self.decide(exception, self.steward, "action_accept")
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(first.state, "done")
        self.assertEqual(len(first.transaction_ids), 1)

    def test_taking_makes_me_the_owner(self):
        exception = self.problem()
        exception.with_user(self.engineer).action_take()
        self.assertEqual(exception.user_id, self.engineer)
        self.assertEqual(exception.state, "in_progress")

    def test_solved_exception_is_not_taken_again(self):
        exception = self.problem()
        exception._resolve("accepted", "done")
        with self.assertRaises(UserError):
            exception.with_user(self.engineer).action_take()
        self.assertEqual(exception.state, "resolved")

    def test_facts_of_an_exception_are_not_rewritten_by_hand(self):
        exception = self.problem()
        other = self.receive(make.make_event(make.make_receipt(register="9")))
        company = self.env["res.company"].create({"name": "Other"})
        for values in (
            {"cause": "nothing"},
            {"code": "RET-1104"},
            {"inbox_event_id": other.id},
            {"company_id": company.id},
            {"backend_id": make.make_backend(self.env, "other").id},
            {"mapping_value": "MUG"},
            {"opened_at": "2020-01-01 00:00:00"},
            {"resolution": "accepted"},
            {"state": "resolved"},
            {"state": "to_approve"},
            {"amount": 1.0},
            {"currency_id": self.env.ref("base.USD").id},
            {"is_four_eyes": False},
            {"proposed_by_id": self.steward.id},
            {"category_id": self.env.ref(TECHNICAL).id},
            {"escalate_at": False},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                exception.with_user(self.engineer).write(values)
                self.env.flush_all()
        exception.with_user(self.engineer).write(
            {"user_id": self.engineer.id, "severity": "low", "state": "in_progress"}
        )

    # --- late -----------------------------------------------------------------------

    def test_late_ones_can_be_searched_for(self):
        late = self.problem(register="1", lines=[make.line("A")])
        early = self.problem(register="2", lines=[make.line("B")])
        solved = self.problem(register="3", lines=[make.line("C")])
        past = fields.Datetime.now() - timedelta(minutes=1)
        (late | solved).deadline_at = past
        solved._resolve("accepted", "done")
        mine = [("backend_id", "=", self.backend.id)]
        search = self.env["retail.exception"].search
        self.assertEqual(search([*mine, ("is_late", "=", True)]), late)
        self.assertEqual(search([*mine, ("is_late", "!=", False)]), late)
        self.assertEqual(search([*mine, ("is_late", "=", False)]), early | solved)
        self.assertEqual(search([*mine, ("is_late", "!=", True)]), early | solved)
        self.assertEqual(
            [e.is_late for e in (late, early, solved)], [True, False, False]
        )

    # --- who may --------------------------------------------------------------------

    def test_only_operators_decide(self):
        exception = self.problem()
        plain = make.make_user(self.env, "plain", "group_user")
        auditor = make.make_user(self.env, "auditor", "group_auditor")
        nobody = make.make_user(self.env, "nobody")
        service = self.backend.user_id
        for user in (plain, auditor, nobody, service):
            for action in ("action_take", "action_replay", "action_accept"):
                with (
                    self.subTest(user.login, action=action),
                    self.assertRaises(AccessError),
                ):
                    getattr(exception.with_user(user), action)()
        self.assertEqual(exception.state, "open")
        self.assertEqual(exception.inbox_event_id.state, "dead")
