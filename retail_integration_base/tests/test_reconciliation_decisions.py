"""People decide about differences, with four eyes where it matters; some heal."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from . import factories as make
from .common_reconciliation import ReconciliationCase
from .fakes import Partner


@tagged("post_install", "-at_install")
class TestDecisions(ReconciliationCase):
    def setUp(self) -> None:
        super().setUp()
        self.theirs[0]["total"] = "2.10"
        self.theirs[1]["total"] = "12.09"
        self.rule.accept_amount_max = 1
        self.rule.action_activate()
        self.compare()
        self.large, self.small = self.lines().sorted("amount", reverse=True)
        self.anna = make.make_user(self.env, "anna", "group_steward")
        self.bert = make.make_user(self.env, "bert", "group_finance")

    def test_small_difference_is_accepted_by_one_person(self):
        self.small.with_user(self.anna)._decide("accepted", "A cent")
        self.assertEqual(self.small.state, "accepted")
        entry = self.env["retail.audit.entry"].search(
            [("action", "=", "reconciliation.accepted")]
        )
        self.assertEqual((entry.user_id, entry.res_id), (self.anna, self.small.id))

    def test_large_difference_needs_a_second_person(self):
        self.large.with_user(self.anna)._decide("accepted", "Known")
        self.assertEqual(self.large.state, "proposed")
        with self.assertRaises(UserError):
            self.large.with_user(self.anna).action_approve()
        self.large.with_user(self.bert).action_approve()
        self.assertEqual(self.large.state, "accepted")
        self.assertEqual(
            (self.large.decided_by_id, self.large.approved_by_id),
            (self.anna, self.bert),
        )

    def test_deciding_needs_a_reason_a_role_and_the_buttons(self):
        plain = make.make_user(self.env, "plain", "group_user")
        with self.assertRaises(AccessError):
            self.small.with_user(plain)._decide("explained", "x")
        with self.assertRaises(UserError):
            self.small.with_user(self.anna)._decide("explained", " ")
        with self.assertRaises(AccessError):
            self.small.with_user(self.anna).write({"state": "accepted"})

    def test_settled_difference_can_be_opened_again(self):
        self.small.with_user(self.anna)._decide("corrected", "Mended there")
        with self.assertRaises(UserError):
            self.small.with_user(self.anna)._decide("explained", "Again")
        self.small.with_user(self.bert).action_reopen()
        self.assertEqual(self.small.state, "open")

    def test_who_changes_a_rule_does_not_activate_it(self):
        rule = self.rule.with_user(self.anna)
        rule.column_ids[0].tolerance_abs = 5
        self.assertEqual(rule.state, "draft")
        with self.assertRaises(UserError):
            rule.action_activate()
        with self.assertRaises(UserError):
            rule.write({"changed_by_id": self.bert.id})
        with self.assertRaises(UserError):
            rule.write({"state": "active"})
        rule.with_user(self.bert).action_activate()
        self.assertEqual((rule.state, rule.approved_by_id), ("active", self.bert))

    def test_rule_that_cannot_work_is_not_activated(self):
        for break_it in (
            lambda rule: rule.column_ids.unlink(),
            lambda rule: rule.column_ids[0].write({"name": "colour"}),
        ):
            rule = self.make_rule()
            break_it(rule)
            with self.assertRaises(UserError):
                rule.action_activate()
        proposal = self.env.ref(
            "retail_integration_base.reconciliation_rule_transactions"
        )
        with self.assertRaises(UserError):
            proposal.action_activate()


@tagged("post_install", "-at_install")
class TestHealing(ReconciliationCase):
    def test_what_is_missing_here_is_fetched_and_agrees_next_time(self):
        lost = make.make_event(
            make.make_receipt(sequence=50, business_date=self.day), "lost-1"
        )
        paths = {
            "ref": "subject",
            "business_date": "data.business_date",
            "total": "data.totals.grand",
            "tax": "data.totals.tax",
            "currency": "data.currency",
            "kind": "data.type",
            "store": "data.store",
        }
        for column in self.rule.column_ids:
            column.path = paths[column.name]
        self.rule.heal_missing_here = True
        self.rule.action_activate()
        self.theirs = [
            event | {"subject": f"12/3/{event['data']['sequence']}"}
            for event in [*self.events, lost]
        ]
        run = self.compare()
        self.assertEqual(self.lines().mapped("kind"), ["missing_here"])
        self.work()
        run = self.compare()
        self.assertEqual((run.matched_count, run.difference_count), (6, 0))
        self.assertEqual(self.lines().state, "agrees")

    def test_what_is_missing_there_is_sent_again_a_few_times(self):
        partner = Partner()
        self.addCleanup(partner.stop)
        topic = self.env.ref("retail_integration_base.topic_transaction_recorded_v1")
        insights = make.make_backend(
            self.env,
            "insights",
            event_url=partner.url,
            phase_events=True,
            api_url=self.lists.url,
            subscribed_topic_ids=[(6, 0, topic.ids)],
        )
        self.receive(make.make_event(make.make_receipt(sequence=60)))
        self.work()
        self.work(insights, "out")
        self.assertEqual(len(partner.received), 1)
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET created_at = created_at - interval '1 day'"
        )
        rule = self.make_rule(
            backend_id=insights.id,
            source="retail.reconciliation.source.outbox",
            resource="receipts",
            heal_missing_there=True,
        )
        self.theirs = []
        for expected in (2, 3, 4, 4):
            run = self.compare(rule)
            self.assertEqual(run.missing_there_count, 1)
            self.work(insights, "out")
            self.assertEqual(len(partner.received), expected)
        keys = {headers["webhook-id"] for headers, _body in partner.received}
        self.assertEqual(len(keys), 1)
