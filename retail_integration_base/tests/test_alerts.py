"""``retail.alert``: from a passed limit to its end, no flicker and no flood."""

import json
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.models import BaseModel
from odoo.tests import new_test_user, tagged

from ..schemas import registry
from ..tools.clock import to_naive, utc_now
from . import factories as make
from .common import RetailCase

ALERT_TOPIC = "retail_integration_base.topic_alert_changed_v1"


@tagged("post_install", "-at_install")
class TestAlerts(RetailCase):
    def setUp(self) -> None:
        super().setUp()
        self.env["retail.alert.rule"].search([]).active = False
        self.owner = new_test_user(
            self.env, "owner", "retail_integration_base.group_operator"
        )
        self.now = to_naive(utc_now()).replace(microsecond=0)

    def make_rule(self, **values: object) -> BaseModel:
        return self.env["retail.alert.rule"].create(
            {
                "name": "Sales are not booked",
                "measure": "sales_failed",
                "per": "backend",
                "user_id": self.owner.id,
                "impact": "Turnover is missing.",
                **values,
            }
        )

    def break_sales(self, *registers: str, backend: BaseModel | None = None) -> None:
        self.receive(
            *(
                make.make_event(make.make_receipt([make.line("NEW")], register=one))
                for one in registers
            ),
            backend=backend,
        )
        self.work(backend)

    def mend_sales(self) -> None:
        messages = self.env["retail.inbox.event"].search([("state", "=", "dead")])
        messages.action_ignore()

    def check(self, rule: BaseModel, minutes: float = 0) -> BaseModel:
        """Let the cron look ``minutes`` later; return the rule's alerts."""
        self.env.flush_all()
        self.now += timedelta(minutes=minutes)
        rule._check_now(self.now)
        return rule.alert_ids.sorted("id")

    def test_limit_that_is_passed_opens_one_alert_that_ends_by_itself(self):
        rule = self.make_rule()
        self.assertFalse(self.check(rule))
        self.break_sales("1", "2")
        alert = self.check(rule)
        self.assertEqual((alert.state, alert.value), ("open", 2))
        self.assertEqual(alert.backend_id, self.backend)
        self.break_sales("3")
        self.assertEqual(self.check(rule, 1), alert)
        self.assertEqual(alert.worst, 3)
        self.mend_sales()
        self.check(rule, 1)
        self.assertEqual((alert.state, alert.worst), ("cleared", 3))
        self.assertEqual(alert.cleared_at, self.now)

    def test_nobody_hears_of_what_passes_within_the_time(self):
        rule = self.make_rule(duration_minutes=10)
        self.break_sales("1")
        alert = self.check(rule)
        self.assertEqual(alert.state, "pending")
        self.assertFalse(rule.activity_ids)
        self.mend_sales()
        self.assertFalse(self.check(rule, 5))
        self.break_sales("2")
        self.check(rule, 1)
        self.assertEqual(self.check(rule, 9).state, "pending")
        self.assertEqual(self.check(rule, 1).state, "open")

    def test_number_that_sways_around_its_limit_does_not_flicker(self):
        rule = self.make_rule(threshold=2, clear_threshold=0, duration_minutes=5)
        self.break_sales("1", "2", "3")
        self.check(rule)
        alert = self.check(rule, 5)
        self.assertEqual(alert.state, "open")
        one = self.env["retail.inbox.event"].search([("state", "=", "dead")], limit=1)
        one.action_ignore()
        self.check(rule, 10)
        self.assertEqual(alert.state, "open", "2 is below the limit, not normal")
        self.mend_sales()
        self.check(rule, 1)
        self.assertEqual(alert.state, "open", "normal, but not for long")
        self.check(rule, 5)
        self.assertEqual(alert.state, "cleared")

    def test_many_places_are_one_message_to_the_owner(self):
        rule = self.make_rule(measure="stores_late", per="store", by_mail=True)
        for number in range(30):
            make.make_store(self.env, f"L{number}", silence_hours_max=1)
        self.store.silence_hours_max = 0
        mine = [("partner_ids", "in", self.owner.partner_id.ids)]
        before = self.env["mail.message"].search(mine)  # "You own this rule"
        alerts = self.check(rule, 120)
        self.assertEqual(len(alerts), 30)
        self.assertEqual(set(alerts.mapped("state")), {"open"})
        self.assertEqual(len(rule.activity_ids), 1)
        self.assertEqual(rule.activity_ids.user_id, self.owner)
        self.assertIn("30×", rule.activity_ids.summary)
        told = self.env["mail.message"].search(mine) - before
        self.assertEqual(len(told), 1)
        self.assertIn("Turnover is missing.", told.body)
        self.check(rule, 1)
        self.assertEqual(len(rule.activity_ids), 1)

    def test_alert_that_comes_back_soon_tells_nobody_again(self):
        rule = self.make_rule(quiet_minutes=60)
        self.break_sales("1")
        self.check(rule)
        self.mend_sales()
        self.check(rule, 1)
        self.assertFalse(rule.activity_ids, "the activity ends with the alert")
        self.break_sales("2")
        self.assertEqual(self.check(rule, 10).mapped("state"), ["cleared", "open"])
        self.assertFalse(rule.activity_ids)
        self.mend_sales()
        self.check(rule, 1)
        self.break_sales("3")
        self.check(rule, 61)
        self.assertTrue(rule.activity_ids)

    def test_systems_are_told_of_beginning_and_end_by_the_contract(self):
        make.make_backend(
            self.env,
            "pager",
            phase_events=True,
            event_url="http://127.0.0.1:9/events",
            subscribed_topic_ids=[(6, 0, self.env.ref(ALERT_TOPIC).ids)],
        )
        rule = self.make_rule(severity="high")
        self.break_sales("1")
        self.check(rule)
        self.mend_sales()
        self.check(rule, 1)
        topic = self.env.ref(ALERT_TOPIC)
        sent = self.env["retail.outbox.event"].search(
            [("topic_id", "=", topic.id)], order="id"
        )
        documents = [
            registry.validate(topic.name, json.loads(message.payload)["data"])
            for message in sent
        ]
        self.assertEqual([doc.state for doc in documents], ["open", "cleared"])
        self.assertEqual(documents[0].system, "till")
        self.assertEqual(documents[0].impact, "Turnover is missing.")

    def test_acknowledged_alert_still_ends_by_itself(self):
        rule = self.make_rule()
        self.break_sales("1")
        alert = self.check(rule)
        alert.with_user(self.owner).action_acknowledge()
        self.assertEqual(alert.state, "acknowledged")
        self.assertEqual(alert.acknowledged_by_id, self.owner)
        with self.assertRaises(UserError):
            alert.with_user(self.owner).action_acknowledge()
        self.assertEqual(self.check(rule, 1), alert)
        self.mend_sales()
        self.check(rule, 1)
        self.assertEqual(alert.state, "cleared")

    def test_only_operators_acknowledge(self):
        rule = self.make_rule()
        self.break_sales("1")
        alert = self.check(rule)
        viewer = new_test_user(self.env, "v", "retail_integration_base.group_user")
        with self.assertRaises(AccessError):
            alert.with_user(viewer).action_acknowledge()
        with self.assertRaises(AccessError):
            alert.with_user(viewer).write({"state": "cleared"})

    def test_share_of_nothing_is_no_alert(self):
        rule = self.make_rule(
            measure="on_time", comparison="below", threshold=0.9, clear_threshold=0.95
        )
        self.assertFalse(self.check(rule))

    def test_below_the_limit_is_a_breach_too(self):
        rule = self.make_rule(
            measure="on_time", comparison="below", threshold=0.9, clear_threshold=0.95
        )
        event = self.receive(make.make_event())
        event.topic_id.objective_s = 0
        self.env.cr.execute(
            "UPDATE retail_inbox_event SET received_at = received_at - interval '9 s'"
        )
        self.env.invalidate_all()
        self.work()
        self.assertEqual(self.check(rule).state, "open")

    def test_rule_that_could_never_end_is_refused(self):
        with self.assertRaises(ValidationError):
            self.make_rule(threshold=2, clear_threshold=3)
        with self.assertRaises(ValidationError):
            self.make_rule(measure="http_errors", per="store")

    def test_shipped_rules_can_be_checked(self):
        rules = self.env["retail.alert.rule"].with_context(active_test=False)
        shipped = rules.search([("id", "not in", self.make_rule().ids)])
        self.assertGreaterEqual(len(shipped), 10)
        shipped.active = True
        self.break_sales("1")
        self.env["retail.alert.rule"]._cron_check()
        alerts = self.env["retail.alert"].search([])
        self.assertIn("sales_failed", alerts.rule_id.mapped("measure"))
        for rule in shipped:
            self.assertTrue(rule.impact and rule.user_id)

    def test_alert_opens_its_records(self):
        rule = self.make_rule()
        self.break_sales("1", "2")
        action = self.check(rule).with_user(self.owner).action_open_records()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.mapped("state"), ["dead", "dead"])
