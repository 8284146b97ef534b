"""What ``/events`` answers to bodies: repeated, contradicting, wrong, hostile."""

import json
from datetime import date

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase

DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000


def text_of(event: dict, **replaced: str) -> bytes:
    """Return ``event`` as JSON text with marks ``@name@`` replaced as text."""
    text = json.dumps(event)
    for name, raw in replaced.items():
        assert f'"@{name}@"' in text, name
        text = text.replace(f'"@{name}@"', raw)
    return text.encode()


@tagged("post_install", "-at_install")
class TestGatewayBodies(GatewayCase):
    # --- again ----------------------------------------------------------------------

    def test_same_message_again_is_a_duplicate_without_second_effect(self):
        event = make.make_event(event_id="evt-a")
        self.send(event)
        self.work()
        response = self.send(event)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()["status"], "duplicate")
        self.assertEqual(self.work(), 0)
        self.assertEqual(len(self.stored()), 1)
        self.assertEqual(len(self.stored().transaction_ids), 1)

    def test_other_spelling_of_the_same_message_is_a_duplicate(self):
        event = make.make_event(event_id="evt-a")
        self.send(event)
        backwards = dict(reversed(event.items()))
        backwards["data"] = dict(reversed(event["data"].items()))
        response = self.send_body(json.dumps(backwards, indent=3).encode())
        self.assertEqual(response.json()["status"], "duplicate")

    def test_same_id_with_other_content_is_a_conflict_for_one_person_once(self):
        self.backend.steward_id = self.env.ref("base.user_admin")
        self.send(make.make_event(make.make_receipt(sequence=1), event_id="evt-a"))
        for number in range(10):
            changed = make.make_receipt(sequence=2 + number % 2)
            response = self.send(make.make_event(changed, event_id="evt-a"))
            problem = self.assertProblem(response, 409, "RET-1301")
            self.assertIn("evt-a", problem["detail"])
        self.assertEqual(len(self.stored()), 1)
        exception = self.stored().exception_ids
        self.assertEqual(len(exception), 1)
        self.assertEqual(exception.code, "RET-1301")
        self.assertEqual(exception.user_id, self.backend.steward_id)
        self.work()
        self.assertEqual(self.stored().transaction_ids.ref, "12/3/1")

    def test_same_id_for_another_topic_is_a_conflict(self):
        first = make.make_event(make.make_order(), topic="retail.order.placed.v1")
        self.send(first)
        response = self.send(make.make_event(event_id=first["id"]))
        self.assertProblem(response, 409, "RET-1301")

    def test_message_id_belongs_to_one_backend(self):
        other = make.make_backend(self.env, "other")
        event = make.make_event(event_id="evt-a")
        self.assertEqual(self.send(event).status_code, 202)
        response = self.send(event, path="other/events")
        self.assertEqual(response.status_code, 202)
        self.assertEqual(len(self.stored(other)), 1)

    # --- media types ----------------------------------------------------------------

    def test_other_media_types_are_refused(self):
        body = make.as_body(make.make_event())
        for media_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/xml",
            "application/jsonp",
            "*/*",
            "json",
            "",
            None,
        ):
            with self.subTest(media_type):
                response = self.send_body(body, headers={"Content-Type": media_type})
                self.assertProblem(response, 415, "RET-1102")
        self.assertFalse(self.stored())

    def test_form_body_is_refused_although_its_signature_is_right(self):
        for body, media_type in (
            (b"a=1&b=2", "application/x-www-form-urlencoded"),
            (
                b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--",
                "multipart/form-data; boundary=x",
            ),
        ):
            with self.subTest(media_type):
                response = self.send_body(body, headers={"Content-Type": media_type})
                self.assertProblem(response, 415, "RET-1102")

    def test_json_under_its_usual_names_is_taken(self):
        for media_type in (
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON",
            "application/cloudevents+json",
        ):
            with self.subTest(media_type):
                body = make.as_body(make.make_event())
                response = self.send_body(body, headers={"Content-Type": media_type})
                self.assertEqual(response.status_code, 202)

    # --- size -----------------------------------------------------------------------

    def test_body_over_the_limit_is_refused(self):
        self.backend.payload_bytes_max = 4096
        event = make.make_event()
        self.assertEqual(self.send(event).status_code, 202)
        padded = json.dumps(event).encode().ljust(4097)
        self.assertProblem(self.send_body(padded), 413, "RET-1103")
        self.assertEqual(len(self.stored()), 1)

    def test_announced_size_is_refused_before_the_body_arrives(self):
        response = self.send_raw(
            "till/events",
            [
                ("Content-Type", "application/json"),
                ("Content-Length", str(self.backend.payload_bytes_max + 1)),
            ],
        )
        self.assertEqual(response.status, 413)
        self.assertEqual(response.headers["Connection"], "close")

    def test_unannounced_size_is_refused_where_the_limit_is_reached(self):
        self.backend.payload_bytes_max = 1000
        piece = b"400\r\n" + b" " * 1024 + b"\r\n"
        response = self.send_raw(
            "till/events",
            [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")],
            piece * 3 + b"0\r\n\r\n",
        )
        self.assertEqual(response.status, 413)

    # --- wrong ----------------------------------------------------------------------

    def test_text_that_is_not_strict_json_is_malformed(self):
        event = make.make_event(subject="@mark@")
        for name, body in {
            "empty": b"",
            "blank": b"  ",
            "no JSON": b"hello",
            "cut off": make.as_body(event)[:-5],
            "more after the value": make.as_body(event) + b"{}",
            "single quotes": b"{'id': 1}",
            "comment": b'{"id": 1 /* one */}',
            "byte order mark": b"\xef\xbb\xbf" + make.as_body(event),
            "UTF-16": make.as_body(event).decode().encode("utf-16"),
            "invalid UTF-8": text_of(event, mark='"\x00"').replace(b"\x00", b"\xff"),
            "NUL": text_of(event, mark='"a\\u0000b"'),
            "raw NUL": text_of(event, mark='"\x00"'),
            "lone surrogate": text_of(event, mark='"\\ud800"'),
            "NaN": text_of(event, mark="NaN"),
            "Infinity": text_of(event, mark="-Infinity"),
            "number out of range": text_of(event, mark="1e999"),
            "integer out of range": text_of(event, mark="1" * 5000),
            "key twice": text_of(event, mark='"a", "id": "evt-b"'),
            "deep objects": DEEP,
            "deep lists": b"[" * 100_000,
            "gzip": bytes.fromhex("1f8b0800") + b"\x00" * 20,
        }.items():
            with self.subTest(name):
                self.assertProblem(self.send_body(body), 400, "RET-1101")
        self.assertFalse(self.stored())

    def test_wrong_envelope_field_is_named_by_its_pointer(self):
        for pointer, values in {
            "/id": ({"id": 7}, {"id": ""}, {"id": "a b"}, {"id": "x" * 256}),
            "/specversion": ({"specversion": "0.3"}, {"specversion": 1.0}),
            "/source": ({"source": None}, {"source": "a\nb"}),
            "/type": ({"type": "sale"}, {"type": ["retail.pos.receipt.v1"]}),
            "/time": (
                {"time": "2026-11-20"},
                {"time": "2026-11-20T10:31:02"},
                {"time": 1795170662},
                {"time": "2026-02-30T00:00:00Z"},
                {"time": "0001-01-01T00:00:00+14:00"},
                {"time": "9999-12-31T23:59:59-14:00"},
            ),
            "/subject": ({"subject": {}},),
            "/partitionkey": ({"partitionkey": "x" * 256}, {"partitionkey": 5}),
            "/correlationid": ({"correlationid": "a b"},),
            "/datacontenttype": ({"datacontenttype": "text/xml"},),
            "/data": ({"data": []}, {"data": "x"}, {"data": None}),
        }.items():
            for value in values:
                with self.subTest(**value):
                    response = self.send({**make.make_event(), **value})
                    self.assertProblem(response, 422, "RET-1104", pointer)
        self.assertFalse(self.stored())

    def test_missing_envelope_field_is_named_by_its_pointer(self):
        for name in ("id", "specversion", "source", "type", "data"):
            event = make.make_event()
            del event[name]
            with self.subTest(name):
                self.assertProblem(self.send(event), 422, "RET-1104", f"/{name}")

    def test_wrong_field_of_the_document_is_named_by_its_pointer(self):
        for pointer, value in {
            "/data/store": {"store": 12},
            "/data/register": {"register": "a/b"},
            "/data/sequence": {"sequence": "160"},
            "/data/business_date": {"business_date": "20.11.2026"},
            "/data/type": {"type": "gift"},
            "/data/currency": {"currency": "eur"},
            "/data/ended_at": {"ended_at": "2026-11-20T25:00:00Z"},
            "/data/offline": {"offline": "yes"},
            "/data/lines": {"lines": {}},
            "/data/lines/0/qty": {"lines": [{"n": 1, **make.line(), "qty": 1}]},
            "/data/lines/0/unit_price": {
                "lines": [{"n": 1, **make.line(), "unit_price": 10.0}]
            },
            "/data/lines/0/total": {
                "lines": [{"n": 1, **make.line(), "total": "1.0000001"}]
            },
            "/data/lines/0/n": {"lines": [{**make.line(), "n": 0}]},
            "/data/tenders/0/amount": {"tenders": [{"type": "card", "amount": "1e3"}]},
            "/data/tenders/0/type": {"tenders": [{"type": "Card!", "amount": "1"}]},
            "/data/totals/grand": {"totals": {"grand": None}},
            "/data/customer/email": {"customer": {"email": 5}},
        }.items():
            with self.subTest(pointer):
                receipt = {**make.make_receipt(), **value}
                response = self.send(make.make_event(receipt))
                self.assertProblem(response, 422, "RET-1104", pointer)
        self.assertFalse(self.stored())

    def test_values_that_no_column_can_hold_are_refused_at_the_door(self):
        for pointer, value in {
            "/data/lines/0/n": {"lines": [{**make.line(), "n": 3_000_000_000}]},
            "/data/ended_at": {"ended_at": "0001-01-01T00:00:00+14:00"},
        }.items():
            with self.subTest(pointer):
                receipt = {**make.make_receipt(), **value}
                response = self.send(make.make_event(receipt))
                self.assertProblem(response, 422, "RET-1104", pointer)

    def test_personal_values_do_not_come_back_in_errors(self):
        receipt = make.make_receipt(customer={"email": 5, "phone": "0470 12 34 56" * 9})
        response = self.send(make.make_event(receipt))
        self.assertProblem(response, 422, "RET-1104", "/data/customer/phone")
        self.assertNotIn("0470", response.text)

    def test_many_mistakes_are_answered_with_the_first_twenty(self):
        receipt = make.make_receipt()
        receipt["lines"] = [{"n": n} for n in range(1, 200)]
        problem = self.assertProblem(self.send(make.make_event(receipt)), 422)
        self.assertEqual(len(problem["errors"]), 20)

    # --- topics ---------------------------------------------------------------------

    def test_unknown_topic_or_version_is_refused(self):
        for topic in ("retail.pos.receipt.v2", "retail.pos.nothing.v1"):
            with self.subTest(topic):
                response = self.send(make.make_event(topic=topic))
                self.assertProblem(response, 422, "RET-1105", "/type")
        self.assertFalse(self.stored())

    def test_archived_topic_is_refused(self):
        self.send(make.make_event())
        self.env.ref("retail_integration_base.topic_pos_receipt_v1").active = False
        self.assertProblem(self.send(make.make_event()), 422, "RET-1105", "/type")

    def test_topic_that_we_send_is_not_taken(self):
        event = make.make_event({}, topic="retail.transaction.recorded.v1")
        self.assertProblem(self.send(event), 422, "RET-1105", "/type")

    def test_unknown_fields_of_a_newer_minor_version_are_tolerated(self):
        receipt = make.make_receipt(mood="good")
        event = make.make_event(receipt, newattribute="x")
        self.assertEqual(self.send(event).status_code, 202)
        self.work()
        self.assertEqual(self.stored().state, "done")
        self.assertEqual(
            self.stored().transaction_ids.business_date, date(2026, 11, 20)
        )
