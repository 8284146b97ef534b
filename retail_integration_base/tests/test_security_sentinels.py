"""Marked values in every field of a message never reach where they do not belong.

Each free text of each schema carries a sentinel of its own. Messages go through, fail,
crash and contradict each other; then logs and tables are searched for sentinels.
"""

import json
import logging
from unittest.mock import patch

from odoo.tests import tagged

from ..models.outbox_event import Emission
from ..schemas import registry
from ..schemas.registry import SCHEMAS, json_schema
from . import factories as make
from .common_http import GatewayCase
from .fakes import Partner
from .sentinels import SENTINEL, marked, merged, sample
from .test_logs import everything_logged

#: Documents that go further than what an example says: lines, taxes, payments.
RICH = {
    "retail.pos.receipt.v1": make.make_receipt,
    "retail.order.placed.v1": make.make_order,
}
#: Everything that Odoo keeps about what happens, apart from the messages themselves.
TABLES = (
    "queue_job",
    "ir_logging",
    "mail_message",
    "mail_mail",
    "mail_activity",
    "mail_tracking_value",
    "ir_attachment",
    "bus_bus",
    "retail_audit_entry",
    "retail_event_attempt",
    "retail_exception",
)


@tagged("post_install", "-at_install")
class TestSentinels(GatewayCase):
    def documents(self, direction: str = "in"):
        """Yield topic and document of every contract, full of sentinels."""
        topics = self.env["retail.topic"].search([("direction", "=", direction)])
        for topic in topics.filtered(lambda one: one.name in SCHEMAS).mapped("name"):
            schema = json_schema(topic)
            base = RICH[topic]() if topic in RICH else sample(schema, schema)
            yield topic, merged(base, marked(schema, schema))

    def test_every_contract_is_covered(self):
        covered = {}
        for direction in ("in", "out"):
            for topic, document in self.documents(direction):
                registry.validate(topic, document)
                covered[topic] = json.dumps(document).count(SENTINEL)
        self.assertEqual(set(covered), set(SCHEMAS))
        self.assertGreater(covered["retail.command.result.v1"], 0)
        for topic in RICH:
            self.assertGreater(covered[topic], 3)

    def break_handlers(self, crash):
        """Let every handler of incoming messages end like that."""
        names = self.env["retail.topic"].search([("direction", "=", "in")])
        for name in set(names.mapped("handler")):
            handler = self.registry[name]
            for method in ("_apply_events", "_prepare_events"):
                self.startPatcher(patch.object(handler, method, crash))

    def assertNothingLeaked(self, memory):
        self.assertNotIn(SENTINEL, memory.text(logging.INFO))
        self.env.flush_all()
        for table in TABLES:
            self.env.cr.execute(
                f"SELECT row_to_json(t)::text FROM {table} t"
                " WHERE row_to_json(t)::text ILIKE %s",
                [f"%{SENTINEL}%"],
            )
            with self.subTest(table):
                self.assertEqual([row[0][:400] for row in self.env.cr.fetchall()], [])

    def sent(self, topic, document, **values):
        return self.send(make.make_event(document, topic=topic, **values))

    def test_on_the_way_through(self):
        with everything_logged() as memory:
            for topic, document in self.documents():
                self.sent(topic, document, subject=f"{SENTINEL}subject")
            self.work()
        self.assertTrue(self.stored())
        self.assertIn(SENTINEL, self.stored()[0].payload)
        self.assertNothingLeaked(memory)

    def test_when_the_door_refuses(self):
        with everything_logged() as memory:
            for topic, document in self.documents():
                broken = {**document, f"{SENTINEL}field": f"{SENTINEL}extra"}
                broken[json_schema(topic)["required"][-1]] = [SENTINEL]
                response = self.sent(topic, broken)
                self.assertEqual(response.status_code, 422)
                self.send_body(json.dumps(document).encode()[:-5])
                self.post("till/events", json.dumps(document).encode())
            self.work()
        self.assertNothingLeaked(memory)

    def test_when_two_messages_contradict_each_other(self):
        with everything_logged() as memory:
            for topic, document in self.documents():
                self.sent(topic, document, event_id=f"evt-{topic}")
                other = json.loads(json.dumps(document).replace("10.31.02", "10.31.03"))
                other["extra"] = f"{SENTINEL}more"
                self.sent(topic, other, event_id=f"evt-{topic}")
            self.work()
        self.assertNothingLeaked(memory)

    def test_when_the_handler_crashes(self):
        def crash(handler, events, *_args):
            handler.env.cr.execute(
                "INSERT INTO retail_store (code, name) VALUES (NULL, %s)",
                [events[0].payload],
            )

        self.break_handlers(crash)
        with everything_logged() as memory:
            for topic, document in self.documents():
                self.sent(topic, document)
            self.work()
        self.assertEqual(set(self.stored().mapped("state")), {"retry"})
        self.assertNothingLeaked(memory)

    def test_when_the_handler_breaks_in_words(self):
        def crash(_handler, events, *_args):
            raise ValueError(f"cannot read {events[0].payload}")

        self.break_handlers(crash)
        with everything_logged() as memory:
            for topic, document in self.documents():
                self.sent(topic, document)
            self.work()
        self.assertEqual(set(self.stored().mapped("state")), {"retry"})
        self.assertNothingLeaked(memory)

    def test_on_the_way_out(self):
        partner = Partner()
        self.addCleanup(partner.stop)
        # It says back what it got, in a refusal, a redirection and a success.
        partner.answers = [
            (400, {}, f"{SENTINEL}@example.com is unknown".encode()),
            (302, {"Location": f"https://{SENTINEL}.example/"}, b""),
            200,
        ]
        subscriber = make.make_backend(
            self.env, "subscriber", event_url=partner.url, phase_events=True
        )
        messages = self.env["retail.outbox.event"].sudo()
        with everything_logged() as memory:
            for number, (topic, document) in enumerate(self.documents("out")):
                emission = Emission(
                    str(number), f"key/{number}", document, subscriber.company_id.id
                )
                messages._emit_to(subscriber.subscription_ids, topic, emission)
            self.work(subscriber, "out")
        self.assertGreaterEqual(len(partner.received), 3)
        self.assertTrue(
            [body for _h, body in partner.received if SENTINEL in str(body)]
        )
        self.assertNothingLeaked(memory)
