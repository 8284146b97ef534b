"""Retention: what is due goes, everything else stays, and a person can be forgotten."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import retention
from . import factories as make
from .common import RetailCase
from .common_security import RECORDED


class RetentionCase(RetailCase):
    def setUp(self):
        super().setUp()
        make.make_backend(
            self.env,
            "listener",
            phase_events=True,
            event_url="https://listener.example/events",
            subscribed_topic_ids=[(6, 0, self.env.ref(RECORDED).ids)],
        )
        self.topic = self.env.ref("retail_integration_base.topic_pos_receipt_v1")
        self.topic.write({"payload_retention_days": 30, "record_retention_days": 400})

    def sell(self, email="ada@example.com", sku="MUG", **values):
        """Return a worked message about a sale to a customer."""
        receipt = make.make_receipt(
            [make.line(sku)], customer={"email": email}, **values
        )
        event = self.receive(make.make_event(receipt))
        self.work()
        return event

    def age(self, event, days):
        """Let a message be received, and finished if it is, so many days ago."""
        self.env.flush_all()
        moment = fields.Datetime.now() - timedelta(days=days)
        born = "received_at" if event._name == "retail.inbox.event" else "created_at"
        self.env.cr.execute(
            f"UPDATE {event._table} SET {born} = %s,"
            " finished_at = CASE WHEN finished_at IS NULL THEN NULL ELSE %s END"
            " WHERE id = ANY (%s)",
            [moment, moment, event.ids],
        )
        self.env.invalidate_all()

    def apply(self):
        self.env.flush_all()
        self.env["retail.retention"]._cron_apply()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestRetention(RetentionCase):
    def test_content_goes_first_and_the_message_later_while_the_sale_stays(self):
        event = self.sell()
        sale = event.transaction_ids
        self.age(event, 29)
        self.apply()
        self.assertTrue(event.payload)
        self.age(event, 31)
        self.apply()
        self.assertFalse(event.payload)
        self.assertEqual(event.state, "done")
        self.age(event, 401)
        self.apply()
        self.assertFalse(event.exists())
        self.assertTrue(sale.exists())
        self.assertFalse(
            self.env["retail.event.attempt"].search([("inbox_event_id", "=", event.id)])
        )

    def test_outgoing_messages_lose_content_and_answers(self):
        sent = self.env["retail.outbox.event"].search(
            [("res_id", "=", self.sell().transaction_ids.id)]
        )
        self.env["retail.event.attempt"]._record(
            "outbox_event_id",
            [
                {
                    "event_id": sent.id,
                    "company_id": sent.company_id.id,
                    "response_excerpt": "Hello Ada",
                }
            ],
        )
        sent.action_cancel()
        self.age(sent, 31)
        self.apply()
        self.assertFalse(sent.payload)
        self.assertFalse(sent.attempt_ids.filtered("response_excerpt"))

    def test_open_messages_are_never_touched(self):
        stuck = self.sell(sku="NEW")
        self.assertEqual(stuck.state, "dead")
        self.age(stuck, 5000)
        self.apply()
        self.assertTrue(stuck.exists().payload)

    def test_message_behind_an_open_exception_stays(self):
        event = self.sell()
        other = make.make_event(make.make_receipt(), event_id=event.event_key)
        self.receive(other)
        self.assertEqual(event.exception_ids.mapped("code"), ["RET-1301"])
        self.age(event, 5000)
        self.apply()
        self.assertTrue(event.exists().payload)
        event.exception_ids._resolve("accepted", "seen")
        self.apply()
        self.assertFalse(event.exists())

    def test_policy_of_a_company_shortens_what_topics_say_and_never_lengthens(self):
        event = self.sell()
        policy = self.env["retail.retention.policy"].create(
            {"payload_days": 90, "record_days": 0}
        )
        self.age(event, 31)
        policy.payload_days = 90
        self.apply()
        self.assertFalse(event.payload)
        other = self.sell()
        self.age(other, 8)
        policy.payload_days = 7
        self.apply()
        self.assertFalse(other.payload)

    def test_zero_days_mean_not_at_all(self):
        self.topic.write({"payload_retention_days": 0, "record_retention_days": 0})
        event = self.sell()
        self.age(event, 5000)
        self.apply()
        self.assertTrue(event.payload)

    def test_many_windows_are_worked_and_counted_in_the_audit_chain(self):
        events = self.env["retail.inbox.event"].browse()
        for _n in range(5):
            events |= self.sell()
        self.age(events, 31)
        with patch.object(retention, "WINDOW_IDS", 2):
            self.apply()
        self.assertFalse(any(events.mapped("payload")))
        entry = self.env["retail.audit.entry"].search(
            [("action", "=", "retention.applied")], limit=1
        )
        counted = json.loads(entry.details)
        self.assertEqual(counted["retail_inbox_event: contents erased"], 5)

    def test_run_without_enough_time_goes_on_by_itself(self):
        events = self.sell() | self.sell()
        self.age(events, 31)
        triggers = self.env["ir.cron.trigger"].search_count([])
        with (
            patch.object(retention, "RUN_BUDGET_S", 0.0),
            patch.object(retention, "WINDOW_IDS", 1),
        ):
            self.apply()
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)

    def test_message_without_content_is_not_replayed(self):
        event = self.sell()
        self.age(event, 31)
        self.apply()
        with self.assertRaisesRegex(UserError, "retention"):
            event.action_replay()

    def test_audit_entries_go_when_their_policy_says_so(self):
        self.env["retail.retention.policy"].create({"audit_days": 10})
        chain = self.env["retail.audit.stream"].search(
            [("company_id", "=", self.env.company.id)]
        )
        before = chain.checkpoint_sequence
        later = fields.Datetime.now() + timedelta(days=400)
        with patch.object(fields.Datetime, "now", lambda: later):
            self.env["retail.retention"]._remove_audit_entries()
        self.env.invalidate_all()
        self.assertGreater(chain.checkpoint_sequence, before)
        self.assertEqual(chain._verify(), [])


@tagged("post_install", "-at_install")
class TestErasure(RetentionCase):
    def setUp(self):
        super().setUp()
        self.event = self.sell("ada@example.com")
        self.sale = self.event.transaction_ids
        self.identity = self.sale.identity_id
        self.others = self.sell("bob@example.com")

    def stored(self):
        """Return every text of every table of ours, as one string."""
        texts = []
        self.env.flush_all()
        for table in ("retail_inbox_event", "retail_outbox_event", "retail_identity"):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            texts += [row[0] for row in self.env.cr.fetchall()]
        return " ".join(texts)

    def test_person_is_gone_and_totals_stay(self):
        total = self.sale.amount_total
        self.identity._erase_person()
        self.env.invalidate_all()
        self.assertNotIn("ada@example.com", self.stored())
        self.assertIn("bob@example.com", self.stored())
        self.assertEqual(self.sale.amount_total, total)
        self.assertEqual(self.sale.identity_id, self.identity)
        self.assertEqual(self.identity.erasure_state, "done")
        self.assertTrue(self.identity.erased_at)
        self.assertTrue(self.others.payload)
        self.assertFalse(self.identity.partner_id)

    def test_all_identities_of_a_customer_go_together(self):
        customer = self.env["res.partner"].create({"name": "Ada"})
        phone = self.env["retail.identity"].create(
            {"kind": "phone", "value": "+32470123456", "partner_id": customer.id}
        )
        self.identity.partner_id = customer
        self.identity._erase_person()
        self.env.invalidate_all()
        self.assertEqual(phone.erasure_state, "done")
        self.assertNotIn("470123456", self.stored())

    def test_message_that_names_the_person_without_a_sale_is_found(self):
        # Refused before it became a sale; a person accepted that it has no effect.
        stuck = self.sell("ada@example.com", sku="NEW")
        stuck.action_ignore()
        self.identity._erase_person()
        self.env.invalidate_all()
        self.assertFalse(stuck.payload)

    def test_open_message_delays_the_erasure_and_is_said(self):
        stuck = self.sell("ada@example.com", sku="NEW")
        self.identity._erase_person()
        self.env.invalidate_all()
        self.assertTrue(stuck.payload)
        self.assertEqual(self.identity.erasure_state, "partly")
        self.assertEqual(self.identity.erasure_open_count, 1)
        stuck.action_ignore()
        self.identity._erase_person()
        self.env.invalidate_all()
        self.assertEqual(self.identity.erasure_state, "done")
        self.assertNotIn("ada@example.com", self.stored())

    def test_wildcards_in_a_value_match_themselves_only(self):
        loyalty = self.env["retail.identity"].create({"kind": "loyalty", "value": "%_"})
        loyalty._erase_person()
        self.env.invalidate_all()
        self.assertTrue(self.event.payload)

    def test_stewards_order_it_and_a_job_does_it(self):
        clerk = make.make_user(self.env, "clerk", "group_operator")
        with self.assertRaises(AccessError):
            self.identity.with_user(clerk).action_erase_person()
        steward = make.make_user(self.env, "steward", "group_steward")
        self.identity.with_user(steward).action_erase_person()
        job = self.env["queue.job"].search(
            [("identity_key", "=", f"retail.identity:{self.identity.id}:erase")]
        )
        self.assertEqual(len(job), 1)
        self.assertNotIn("ada", job.func_string)
        entry = self.env["retail.audit.entry"].search(
            [("action", "=", "person.erasure_ordered")], limit=1
        )
        self.assertEqual(entry.user_name, "steward")
        self.identity._erase_person()
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            self.identity.action_erase_person()

    def test_person_who_comes_back_is_a_new_one(self):
        self.identity._erase_person()
        self.env.invalidate_all()
        again = self.sell("ada@example.com").transaction_ids.identity_id
        self.assertNotEqual(again, self.identity)
