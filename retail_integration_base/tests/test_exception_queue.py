"""Whose turn it is: the queue, the digest, and the next person when it is late."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

MAPPING = "retail_integration_base.exception_category_mapping"


class QueueCase(RetailCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.steward = make.make_user(
            cls.env, "steward", "group_steward", email="steward@example.com"
        )
        cls.other = make.make_user(cls.env, "other", "group_steward")
        cls.finance = make.make_user(cls.env, "finance", "group_finance")
        cls.operator = make.make_user(cls.env, "operator", "group_operator")
        cls.chief = make.make_user(cls.env, "chief", "group_steward")
        cls.backend.write(
            {"steward_id": cls.steward.id, "engineer_id": cls.operator.id}
        )
        cls.category = cls.env.ref(MAPPING)
        cls.exceptions = cls.env["retail.exception"]

    def stuck(self, register: str = "1", price: str = "10.00") -> BaseModel:
        receipt = make.make_receipt([make.line("NEW", price=price)], register=register)
        event = self.receive(make.make_event(receipt))
        self.work()
        return event.exception_ids

    def queue(self, user: BaseModel) -> BaseModel:
        return self.exceptions.with_user(user).search(
            [("is_in_my_queue", "=", True), ("backend_id", "=", self.backend.id)]
        )

    def late(self, exception: BaseModel, hours: int = 1) -> None:
        exception.deadline_at = fields.Datetime.now() - timedelta(hours=hours)


@tagged("post_install", "-at_install")
class TestQueue(QueueCase):
    def test_queue_holds_what_i_own_and_what_my_team_may_take(self):
        mine, free, others = (self.stuck(str(register)) for register in range(1, 4))
        free.user_id = False
        others.user_id = self.other
        self.assertEqual(self.queue(self.steward), mine | free)
        self.assertEqual(self.queue(self.other), free | others)
        self.assertFalse(self.queue(self.operator))
        self.assertTrue(mine.with_user(self.steward).is_in_my_queue)
        self.assertFalse(others.with_user(self.steward).is_in_my_queue)

    def test_late_ones_come_first_and_solved_ones_go(self):
        early, late, solved = (self.stuck(str(register)) for register in range(1, 4))
        self.late(late)
        solved._resolve("accepted", "done")
        self.env.flush_all()
        self.assertEqual(self.queue(self.steward).ids, [late.id, early.id])

    def test_what_waits_for_my_consent_is_in_my_queue_not_in_the_proposers(self):
        self.category.four_eyes = "always"
        admin = make.make_user(self.env, "boss", "group_admin")
        exception = self.stuck()
        self.decide(exception, admin, "action_accept")
        self.assertEqual(self.queue(self.finance), exception)
        self.assertFalse(self.queue(admin))

    def test_urgency_follows_the_time_left(self):
        exception = self.stuck()
        now = fields.Datetime.now()
        for hours, urgency in ((-1, "late"), (1, "soon"), (6, "fine")):
            exception.deadline_at = now + timedelta(hours=hours)
            with self.subTest(hours=hours):
                self.assertEqual(exception.sla, urgency)
        exception._resolve("accepted", "done")
        self.assertEqual(exception.sla, "done")


@tagged("post_install", "-at_install")
class TestTelling(QueueCase):
    def notifications(self, user: BaseModel) -> BaseModel:
        return self.env["mail.message"].search(
            [
                ("partner_ids", "in", user.partner_id.ids),
                ("message_type", "=", "user_notification"),
            ]
        )

    def test_owner_finds_an_activity_and_one_message(self):
        exception = self.stuck()
        self.assertFalse(exception.activity_ids)
        for _ in range(2):
            self.exceptions._cron_notify_owners()
        activity = exception.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.steward)
        self.assertEqual(activity.date_deadline, exception.deadline_at.date())
        message = self.notifications(self.steward)
        self.assertEqual(len(message), 1)
        self.assertIn(f"/odoo/retail-exceptions/{exception.id}", message.body)

    def test_flood_is_one_message_and_few_activities(self):
        events = [
            make.make_event(
                make.make_receipt([make.line("NEW")], register=str(register))
            )
            for register in range(30)
        ]
        received = self.receive(*events)
        self.work()
        self.assertEqual(len(received.exception_ids), 30)
        self.exceptions._cron_notify_owners()
        self.assertEqual(len(self.notifications(self.steward)), 1)
        self.assertIn("30 exceptions", self.notifications(self.steward).subject)
        self.assertEqual(len(received.exception_ids.activity_ids), 20)
        self.assertTrue(all(received.exception_ids.mapped("told_at")))

    def test_next_message_waits_a_quarter_of_an_hour(self):
        first = self.stuck("1")
        self.exceptions._cron_notify_owners()
        self.stuck("2")
        self.exceptions._cron_notify_owners()
        self.assertEqual(len(self.notifications(self.steward)), 1)
        first.told_at = fields.Datetime.now() - timedelta(minutes=16)
        self.exceptions._cron_notify_owners()
        self.assertEqual(len(self.notifications(self.steward)), 2)

    def test_what_nobody_owns_is_told_to_the_team(self):
        self.stuck().user_id = False
        self.exceptions._cron_notify_owners()
        for user, count in ((self.steward, 1), (self.other, 1), (self.operator, 0)):
            with self.subTest(user.login):
                self.assertEqual(len(self.notifications(user)), count)

    def test_approvers_hear_of_a_proposal_and_its_author_does_not(self):
        self.category.four_eyes = "always"
        author = make.make_user(self.env, "author", "group_finance")
        self.decide(self.stuck(), author, "action_accept")
        self.exceptions._cron_notify_owners()
        self.assertTrue(self.notifications(self.finance))
        self.assertFalse(self.notifications(author))

    def test_owner_who_may_not_see_it_is_none_and_the_team_has_it(self):
        stranger = make.make_user(self.env, "stranger")
        first, second = self.stuck("1"), self.stuck("2")
        first.user_id = stranger
        self.exceptions._cron_notify_owners()
        self.assertTrue(second.activity_ids)
        self.assertFalse(first.user_id)
        second.told_at = first.told_at = False
        self.exceptions._cron_notify_owners()
        self.assertTrue(self.notifications(self.other))

    def test_message_is_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        module = self.env["ir.module.module"].search(
            [("name", "=", "retail_integration_base")]
        )
        module._update_translations("fr_FR")
        self.steward.lang = "fr_FR"
        exception = self.stuck()
        self.exceptions._cron_notify_owners()
        message = self.notifications(self.steward)
        self.assertEqual(message.subject, "Article inconnu NEW")
        self.assertIn("Ouvrir ma file", message.body)
        self.assertEqual(exception.activity_ids.summary, "Article inconnu NEW")

    def test_activity_goes_when_the_exception_is_solved(self):
        exception = self.stuck()
        self.exceptions._cron_notify_owners()
        self.decide(exception, self.steward, "action_accept")
        self.assertFalse(exception.activity_ids)


@tagged("post_install", "-at_install")
class TestEscalation(QueueCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.category.step_ids = [
            (5, 0, 0),
            (0, 0, {"sequence": 1, "wait_hours": 0, "role": "engineer"}),
            (
                0,
                0,
                {
                    "sequence": 2,
                    "wait_hours": 2,
                    "role": "user",
                    "user_id": cls.chief.id,
                },
            ),
        ]

    def test_late_exception_goes_up_once_per_step(self):
        exception = self.stuck()
        self.exceptions._cron_escalate()
        self.assertEqual(exception.user_id, self.steward)
        self.late(exception)
        for _ in range(2):
            self.exceptions._cron_escalate()
        self.assertEqual(exception.user_id, self.operator)
        self.assertEqual(exception.escalation_level, 1)
        self.assertTrue(exception.is_late)
        exception.escalate_at = fields.Datetime.now() - timedelta(minutes=1)
        for _ in range(2):
            self.exceptions._cron_escalate()
        self.assertEqual(exception.user_id, self.chief)
        self.assertEqual(exception.escalation_level, 2)
        self.assertFalse(exception.escalate_at)
        posts = exception.message_ids.filtered(lambda m: "Escalated to" in m.body)
        self.assertEqual(len(posts), 2)

    def test_new_owner_is_told_and_the_old_ones_activity_goes(self):
        exception = self.stuck()
        self.exceptions._cron_notify_owners()
        self.late(exception)
        self.exceptions._cron_escalate()
        self.exceptions._cron_notify_owners()
        self.assertEqual(exception.activity_ids.user_id, self.operator)

    def test_step_to_the_one_who_has_it_is_skipped(self):
        exception = self.stuck()
        exception.user_id = self.operator
        self.late(exception)
        self.exceptions._cron_escalate()
        self.assertEqual(exception.user_id, self.chief)
        self.assertEqual(exception.escalation_level, 2)

    def test_escalated_by_hand_with_a_reason(self):
        exception = self.stuck()
        self.decide(exception, self.steward, "action_escalate", reason="not my store")
        self.assertEqual(exception.user_id, self.operator)
        self.assertIn("not my store", exception.message_ids[0].body)

    def test_last_step_has_nobody_above(self):
        exception = self.stuck()
        for _ in range(2):
            self.decide(exception, self.steward, "action_escalate", reason="up")
        with self.assertRaises(UserError):
            self.decide(exception, self.steward, "action_escalate", reason="up")

    def test_moved_deadline_moves_the_first_step(self):
        exception = self.stuck()
        moved = fields.Datetime.now() + timedelta(days=2)
        exception.with_user(self.steward).deadline_at = moved
        self.assertEqual(exception.escalate_at, moved)

    def test_solved_exception_does_not_go_up(self):
        exception = self.stuck()
        self.late(exception)
        exception._resolve("accepted", "done")
        self.exceptions._cron_escalate()
        self.assertFalse(exception.escalation_level)
