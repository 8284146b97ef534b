"""The webhook route of a system that speaks our own envelope."""

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase


@tagged("post_install", "-at_install")
class TestGenericWebhook(GatewayCase):
    def test_canonical_envelope_is_taken_as_webhook(self):
        event = make.make_event(make.make_receipt(sequence=160), event_id="evt-a")
        response = self.send(event, path="till/webhook")
        self.assertEqual(response.status_code, 202)
        self.work()
        stored = self.stored()
        self.assertEqual(stored.state, "done", stored.error_message)
        self.assertEqual(stored.transaction_ids.ref, "12/3/160")
        again = self.send(event, path="till/webhook")
        self.assertEqual(again.json()["status"], "duplicate")

    def test_wrong_envelope_is_named_by_its_pointer(self):
        response = self.send(make.make_event(event_id="a b"), path="till/webhook")
        self.assertProblem(response, 422, "RET-1104", "/id")
        response = self.send_body(b"[]", path="till/webhook")
        self.assertProblem(response, 422, "RET-1104")

    def test_wrong_document_is_named_by_its_pointer(self):
        event = make.make_event({**make.make_receipt(), "currency": "eur"})
        response = self.send(event, path="till/webhook")
        self.assertProblem(response, 422, "RET-1104", "/data/currency")
        self.assertFalse(self.stored())

    def test_receipts_of_a_register_keep_their_order(self):
        for sequence in (1, 2):
            event = make.make_event(make.make_receipt(sequence=sequence))
            self.send(event, path="till/webhook")
        keys = set(self.stored().mapped("partition_key"))
        self.assertEqual(len(keys), 1, keys)
