"""Card numbers, security codes and what a topic leaves out are never stored (R142)."""

import json

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase

CARD = "4111111111111111"
KEPT = "411111xxxxxx1111"
#: How each of them could have been stored.
SECRETS = (CARD, "4111 1111 1111 1111", "s3cr3t-code", "s3cr3t-token", "s3cr3t-word")


def careless_receipt(**values):
    """Return a receipt of a till that tells too much."""
    receipt = make.make_receipt(**values)
    receipt["payment"] = {
        "pan": CARD,
        "cvv": "s3cr3t-code",
        "access_token": "s3cr3t-token",
        "login": {"password": "s3cr3t-word"},
        "authorised": True,
    }
    receipt["note"] = "card 4111 1111 1111 1111, by phone"
    return receipt


@tagged("post_install", "-at_install")
class TestMinimisation(GatewayCase):
    def setUp(self):
        super().setUp()
        self.topic = self.env.ref("retail_integration_base.topic_pos_receipt_v1")

    def assertNowhere(self, *texts: str):
        """Look for texts in everything that is stored."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            "   AND (table_name LIKE 'retail%' OR table_name IN"
            "        ('queue_job', 'mail_message', 'ir_attachment', 'ir_logging'))"
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        self.assertIn("retail_inbox_event", tables)
        for table in tables:
            self.env.cr.execute(
                f"SELECT count(*) FROM {table} t"
                " WHERE row_to_json(t)::text LIKE ANY (%s)",
                [[f"%{text}%" for text in texts]],
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)

    def test_receipt_that_tells_too_much_is_booked_without_it(self):
        response = self.send(
            make.make_event(
                careless_receipt(), subject=f"card {CARD}", source=f"till/{CARD}"
            )
        )
        self.assertEqual(response.status_code, 202, response.text)
        self.work()
        stored = self.stored()
        self.assertEqual(stored.state, "done")
        self.assertNowhere(*SECRETS)
        body = json.loads(stored.payload)
        self.assertEqual(
            body["payment"], {"pan": KEPT, "login": {}, "authorised": True}
        )
        self.assertEqual(body["note"], "card 4111 11xx xxxx 1111, by phone")
        self.assertEqual(stored.subject, f"card {KEPT}")

    def test_nothing_of_it_is_stored_when_the_message_fails(self):
        receipt = careless_receipt(register="2")
        receipt["lines"][0]["sku"] = "NEW"
        self.send(make.make_event(receipt))
        self.work()
        self.assertEqual(self.stored().state, "dead")
        self.assertNowhere(*SECRETS)

    def test_batches_and_webhooks_pass_the_same_way(self):
        self.send(
            make.make_event(careless_receipt(register="3")),
            make.make_event(make.make_receipt(register="4")),
        )
        event = make.make_event(careless_receipt(register="5"))
        self.send_body(make.as_body(event), path="till/webhook")
        self.work()
        self.assertEqual(self.stored().mapped("state"), ["done"] * 3)
        self.assertNowhere(*SECRETS)

    def test_repetition_is_a_duplicate_and_a_contradiction_a_conflict(self):
        event = make.make_event(careless_receipt())
        self.assertEqual(self.send(event).status_code, 202)
        self.assertEqual(self.send(event).json()["status"], "duplicate")
        turned = dict(reversed(event["data"].items()))
        self.assertEqual(self.send({**event, "data": turned}).status_code, 200)
        other = {**event, "data": {**event["data"], "note": "by mail"}}
        self.assertProblem(self.send(other), 409)
        self.assertEqual(len(self.stored()), 1)

    def test_message_without_secrets_is_hashed_as_it_came(self):
        plain, careless = make.make_receipt(), careless_receipt(register="2")
        self.send(make.make_event(plain))
        self.send(make.make_event(careless))
        first, second = self.stored()
        self.assertEqual(json.loads(first.payload), json.loads(json.dumps(plain)))
        # Six unknown digits and a hash over them would be no secret.
        for code in ("s3cr3t-code", "another"):
            careless["payment"]["cvv"] = code
            event = make.make_event(careless, event_id=second.event_key)
            self.assertEqual(self.send(event).json()["status"], "duplicate")

    def test_topic_leaves_out_what_it_names(self):
        customer = {"email": "ada@example.com", "phone": "+32470123456"}
        before = make.make_event(make.make_receipt(customer=customer))
        self.send(before)
        self.topic.left_out_pointers = "/customer/email\n/customer/phone"
        receipt = make.make_receipt(register="2", customer=customer)
        self.send(make.make_event(receipt))
        self.work()
        first, second = self.stored()
        self.assertEqual((first | second).mapped("state"), ["done", "done"])
        self.assertIn("ada@example.com", first.payload)
        self.assertNotIn("ada@example.com", second.payload)
        self.assertNotIn("32470123456", second.payload)
        # Stored before the rule and repeated after it: still the same message.
        self.assertEqual(self.send(before).json()["status"], "duplicate")

    def test_declared_numbers_stay(self):
        receipt = make.make_receipt()
        receipt["tenders"][0]["gift_card"] = CARD
        self.send(make.make_event(receipt, event_id="one"))
        self.assertNowhere(CARD)
        self.topic.kept_pointers = "/tenders/*/gift_card"
        receipt["register"] = "2"
        self.send(make.make_event(receipt, event_id="two"))
        self.assertIn(CARD, self.stored()[-1].payload)

    def test_rules_that_cannot_work_are_refused(self):
        for name, text in (
            ("left_out_pointers", "customer/email"),
            ("kept_pointers", "gift_card"),
            ("left_out_pointers", "/store"),
            ("left_out_pointers", "/customer/email\n/lines/*/qty"),
        ):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.topic[name] = text
        self.topic.left_out_pointers = "/customer/email\n/some/new/field"
