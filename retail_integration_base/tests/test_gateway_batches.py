"""Many events in one request: all are checked before any is stored."""

import json

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase

NDJSON = {"Content-Type": "application/x-ndjson"}


def as_lines(*events: object) -> bytes:
    """Return values as newline-delimited JSON."""
    return "".join(json.dumps(event) + "\n" for event in events).encode()


@tagged("post_install", "-at_install")
class TestGatewayBatches(GatewayCase):
    def events(self, count: int) -> list[dict]:
        return [make.make_event() for _ in range(count)]

    def test_array_is_stored_and_answered_one_by_one_in_order(self):
        events = self.events(3)
        response = self.send(*events)
        self.assertEqual(response.status_code, 202)
        answer = response.json()
        self.assertEqual(answer["counts"]["accepted"], 3)
        ids = [event["id"] for event in events]
        self.assertEqual([result["id"] for result in answer["results"]], ids)
        self.assertEqual(self.stored().mapped("event_key"), ids)

    def test_array_of_one_is_answered_as_array(self):
        response = self.send_body(json.dumps(self.events(1)).encode())
        self.assertEqual(len(response.json()["results"]), 1)

    def test_lines_are_stored_like_an_array(self):
        for media_type in ("application/x-ndjson", "application/ndjson"):
            with self.subTest(media_type):
                body = as_lines(*self.events(2)) + b"\n  \r\n"
                response = self.send_body(body, headers={"Content-Type": media_type})
                self.assertEqual(response.status_code, 202)
                self.assertEqual(response.json()["counts"]["accepted"], 2)
        self.assertEqual(len(self.stored()), 4)

    def test_every_message_of_a_batch_has_a_story_of_its_own(self):
        self.send(*self.events(3), headers={"X-Correlation-Id": "batch"})
        stories = self.stored().mapped("correlation_id")
        self.assertEqual(len(set(stories)), 3)
        self.assertNotIn("batch", stories)

    def test_what_events_share_and_what_each_has_alone_is_stored(self):
        events = self.events(3)
        own = {
            "subject": "receipt 7",
            "source": "till-7",
            "time": "2026-11-20T10:31:02Z",
            "causationid": "order-7",
            "partitionkey": "seven",
        }
        events[1].update(own)
        self.send(*events)
        stored = self.stored()
        self.assertEqual(stored.mapped("event_key"), [one["id"] for one in events])
        alone = stored[1]
        self.assertEqual(
            (alone.subject, alone.source, alone.causation_id, alone.partition_key),
            ("receipt 7", "till-7", "order-7", "seven"),
        )
        self.assertEqual(str(alone.event_at), "2026-11-20 10:31:02")
        for one in stored - alone:
            self.assertFalse(one.subject or one.causation_id or one.event_at)
            self.assertEqual(one.partition_key, "receipt:12/3")
        self.assertEqual(len(set(stored.mapped("content_hash"))), 3)

    def test_one_wrong_event_refuses_the_whole_request_and_is_named(self):
        lines = [{"n": 1, **make.line(), "qty": 2}]
        wrong = make.make_event({**make.make_receipt(), "lines": lines})
        events = [*self.events(3), wrong]
        pointer = "/3/data/lines/0/qty"
        for body, headers in (
            (json.dumps(events).encode(), {}),
            (as_lines(*events), NDJSON),
        ):
            with self.subTest(headers=headers):
                response = self.send_body(body, headers=headers)
                self.assertProblem(response, 422, "RET-1104", pointer)
        self.assertFalse(self.stored())

    def test_wrong_envelope_and_unknown_topic_are_named_by_their_position(self):
        for pointer, wrong, code in (
            ("/1/id", make.make_event(event_id="a b"), "RET-1104"),
            ("/1/type", make.make_event(topic="retail.pos.receipt.v9"), "RET-1105"),
            ("/1", 5, "RET-1104"),
            ("/1", None, "RET-1104"),
            ("/1", [], "RET-1104"),
        ):
            with self.subTest(pointer, wrong=wrong):
                response = self.send(*self.events(1), wrong)
                self.assertProblem(response, 422, code, pointer)
        self.assertFalse(self.stored())

    def test_line_that_is_no_json_is_named_by_its_number(self):
        body = as_lines(*self.events(2)) + b'{"id": \n'
        response = self.send_body(body, headers=NDJSON)
        problem = self.assertProblem(response, 400, "RET-1101")
        self.assertIn("line 3", problem["detail"])
        self.assertFalse(self.stored())

    def test_empty_batch_is_refused(self):
        self.assertProblem(self.send_body(b"[]"), 422, "RET-1104")
        self.assertProblem(self.send_body(b"\n\n", headers=NDJSON), 400, "RET-1101")

    def test_value_that_is_no_event_is_refused(self):
        for body in (b"null", b"true", b"5", b'"event"', b"{}", b"[[]]", b"[null]"):
            with self.subTest(body):
                self.assertProblem(self.send_body(body), 422, "RET-1104")
        self.assertFalse(self.stored())

    def test_more_than_a_thousand_events_are_refused(self):
        event = make.make_event()
        events = [{**event, "id": f"many-{n}"} for n in range(1001)]
        self.assertProblem(self.send(*events), 422, "RET-1104", "")
        self.assertFalse(self.stored())
        self.assertEqual(self.send(*events[:1000]).status_code, 202)
        self.assertEqual(len(self.stored()), 1000)

    # --- known ones among them ------------------------------------------------------

    def test_known_events_of_a_batch_are_duplicates(self):
        old, new = self.events(2)
        self.send(old)
        answer = self.send(old, new).json()
        self.assertEqual(
            [result["status"] for result in answer["results"]],
            ["duplicate", "accepted"],
        )
        self.assertEqual(
            answer["counts"], {"accepted": 1, "duplicate": 1, "conflict": 0}
        )

    def test_event_is_the_same_however_it_is_packed(self):
        event = make.make_event(make.make_receipt(operator="Zo\u00e9"))
        escaped = json.dumps(event).encode()
        plain = json.dumps(event, ensure_ascii=False, indent=1).encode()
        self.assertEqual(self.send_body(escaped).status_code, 202)
        for body, headers in (
            (plain, {}),
            (b"[" + plain + b"]", {}),
            (escaped + b"\n", NDJSON),
        ):
            with self.subTest(body[:1], headers=headers):
                response = self.send_body(body, headers=headers)
                self.assertEqual(response.status_code, 200, response.text)
        self.assertEqual(len(self.stored()), 1)

    def test_batch_of_known_events_answers_duplicate(self):
        events = self.events(2)
        self.send(*events)
        self.assertEqual(self.send(*events).status_code, 200)
        self.assertEqual(len(self.stored()), 2)

    def test_conflict_in_a_batch_does_not_keep_the_others_out(self):
        old, new = self.events(2)
        self.send(old)
        response = self.send(make.make_event(event_id=old["id"]), new)
        self.assertEqual(response.status_code, 202)
        verdicts = [result["status"] for result in response.json()["results"]]
        self.assertEqual(verdicts, ["conflict", "accepted"])
        self.assertEqual(self.stored()[0].exception_ids.code, "RET-1301")

    def test_batch_with_nothing_but_conflicts_answers_conflict(self):
        first, second = self.events(2)
        self.send(first, second)
        response = self.send(make.make_event(event_id=first["id"]), second)
        self.assertEqual(response.status_code, 409)

    def test_twins_inside_a_batch_are_one_message(self):
        event = make.make_event()
        answer = self.send(event, event).json()
        self.assertEqual(len(self.stored()), 1)
        verdicts = [result["status"] for result in answer["results"]]
        self.assertEqual(verdicts, ["accepted", "duplicate"])

    def test_contradicting_twins_inside_a_batch_keep_the_first(self):
        first = make.make_event(make.make_receipt(sequence=1), event_id="evt-a")
        second = make.make_event(make.make_receipt(sequence=2), event_id="evt-a")
        answer = self.send(first, second).json()
        verdicts = [result["status"] for result in answer["results"]]
        self.assertEqual(verdicts, ["accepted", "conflict"])
        self.assertEqual(self.stored().exception_ids.code, "RET-1301")
        self.work()
        self.assertEqual(self.stored().transaction_ids.sequence, 1)
