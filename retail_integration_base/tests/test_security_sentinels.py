"""Marked values in every field of a message never reach where they do not belong.

Each free text of each schema carries a sentinel of its own. Messages go through, fail,
crash and contradict each other; then logs and tables are searched for sentinels.
"""

import json
import logging
import re
from unittest.mock import patch

from odoo.tests import tagged

from ..models.handler_transaction import RetailHandlerTransaction
from ..schemas.registry import SCHEMAS, json_schema
from . import factories as make
from .common_http import GatewayCase
from .test_logs import everything_logged

SENTINEL = "sntnl"
DEPTH_MAX = 12
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


class Marks(dict):
    """Marked fields of an object, and the names that it may not be without."""

    required: frozenset[str] = frozenset()


def marked(schema: dict, root: dict, path: str = "", depth: int = 0) -> object:
    """Return a value for ``schema`` whose free texts are sentinels; None: no idea."""
    if "$ref" in schema:
        known = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return marked(known, root, path, depth + 1) if depth < DEPTH_MAX else None
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            return marked(choice, root, path, depth + 1)
    if schema.get("type") == "object":
        found = Marks()
        found.required = frozenset(schema.get("required", ()))
        for name, part in schema.get("properties", {}).items():
            found[name] = marked(part, root, f"{path}.{name}", depth + 1)
        return found
    if schema.get("type") == "array":
        return [marked(schema.get("items", {}), root, f"{path}[]", depth + 1)]
    if schema.get("type") != "string" or {"format", "enum", "const"} & set(schema):
        return None
    name = path.rpartition(".")[2].strip("[]").replace("_", "")
    text = f"{SENTINEL}{name}@example.com" if name == "email" else f"{SENTINEL}{name}"
    text = text[: schema.get("maxLength", 200)]
    fits = re.search(schema.get("pattern", ""), text)
    return text if fits and len(text) >= schema.get("minLength", 0) else None


def whole(marks: object) -> object:
    """Return what of the marks can stand alone; None: too much is missing."""
    if isinstance(marks, Marks):
        parts = {name: whole(value) for name, value in marks.items()}
        kept = {name: value for name, value in parts.items() if value is not None}
        return kept if kept and marks.required <= set(kept) else None
    if isinstance(marks, list):
        parts = [whole(value) for value in marks]
        return None if None in parts else parts
    return marks


def merged(base: object, marks: object) -> object:
    """Return ``base`` with the marks added where it has nothing."""
    if isinstance(base, dict) and isinstance(marks, Marks):
        added = {name: whole(part) for name, part in marks.items() if name not in base}
        return {
            **{name: value for name, value in added.items() if value is not None},
            **{name: merged(value, marks.get(name)) for name, value in base.items()},
        }
    if isinstance(base, list) and isinstance(marks, list):
        return [merged(item, marks[0]) for item in base]
    return base


@tagged("post_install", "-at_install")
class TestSentinels(GatewayCase):
    def documents(self):
        """Yield topic and document of every incoming schema, full of sentinels."""
        for topic, base in (
            ("retail.pos.receipt.v1", make.make_receipt()),
            ("retail.order.placed.v1", make.make_order()),
        ):
            schema = json_schema(topic)
            yield topic, merged(base, marked(schema, schema))

    def test_every_incoming_schema_is_covered(self):
        incoming = self.env["retail.topic"].search(
            [("direction", "=", "in"), ("handler", "=", "retail.handler.transaction")]
        )
        covered = {topic for topic, _document in self.documents()}
        self.assertEqual(set(incoming.mapped("name")) & set(SCHEMAS), covered)
        for _topic, document in self.documents():
            self.assertGreater(json.dumps(document).count(SENTINEL), 3)

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
                broken["lines" if "lines" in document else "order"] = SENTINEL
                response = self.sent(topic, broken)
                self.assertIn(response.status_code, (202, 422))
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

        with (
            patch.object(RetailHandlerTransaction, "_apply_events", crash),
            patch.object(RetailHandlerTransaction, "_prepare_events", crash),
            everything_logged() as memory,
        ):
            for topic, document in self.documents():
                self.sent(topic, document)
            self.work()
        self.assertEqual(set(self.stored().mapped("state")), {"retry"})
        self.assertNothingLeaked(memory)

    def test_when_the_handler_breaks_in_words(self):
        def crash(_handler, events, *_args):
            raise ValueError(f"cannot read {events[0].payload}")

        with (
            patch.object(RetailHandlerTransaction, "_prepare_events", crash),
            everything_logged() as memory,
        ):
            for topic, document in self.documents():
                self.sent(topic, document)
            self.work()
        self.assertEqual(set(self.stored().mapped("state")), {"retry"})
        self.assertNothingLeaked(memory)
