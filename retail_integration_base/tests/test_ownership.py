"""Whose word counts: from the HTTP request to the record, and who is told."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from . import factories as make
from .common import RetailCase, RetailHttpCase
from .common_sharing import CHANGED, Sharing


@tagged("post_install", "-at_install")
class TestOwnership(Sharing, RetailCase):
    def setUp(self):
        super().setUp()
        self.pos = self.connect("pos")
        self.crm = self.connect("crm")
        self.forget_times()

    # --- incoming -------------------------------------------------------------------

    def test_owner_is_believed_and_the_others_are_told(self):
        self.rule("retail.store", "backend", self.pos)
        event = self.say(self.pos, name="Central", timezone="Europe/Paris")
        self.assertEqual(event.state, "done", event.error_message)
        self.assertEqual((self.store.name, self.store.tz), ("Central", "Europe/Paris"))
        self.assertEqual(self.told(self.pos), [])
        self.assertEqual(
            self.told(self.crm), [{"name": "Central", "timezone": "Europe/Paris"}]
        )

    def test_what_no_rule_gives_away_is_odoos_and_shown_to_a_person(self):
        event = self.say(self.pos, name="Central")
        self.assertEqual(event.state, "ignored")
        self.assertEqual(self.store.name, "Store 12")
        problem = event.exception_ids
        self.assertEqual((problem.code, problem.state), ("RET-1302", "open"))
        self.assertIn("name", problem.title)
        self.assertNotIn("Central", problem.cause)

    def test_refusal_may_be_a_note_only(self):
        self.rule("retail.store", "backend", self.crm, refusal="ignore")
        event = self.say(self.pos, name="Central")
        self.assertEqual(event.state, "ignored")
        self.assertIn("name", event.result)
        self.assertFalse(event.exception_ids)

    def test_rule_of_a_field_goes_before_the_rule_for_everything(self):
        self.rule("retail.store", "backend", self.pos)
        self.rule("retail.store:name", "backend", self.crm, refusal="ignore")
        event = self.say(self.pos, name="Central", timezone="Europe/Paris")
        self.assertEqual(event.state, "done")
        self.assertEqual((self.store.name, self.store.tz), ("Store 12", "Europe/Paris"))

    def test_draft_and_ended_rules_give_nothing_away(self):
        self.rule("retail.store", "backend", self.pos, state="draft")
        self.rule("retail.store", "backend", self.pos, valid_until="2020-12-31")
        self.say(self.pos, name="Central")
        self.assertEqual(self.store.name, "Store 12")

    def test_rule_of_another_company_does_not_count(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.rule("retail.store", "newest", company_id=company.id)
        self.say(self.pos, name="Central")
        self.assertEqual(self.store.name, "Store 12")

    def test_refused_word_is_taken_over_when_the_rule_changed_and_it_is_replayed(self):
        event = self.say(self.pos, name="Central")
        self.rule("retail.store", "backend", self.pos)
        event.exception_ids.action_replay()
        self.work(self.pos)
        self.assertEqual(self.store.name, "Central")
        self.assertEqual(event.exception_ids.state, "resolved")

    def test_message_that_comes_again_or_is_replayed_changes_nothing_twice(self):
        self.rule("retail.store", "newest")
        event = self.say(self.pos, name="Central")
        self.store.name = "By hand"
        event.action_replay()
        self.work(self.pos)
        self.assertEqual(self.store.name, "By hand")

    def test_newest_word_counts_whatever_the_order_of_arrival(self):
        self.rule("retail.store", "newest")
        self.say(self.pos, ago_s=10, name="Newer")
        event = self.say(self.crm, ago_s=20, name="Older")
        self.assertEqual(self.store.name, "Newer")
        self.assertIn("Older than", event.result)
        self.say(self.crm, ago_s=5, name="Newest")
        self.assertEqual(self.store.name, "Newest")

    def test_clock_of_a_sender_that_is_ahead_does_not_win_for_ever(self):
        self.rule("retail.store", "newest")
        self.say(self.pos, ago_s=-86400, name="From tomorrow")
        self.assertEqual(self.store.name, "From tomorrow")
        self.say(self.crm, name="Of today")
        self.assertEqual(self.store.name, "Of today")

    def test_values_that_mean_nothing_here_wait_for_a_person(self):
        self.rule("retail.store", "backend", self.pos)
        for values, code in (
            ({"timezone": "Mars/Olympus"}, "RET-1104"),
            ({"currency": "XTS"}, "RET-1203"),
        ):
            event = self.say(self.pos, **values)
            self.assertEqual(event.exception_ids.code, code)
            event.action_ignore()

    def test_unknown_store_is_mapped_like_any_other(self):
        event = self.receive(
            make.make_event({**self.change(), "store": "S-12"}, topic=CHANGED),
            backend=self.pos,
        )
        self.work(self.pos)
        self.assertEqual(event.exception_ids.mapping_value, "S-12")

    # --- people ---------------------------------------------------------------------

    def test_person_does_not_change_what_a_system_owns(self):
        self.rule("retail.store:name", "backend", self.pos)
        boss = make.make_user(self.env, "boss", "group_steward")
        store = self.store.with_user(boss)
        with self.assertRaises(UserError), self.cr.savepoint():
            store.name = "By hand"
        # A context key is anybody's to send.
        with self.assertRaises(UserError), self.cr.savepoint():
            store.with_context(retail_taking_over=True).name = "By hand"
        store.write({"name": "Store 12", "tz": "Europe/Paris"})
        self.assertEqual(store.tz, "Europe/Paris")

    def test_what_a_person_changes_is_told_to_all_but_the_owner(self):
        self.rule("retail.store:timezone", "backend", self.pos)
        self.store.write({"name": "By hand", "tz": "Europe/Paris"})
        self.assertEqual(self.told(self.pos), [{"name": "By hand"}])
        self.assertEqual(
            self.told(self.crm), [{"name": "By hand", "timezone": "Europe/Paris"}]
        )

    def test_sales_are_told_to_whoever_asked_as_before(self):
        topic = self.env["retail.topic"].search(
            [("name", "=", "retail.transaction.recorded.v1")]
        )
        self.pos.subscription_ids.topic_ids = [(4, topic.id)]
        self.receive(make.make_event(), backend=self.pos)
        self.work(self.pos)
        told = self.env["retail.outbox.event"].search([("topic_id", "=", topic.id)])
        self.assertEqual(told.backend_id, self.pos)

    # --- rules ----------------------------------------------------------------------

    def test_rule_holds_when_a_second_person_approved_it(self):
        boss = make.make_user(self.env, "boss", "group_steward")
        books = make.make_user(self.env, "books", "group_finance")
        draft = (
            self.env["retail.ownership.rule"]
            .with_user(boss)
            .create({"subject": "retail.store:name", "owned_by": "newest"})
        )
        self.assertEqual(draft.display_name, "Store: Name")
        self.say(self.pos, name="Central")
        self.assertEqual(self.store.name, "Store 12")
        with self.assertRaises(UserError):
            draft.action_approve()
        draft.with_user(books).action_approve()
        self.say(self.pos, name="Central!")
        self.assertEqual(self.store.name, "Central!")

    def test_rule_names_a_system_if_and_only_if_one_owns_it(self):
        for owned_by, backend in (("backend", None), ("here", self.pos)):
            with self.subTest(owned_by), self.assertRaises(UserError):
                self.rule("retail.store", owned_by, backend, state="draft")


@tagged("post_install", "-at_install")
class TestOwnershipOverHttp(Sharing, RetailHttpCase):
    def test_signed_request_changes_the_owned_field_and_leaves_the_other(self):
        self.rule("retail.store:name", "backend", self.backend)
        document = self.change(name="Central", timezone="Europe/Paris")
        body = make.as_body(make.make_event(document, topic=CHANGED))
        answer = self.post("till/events", body, self.sign(body))
        self.assertEqual(answer.status_code, 202, answer.text)
        self.work()
        self.store.invalidate_recordset()
        self.assertEqual(
            (self.store.name, self.store.tz), ("Central", "Europe/Brussels")
        )
        problem = self.env["retail.exception"].search([("code", "=", "RET-1302")])
        self.assertIn("timezone", problem.title)
