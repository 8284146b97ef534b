"""Decisions end a matter: with a reason, above an amount with a second person."""

from odoo.exceptions import AccessError, UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

MAPPING = "retail_integration_base.exception_category_mapping"


class DecisionCase(RetailCase):
    """A steward, two of finance, and sales that are stuck."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.steward = make.make_user(cls.env, "steward", "group_steward")
        cls.first = make.make_user(cls.env, "first", "group_finance")
        cls.second = make.make_user(cls.env, "second", "group_finance")
        cls.operator = make.make_user(cls.env, "operator", "group_operator")
        cls.backend.write(
            {"steward_id": cls.steward.id, "engineer_id": cls.operator.id}
        )
        cls.category = cls.env.ref(MAPPING)
        cls.category.write(
            {"four_eyes_amount": 100, "currency_id": cls.env.ref("base.EUR").id}
        )

    def stuck(self, price: str = "10.00", register: str = "3") -> BaseModel:
        """Return the exception of a sale of about that price."""
        receipt = make.make_receipt([make.line("NEW", price=price)], register=register)
        event = self.receive(make.make_event(receipt))
        self.work()
        return event.exception_ids

    def entries(self, exception: BaseModel) -> list[str]:
        """Return what the audit says was done about an exception, oldest first."""
        return (
            self.env["retail.audit.entry"]
            .search(
                [("res_model", "=", exception._name), ("res_id", "=", exception.id)],
                order="id",
            )
            .mapped("action")
        )


@tagged("post_install", "-at_install")
class TestDecisions(DecisionCase):
    def test_amount_at_stake_is_that_of_the_message(self):
        exception = self.stuck("90.00")
        self.assertEqual(exception.amount, 108.90)
        self.assertEqual(exception.currency_id.name, "EUR")

    def test_ending_a_matter_asks_for_a_reason(self):
        exception = self.stuck()
        for reason in ("", "   ", False):
            with self.subTest(reason=reason), self.assertRaises(UserError):
                self.decide(exception, self.steward, "action_accept", reason=reason)
        self.assertEqual(exception.state, "open")

    def test_small_amount_is_one_persons_decision(self):
        exception = self.stuck("10.00")
        self.decide(exception, self.first, "action_write_off", reason="not worth it")
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(exception.resolution, "written_off")
        self.assertEqual(exception.resolution_note, "not worth it")
        self.assertEqual(exception.inbox_event_id.state, "ignored")
        self.assertEqual(self.entries(exception), ["exception.written_off"])

    def test_reason_keeps_no_personal_data(self):
        exception = self.stuck()
        self.decide(
            exception, self.first, "action_accept", reason="ask ada@example.com"
        )
        self.assertNotIn("ada@example.com", exception.resolution_note)

    def test_reopened_exception_goes_through_after_all(self):
        exception = self.stuck()
        self.decide(exception, self.first, "action_accept")
        self.decide(exception, self.steward, "action_reopen", reason="too early")
        self.assertEqual(exception.state, "in_progress")
        self.assertEqual(exception.user_id, self.steward)
        self.assertFalse(exception.resolution)
        make.make_product(self.env, "NEW")
        exception.with_user(self.steward).action_replay()
        self.work()
        self.assertEqual(exception.resolution, "replayed")
        self.assertEqual(exception.inbox_event_id.state, "done")
        self.assertEqual(
            self.entries(exception),
            ["exception.accepted", "exception.reopened", "exception.replayed"],
        )

    def test_exception_that_came_back_is_not_reopened_twice(self):
        exception = self.stuck()
        exception._resolve("accepted", "thought so")
        exception.inbox_event_id.action_replay()
        self.work()
        with self.assertRaises(UserError):
            self.decide(exception, self.steward, "action_reopen")

    def test_selection_is_done_as_far_as_possible_and_says_so(self):
        small, large, solved = (
            self.stuck("10.00", "1"),
            self.stuck("900.00", "2"),
            self.stuck("20.00", "4"),
        )
        solved._resolve("accepted", "done")
        action = self.decide(small | large | solved, self.first, "action_accept")
        self.assertEqual(
            [record.state for record in (small, large, solved)],
            ["resolved", "to_approve", "resolved"],
        )
        message = action["params"]["message"]
        for words in ("Done: 1", "Waits for a second person: 1", "Left alone"):
            self.assertIn(words, message)

    def test_nothing_possible_is_said_as_an_error(self):
        exception = self.stuck()
        exception._resolve("accepted", "done")
        with self.assertRaises(UserError):
            self.decide(exception, self.first, "action_accept")

    def test_assigned_to_somebody_who_may_decide(self):
        exception = self.stuck()
        self.decide(exception, self.steward, "action_assign", user_id=self.operator.id)
        self.assertEqual(exception.user_id, self.operator)
        plain = make.make_user(self.env, "plain", "group_user")
        with self.assertRaises(UserError):
            self.decide(exception, self.steward, "action_assign", user_id=plain.id)

    def test_lookers_open_no_dialogue_and_apply_none(self):
        exception = self.stuck()
        auditor = make.make_user(self.env, "auditor", "group_auditor")
        for button in ("action_accept", "action_write_off", "action_escalate"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(exception.with_user(auditor), button)()
        with self.assertRaises(AccessError):
            self.env["retail.exception.decision"].with_user(auditor).create(
                {"kind": "accept", "exception_ids": exception.ids, "reason": "x"}
            )


@tagged("post_install", "-at_install")
class TestSecondPerson(DecisionCase):
    def propose(self, price: str = "900.00", register: str = "3") -> BaseModel:
        exception = self.stuck(price, register)
        self.decide(exception, self.first, "action_write_off", reason="till was stolen")
        self.assertEqual(exception.state, "to_approve")
        return exception

    def test_large_amount_waits_and_ends_when_another_agrees(self):
        exception = self.propose()
        self.assertEqual(exception.inbox_event_id.state, "dead")
        self.assertEqual(exception.proposed_by_id, self.first)
        exception.with_user(self.second).action_approve()
        self.assertEqual(exception.state, "resolved")
        self.assertEqual(exception.resolution, "written_off")
        self.assertEqual(exception.resolution_note, "till was stolen")
        self.assertEqual(exception.resolved_by_id, self.first)
        self.assertEqual(exception.approved_by_id, self.second)
        self.assertEqual(exception.inbox_event_id.state, "ignored")

    def test_audit_names_both(self):
        exception = self.propose()
        exception.with_user(self.second).action_approve()
        self.assertEqual(
            self.entries(exception), ["exception.proposed", "exception.written_off"]
        )
        last = self.env["retail.audit.entry"].search([], limit=1)
        self.assertEqual(last.approved_by_id, self.second)
        self.assertIn("first", last.details)
        self.assertIn("till was stolen", last.details)

    def test_nobody_agrees_with_themselves(self):
        exception = self.propose()
        self.assertFalse(exception.with_user(self.first).can_approve)
        with self.assertRaises(UserError):
            exception.with_user(self.first).action_approve()
        self.assertEqual(exception.state, "to_approve")

    def test_second_person_is_of_the_approving_group(self):
        exception = self.propose()
        for user in (self.steward, self.operator):
            with self.subTest(user.login), self.assertRaises(AccessError):
                exception.with_user(user).action_approve()

    def test_refused_proposal_goes_back_with_the_reason(self):
        exception = self.propose()
        self.decide(exception, self.second, "action_refuse", reason="ask insurance")
        self.assertEqual(exception.state, "in_progress")
        self.assertEqual(exception.user_id, self.first)
        self.assertFalse(exception.proposed_by_id)
        self.assertIn("ask insurance", exception.message_ids[0].body)
        self.assertEqual(exception.inbox_event_id.state, "dead")

    def test_proposal_is_taken_back_by_who_made_it_only(self):
        exception = self.propose()
        with self.assertRaises(AccessError):
            self.decide(exception, self.operator, "action_refuse")
        self.decide(exception, self.first, "action_refuse", reason="found it")
        self.assertEqual(exception.state, "in_progress")

    def test_deciding_fields_are_not_written_by_hand(self):
        exception = self.propose()
        for user in (self.first, self.second):
            for values in (
                {"state": "in_progress"},
                {"state": "open"},
                {"state": "resolved"},
                {"proposed_by_id": self.second.id},
                {"proposed_resolution": "accepted"},
                {"approved_by_id": self.second.id},
                {"is_four_eyes": False},
                {"amount": 1},
                {"category_id": False},
            ):
                with (
                    self.subTest(user.login, **values),
                    self.assertRaises(UserError),
                ):
                    exception.with_user(user).write(values)

    def test_message_is_not_given_up_behind_the_exceptions_back(self):
        exception = self.stuck("900.00")
        for user in (self.first, self.steward):
            with self.subTest(user.login), self.assertRaises(UserError):
                exception.inbox_event_id.with_user(user).action_ignore()
        self.assertEqual(exception.inbox_event_id.state, "dead")

    def test_lowering_the_rule_later_frees_no_open_exception(self):
        exception = self.stuck("900.00")
        self.category.four_eyes = "never"
        self.decide(exception, self.first, "action_accept")
        self.assertEqual(exception.state, "to_approve")

    def test_raising_the_rule_later_holds_open_exceptions(self):
        exception = self.stuck("10.00")
        self.category.four_eyes = "always"
        self.decide(exception, self.first, "action_accept")
        self.assertEqual(exception.state, "to_approve")

    def test_replay_takes_the_proposal_back(self):
        exception = self.propose()
        make.make_product(self.env, "NEW")
        exception.with_user(self.operator).action_replay()
        self.assertFalse(exception.proposed_by_id)
        self.work()
        self.assertEqual(exception.resolution, "replayed")

    def test_foreign_currency_is_compared_by_its_rate(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        self.category.currency_id = self.env.company.currency_id
        self.env["res.currency.rate"].create(
            {
                "name": "2020-01-01",
                "currency_id": yen.id,
                "rate": 100.0,
                "company_id": self.env.company.id,
            }
        )
        self.assertFalse(self.category._asks_second_person(900, yen))
        self.assertTrue(self.category._asks_second_person(90_000, yen))
