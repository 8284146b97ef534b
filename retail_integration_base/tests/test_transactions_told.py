"""What subscribers hear about recorded sales: the contract, the story, no person."""

import json

from odoo.exceptions import ValidationError
from odoo.models import BaseModel
from odoo.tests import tagged

from ..schemas import registry
from . import factories as make
from .common import RetailCase

RECORDED = "retail.transaction.recorded.v1"


@tagged("post_install", "-at_install")
class TestTransactionsTold(RetailCase):
    def subscribe(self) -> BaseModel:
        topic = self.env["retail.topic"].search([("name", "=", RECORDED)])
        return make.make_backend(
            self.env,
            "insights",
            event_url="http://127.0.0.1:9/events",
            phase_events=True,
            subscribed_topic_ids=[(6, 0, topic.ids)],
        )

    def told(self, receipt: dict, **envelope: object) -> tuple[BaseModel, dict]:
        """Record a receipt; return its message and the envelope subscribers get."""
        subscriber = self.subscribe()
        event = self.receive(make.make_event(receipt, **envelope))
        self.work()
        self.assertEqual(event.state, "done", event.error_message)
        message = self.env["retail.outbox.event"].search(
            [("backend_id", "=", subscriber.id)]
        )
        self.assertEqual(len(message), 1)
        return event, json.loads(message.payload)

    def test_subscribers_hear_what_was_recorded_in_the_same_story(self):
        receipt = make.make_receipt(sequence=160, customer={"email": "ada@example.com"})
        event, envelope = self.told(receipt, correlationid="story-7")
        self.assertEqual(envelope["type"], RECORDED)
        self.assertEqual(envelope["correlationid"], "story-7")
        self.assertEqual(envelope["causationid"], event.event_key)
        self.assertEqual(envelope["partitionkey"], "receipt:12/3")
        data = envelope["data"]
        self.assertEqual(data["uuid"], event.transaction_ids.uuid)
        self.assertEqual(data["totals"]["grand"], receipt["totals"]["grand"])
        self.assertEqual(data["tenders"], receipt["tenders"])
        self.assertNotIn("ada@example.com", json.dumps(envelope))

    def test_every_sale_of_a_batch_is_told_in_its_own_story(self):
        subscriber = self.subscribe()
        events = self.receive(*(make.make_event() for _ in range(3)))
        self.work()
        told = self.env["retail.outbox.event"].search(
            [("backend_id", "=", subscriber.id)]
        )
        self.assertEqual(
            {(m.correlation_id, m.causation_id) for m in told},
            {(e.correlation_id, e.event_key) for e in events},
        )

    def test_what_subscribers_hear_keeps_its_contract(self):
        original = {"store": "12", "register": "1", "sequence": 88, "line": 2}
        returned = {**make.line(qty="-1"), "original": original}
        for kind, lines in (
            ("sale", [make.line(), make.line(qty="0.333", price="1.00")]),
            ("return", [returned]),
        ):
            with self.subTest(kind), self.cr.savepoint() as savepoint:
                _event, envelope = self.told(make.make_receipt(lines, type=kind))
                registry.SCHEMAS[RECORDED].model_validate(envelope["data"])
                savepoint.rollback()

    def test_subscribers_hear_what_was_taken_back(self):
        original = {"store": "12", "register": "1", "sequence": 88, "line": 2}
        line = {**make.line(qty="-1"), "original": original}
        _event, envelope = self.told(make.make_receipt([line], type="return"))
        self.assertEqual(envelope["data"]["lines"][0]["original"], original)

    def test_mapped_tenders_keep_the_contract(self):
        values = {"kind": "tender", "internal_value": "CB 512"}
        with self.assertRaises(ValidationError):
            make.make_tax_map(self.env, "card", **values)
        make.make_tax_map(self.env, "card", kind="tender", internal_value="debit_be")
        _event, envelope = self.told(make.make_receipt())
        registry.SCHEMAS[RECORDED].model_validate(envelope["data"])
        self.assertEqual(envelope["data"]["tenders"][0]["type"], "debit_be")
