"""One id reads the whole story: from the message in to the partner's answer."""

from odoo.models import BaseModel
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase

RECORDED = "retail_integration_base.topic_transaction_recorded_v1"


@tagged("post_install", "-at_install")
class TestTrace(RetailCase):
    def setUp(self):
        super().setUp()
        make.make_backend(
            self.env,
            "insights",
            event_url="http://127.0.0.1:9/events",
            phase_events=True,
            subscribed_topic_ids=[(6, 0, self.env.ref(RECORDED).ids)],
        )
        self.event = self.receive(
            make.make_event(
                make.make_receipt(sequence=160),
                event_id="evt-a",
                correlationid="story-7",
            )
        )
        self.work()

    def story(self, text: str) -> BaseModel:
        """Return the steps of the story that ``text`` leads to, as shown."""
        shown = self.env["retail.trace"].create({"correlation_id": text})
        shown = shown.action_search()
        return self.env[shown["res_model"]].browse(shown["res_id"]).step_ids

    def test_story_is_told_in_the_order_in_which_it_happened(self):
        steps = self.story("story-7")
        self.assertEqual(
            steps.mapped("stage"), ["received", "attempt", "effect", "created"]
        )
        self.assertEqual(
            steps.mapped("res_model"),
            [
                "retail.inbox.event",
                "retail.inbox.event",
                "retail.transaction",
                "retail.outbox.event",
            ],
        )
        self.assertEqual(steps.mapped("at"), sorted(steps.mapped("at")))
        self.assertIn("12/3/160", steps[2].title)

    def test_failed_delivery_is_part_of_the_story(self):
        subscriber = self.env["retail.backend"].search([("code", "=", "insights")])
        self.work(subscriber, "out")
        last = self.story("story-7")[-1]
        self.assertEqual(last.stage, "delivery")
        self.assertEqual(last.state, "failed")
        self.assertEqual(last.backend_id, subscriber)

    def test_exception_is_part_of_the_story(self):
        receipt = make.make_receipt([make.line("NEW")])
        self.receive(make.make_event(receipt, correlationid="story-8"))
        self.work()
        steps = self.story("story-8")
        self.assertEqual(steps.mapped("stage"), ["received", "attempt", "exception"])

    def test_story_says_how_long_it_took_and_where_it_stands(self):
        action = self.env["retail.trace"]._open("story-7")
        trace = self.env["retail.trace"].browse(action["res_id"])
        self.assertEqual(trace.status, "running")  # the subscriber has not got it
        self.assertTrue(trace.duration_text)
        self.assertEqual(trace.step_ids[0].offset_text, "+0 ms")
        self.assertTrue(all(trace.step_ids.mapped("offset_text")))

    def test_story_says_who_solved_what_and_why(self):
        first = make.make_user(self.env, "first", "group_finance")
        second = make.make_user(self.env, "second", "group_finance")
        mapping = "retail_integration_base.exception_category_mapping"
        self.env.ref(mapping).four_eyes = "always"
        receipt = make.make_receipt([make.line("NEW")])
        event = self.receive(make.make_event(receipt, correlationid="story-9"))
        self.work()
        exception = event.exception_ids
        self.decide(exception, first, "action_accept", reason="sold by mistake")
        steps = self.story("story-9")
        self.assertEqual(steps[-1].stage, "decision")
        self.assertIn("First", steps[-1].title)
        exception.with_user(second).action_approve()
        steps = self.story("story-9").filtered(lambda s: s.stage == "decision")
        solved = steps.filtered(lambda s: s.res_model == "retail.exception")
        self.assertEqual(len(solved), 1)
        self.assertEqual(solved.title, "Accepted")
        self.assertEqual(solved.detail, "First + Second · sold by mistake")
        outcome = self.story("story-9").filtered(lambda s: s.stage == "outcome")
        self.assertEqual(outcome.title, "Ignored")

    def test_end_that_nobody_named_is_shown_as_it_is(self):
        sent = self.env["retail.outbox.event"].search(
            [("correlation_id", "=", "story-7")]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_outbox_event SET state = 'beamed', finished_at ="
            " clock_timestamp() AT TIME ZONE 'UTC' WHERE id = %s",
            [sent.id],
        )
        self.env.invalidate_all()
        last = self.story("story-7")[-1]
        self.assertEqual((last.stage, last.title), ("outcome", "beamed"))

    def test_message_id_and_receipt_number_lead_to_the_story(self):
        expected = self.story("story-7").mapped("title")
        for text in ("evt-a", "12/3/160", "  story-7 "):
            with self.subTest(text):
                self.assertEqual(self.story(text).mapped("title"), expected)

    def test_unknown_id_has_no_story(self):
        for text in ("nothing", ""):
            with self.subTest(text):
                self.assertFalse(self.story(text))

    def test_every_record_of_the_story_opens_it(self):
        for record in (self.event, self.event.transaction_ids):
            action = record.action_open_trace()
            trace = self.env[action["res_model"]].browse(action["res_id"])
            with self.subTest(record._name):
                self.assertEqual(trace.correlation_id, "story-7")

    def test_step_opens_its_record(self):
        step = self.story("story-7")[2]
        action = step.action_open()
        self.assertEqual(action["res_model"], "retail.transaction")
        self.assertEqual(action["res_id"], self.event.transaction_ids.id)
