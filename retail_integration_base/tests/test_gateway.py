"""Who may speak at ``/events``: signatures, refusals all alike, states, stories."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import refusal
from ..tools import signing
from ..tools.clock import utc_now
from . import factories as make
from .common_http import GatewayCase


@tagged("post_install", "-at_install")
class TestGateway(GatewayCase):
    # --- accepted -------------------------------------------------------------------

    def test_signed_event_is_stored_and_answered_with_its_ids(self):
        response = self.send(make.make_event(event_id="evt-a"))
        self.assertEqual(response.status_code, 202)
        event = self.stored()
        self.assertEqual(
            response.json(),
            {
                "id": "evt-a",
                "status": "accepted",
                "correlation_id": event.correlation_id,
            },
        )
        self.assertEqual(event.event_key, "evt-a")
        self.assertEqual(event.state, "received")
        self.assertEqual(event.partition_key, "receipt:12/3")
        self.assertEqual(event.company_id, self.backend.company_id)

    def test_answer_sets_no_cookie_and_may_not_be_cached(self):
        response = self.send(make.make_event())
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_nothing_of_odoos_pages_is_prepared_for_a_message(self):
        asked = "odoo.addons.base.models.ir_http.get_lang"
        with patch(asked, side_effect=AssertionError("for pages only")):
            self.assertEqual(self.send(make.make_event()).status_code, 202)
        debugged = self.opener.get(self.base_url() + "/retail/v1/topics?debug=1")
        self.assertNotIn("Set-Cookie", debugged.headers)

    def test_stored_message_becomes_a_transaction(self):
        self.send(make.make_event(make.make_receipt(sequence=160)))
        self.work()
        self.assertEqual(self.stored().transaction_ids.ref, "12/3/160")

    # --- refused --------------------------------------------------------------------

    def bad_signatures(self, body: bytes) -> dict[str, dict]:
        """Return the headers of each kind of bad signature over ``body``."""
        good = self.sign(body)
        now = utc_now()
        tampered = {**good, "webhook-signature": "v1," + "A" * 43 + "="}
        return {
            "wrong": tampered,
            "of another body": self.sign(body + b" "),
            "of another message id": {**good, "webhook-id": "msg-2"},
            "missing": {k: v for k, v in good.items() if k != "webhook-signature"},
            "without id": {k: v for k, v in good.items() if k != "webhook-id"},
            "without time": {k: v for k, v in good.items() if k != "webhook-timestamp"},
            "without anything": {},
            "malformed": {**good, "webhook-signature": "v1;nonsense"},
            "empty": {**good, "webhook-signature": ""},
            "time that is no number": {**good, "webhook-timestamp": "yesterday"},
            "stale": self.sign(body, timestamp=now - timedelta(seconds=330)),
            "future": self.sign(body, timestamp=now + timedelta(seconds=330)),
            "Basic": {"Authorization": "Basic dGlsbDp0aWxs"},
            "empty Bearer": {"Authorization": "Bearer "},
        }

    def refusal_of(self, path: str, body: bytes, headers: dict) -> tuple[dict, dict]:
        """Return problem and headers of a refused request, without what must differ."""
        response = self.post(path, body, headers)
        problem = self.assertProblem(response, 401, "RET-1001")
        problem.pop("correlation_id")
        seen = dict(response.headers)
        for name in ("Date", "X-Correlation-Id", "Content-Length"):
            seen.pop(name, None)
        return problem, seen

    def test_every_bad_signature_gets_the_same_answer(self):
        body = make.as_body(make.make_event())
        expected = self.refusal_of("till/events", body, {})
        for kind, headers in self.bad_signatures(body).items():
            for path in ("till/events", "nobody/events"):
                with self.subTest(kind, path=path):
                    self.assertEqual(self.refusal_of(path, body, headers), expected)
        self.assertFalse(self.stored())

    def test_right_signature_does_not_open_an_unknown_backend(self):
        body = make.as_body(make.make_event())
        expected = self.refusal_of("till/events", body, {})
        for code in ("nobody", "TILL", "till%20", "till%00", "%C3%A9", "a" * 300):
            with self.subTest(code):
                answer = self.refusal_of(f"{code}/events", body, self.sign(body))
                self.assertEqual(answer, expected)

    def test_unknown_backend_costs_a_signature_as_well(self):
        body = make.as_body(make.make_event())
        with patch.object(signing, "verify_decoy", wraps=signing.verify_decoy) as spent:
            self.post("nobody/events", body, self.sign(body))
        spent.assert_called_once_with(body)

    def test_unknown_backends_leave_no_trace_in_the_workers_memory(self):
        gateway = self.env["retail.gateway"]
        gateway._find_door("nobody")
        with self.assertQueryCount(0):
            for number in range(20):
                self.assertIsNone(gateway._find_door(f"nobody-{number}"))

    def test_large_body_does_not_tell_a_backend_from_an_unknown_one(self):
        body = b" " * (self.backend.payload_bytes_max + 1)
        answers = {
            path: self.post(path, body, self.sign(body)).status_code
            for path in ("till/events", "nobody/events")
        }
        self.assertEqual(answers["till/events"], answers["nobody/events"])

    def test_doubled_signature_header_is_refused(self):
        body = make.as_body(make.make_event())
        good = self.sign(body)
        lines = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            *good.items(),
        ]
        self.assertEqual(self.send_raw("till/events", lines, body).status, 202)
        for name in good:
            with self.subTest(name):
                twice = [*lines, (name, good[name])]
                response = self.send_raw("till/events", twice, body)
                self.assertEqual(response.status, 401)
        self.assertEqual(len(self.stored()), 1)

    def test_nothing_is_left_of_refused_requests_but_a_count(self):
        body = make.as_body(make.make_event())
        for headers in self.bad_signatures(body).values():
            self.post("till/events", body, headers)
        counts = self.refusals(self.backend)
        self.assertEqual(sum(counts.values()), len(self.bad_signatures(body)))
        self.assertEqual(counts["stale"], 1)
        self.assertEqual(counts["future"], 1)
        self.assertEqual(counts["key"], 2)
        self.assertFalse(self.stored())
        self.assertFalse(
            self.env["retail.exception"].search([("backend_id", "=", self.backend.id)])
        )

    def test_flood_of_refusals_is_one_row_an_hour_for_each_reason(self):
        for number in range(100):
            self.post("till/events", b"{}")
            self.post(f"nobody-{number}/events", b"{}")
        self.assertEqual(self.refusals(self.backend), {"missing": 100})
        self.assertEqual(self.refusals(), {"unknown_backend": 100})
        rows = self.env["retail.refusal"].search(
            [("backend_ref", "=", self.backend.id)]
        )
        self.assertEqual(len(rows), len(set(rows.mapped("hour_at"))))

    def test_refusals_are_written_at_most_every_few_seconds(self):
        self.post("till/events", b"{}")
        self.env["retail.refusal"]._flush_buffer()
        with patch.object(refusal.RetailRefusal, "_flush_buffer") as flush:
            for _ in range(20):
                self.post("till/events", b"{}")
            flush.assert_not_called()
            with patch.object(refusal, "FLUSH_INTERVAL_S", 0.0):
                self.post("till/events", b"{}")
            flush.assert_called_once_with()

    def test_counts_of_an_hour_add_up(self):
        for total in (1, 2):
            self.post("till/events", b"{}")
            self.assertEqual(self.refusals(self.backend), {"missing": total})

    def test_old_counts_are_forgotten(self):
        self.post("till/events", b"{}")
        self.assertEqual(self.refusals(self.backend), {"missing": 1})
        self.env.cr.execute(
            "UPDATE retail_refusal SET hour_at = hour_at - interval '91 days'"
            " WHERE backend_ref = %s",
            [self.backend.id],
        )
        self.env["retail.refusal"]._gc_refusals()
        self.assertFalse(self.refusals(self.backend))

    # --- states ---------------------------------------------------------------------

    def test_backend_that_takes_nothing_asks_to_come_back(self):
        for values in ({"state": "paused"}, {"state": "draft"}, {"phase_read": False}):
            self.backend.write({"state": "active", "phase_read": True})
            self.backend.write(values)
            with self.subTest(**values):
                response = self.send(make.make_event())
                self.assertProblem(response, 503, "RET-1002")
                self.assertGreater(int(response.headers["Retry-After"]), 0)
        self.assertFalse(self.stored())

    def test_paused_backend_tells_nothing_to_a_stranger(self):
        body = make.as_body(make.make_event())
        expected = self.refusal_of("till/events", body, {})
        self.backend.action_pause()
        self.assertEqual(self.refusal_of("till/events", body, {}), expected)

    def test_archived_backend_is_like_an_unknown_one(self):
        body = make.as_body(make.make_event())
        expected = self.refusal_of("nobody/events", body, self.sign(body))
        self.backend.active = False
        answer = self.refusal_of("till/events", body, self.sign(body))
        self.assertEqual(answer, expected)

    def test_backend_takes_messages_again_after_a_pause(self):
        event = make.make_event()
        self.backend.action_pause()
        self.assertEqual(self.send(event).status_code, 503)
        self.backend.action_activate()
        self.assertEqual(self.send(event).status_code, 202)

    # --- stories --------------------------------------------------------------------

    def test_senders_correlation_id_comes_back_and_is_stored(self):
        response = self.send(
            make.make_event(), headers={"X-Correlation-Id": "story-7/a"}
        )
        self.assertEqual(response.headers["X-Correlation-Id"], "story-7/a")
        self.assertEqual(response.json()["correlation_id"], "story-7/a")
        self.assertEqual(self.stored().correlation_id, "story-7/a")

    def test_unsound_correlation_id_is_replaced(self):
        for text in ("a b", "<script>", "100%s", "x" * 129, "\u00e9", "a;b", '"'):
            with self.subTest(text):
                response = self.send(
                    make.make_event(),
                    headers={"X-Correlation-Id": text.encode("latin-1")},
                )
                self.assertEqual(response.status_code, 202)
                self.assertRegex(response.headers["X-Correlation-Id"], "^[0-9a-f]{32}$")
        for stored in self.stored().mapped("correlation_id"):
            self.assertRegex(stored, "^[0-9a-f]{32}$")

    def test_correlation_id_of_the_envelope_goes_before_the_header(self):
        self.send(
            make.make_event(correlationid="from-till"),
            headers={"X-Correlation-Id": "from-proxy"},
        )
        self.assertEqual(self.stored().correlation_id, "from-till")

    def test_correlation_id_of_the_envelope_is_one_that_logs_can_show(self):
        self.send(make.make_event(correlationid='100%s"{}'))
        for event in self.stored():
            self.assertRegex(event.correlation_id, r"^[A-Za-z0-9._:/+=@-]{1,128}$")

    def test_refusal_carries_the_senders_correlation_id(self):
        response = self.post("till/events", b"{}", {"X-Correlation-Id": "lost-1"})
        problem = self.assertProblem(response, 401)
        self.assertEqual(problem["correlation_id"], "lost-1")

    # --- bugs -----------------------------------------------------------------------

    def test_bug_of_ours_tells_nothing_about_our_inside(self):
        gateway = type(self.env["retail.gateway"])
        bug = ZeroDivisionError("SELECT password FROM odoo.py")
        with (
            patch.object(gateway, "_receive_events", side_effect=bug),
            mute_logger("odoo.http"),
        ):
            response = self.send(make.make_event())
        problem = self.assertProblem(response, 500, "RET-2010")
        self.assertEqual(problem["detail"], problem["title"])
        self.assertFalse(self.stored())
