"""Partners manage their own subscriptions over the API, and nobody else's."""

import json
import uuid
from datetime import timedelta

from standardwebhooks.webhooks import Webhook

from odoo import fields
from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase
from .fakes import Partner

PATH = "/retail/v1/subscriptions"
RECORDED = "retail.transaction.recorded.v1"
SCOPE = "subscriptions:manage"


@tagged("post_install", "-at_install")
class TestApiSubscriptions(GatewayCase):
    def setUp(self):
        super().setUp()
        self.topic = self.env.ref(
            "retail_integration_base.topic_transaction_recorded_v1"
        )
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        self.backend.write(
            {"phase_events": True, "offered_topic_ids": [(6, 0, self.topic.ids)]}
        )
        _key, self.text = self.env["retail.api.key"]._issue(self.backend, "all", SCOPE)

    def ask(self, method: str, path: str = "", body=None, text: str | None = None):
        return self.url_open(
            PATH + path,
            data=None if body is None else json.dumps(body),
            headers={
                "Authorization": f"Bearer {text or self.text}",
                "Content-Type": "application/json",
                "Idempotency-Key": f'"{uuid.uuid4()}"',
            },
            method=method,
        )

    def subscribe(self, **values):
        body = {"url": self.partner.url, "topics": [RECORDED], **values}
        response = self.ask("POST", body=body)
        self.assertEqual(response.status_code, 201, response.text)
        return response.json()

    def record(self, made: dict):
        self.env.invalidate_all()
        return (
            self.env["retail.subscription"]
            .with_context(active_test=False)
            .search([("uuid", "=", made["id"])])
        )

    def deliver(self) -> None:
        self.work(direction="out")

    def test_partner_subscribes_and_hears_of_sales_signed_with_its_secret(self):
        made = self.subscribe(name="Feed")
        self.assertEqual((made["status"], made["delivering"]), ("active", True))
        self.receive(make.make_event())
        self.work()
        self.deliver()
        headers, body = self.partner.received[0]
        lowered = {name.lower(): value for name, value in headers.items()}
        Webhook(made["secret"]).verify(body, lowered)
        listed = self.ask("GET").json()["items"]
        self.assertEqual([one["id"] for one in listed], [made["id"]])
        self.assertNotIn("secret", listed[0])
        self.assertNotIn("secret", self.ask("GET", f"/{made['id']}").json())

    def test_only_what_was_offered_and_can_be_called(self):
        for pointer, values in (
            ("/topics", {"topics": ["retail.ping.v1"]}),
            ("/topics", {"topics": ["retail.pos.receipt.v1"]}),
            ("/url", {"url": "https://user:pass@a.example/"}),
        ):
            body = {"url": "https://a.example/", "topics": [RECORDED], **values}
            with self.subTest(**values):
                response = self.ask("POST", body=body)
                self.assertProblem(response, 422, "RET-1502", pointer)
        self.assertProblem(self.ask("POST", body={"topics": [RECORDED]}), 422)
        self.assertFalse(self.backend.subscription_ids)

    def test_other_partners_and_keys_without_the_scope_are_kept_out(self):
        made = self.subscribe()
        other = make.make_backend(self.env, "other")
        _key, theirs = self.env["retail.api.key"]._issue(other, "theirs", SCOPE)
        one = f"/{made['id']}"
        for method, path, body in (
            ("GET", one, None),
            ("PATCH", one, {"name": "Mine"}),
            ("DELETE", one, None),
            ("POST", f"{one}/pause", None),
            ("POST", f"{one}/resume", None),
            ("POST", f"{one}/rotate-secret", {}),
            ("POST", f"{one}/test", None),
            ("GET", f"{one}/deliveries", None),
            ("POST", f"{one}/redeliver", {"since": "2020-01-01T00:00:00Z"}),
        ):
            with self.subTest(method=method, path=path):
                response = self.ask(method, path, body, theirs)
                self.assertProblem(response, 404, "RET-1403")
        self.assertEqual(self.ask("GET", text=theirs).json()["items"], [])
        _key, weak = self.env["retail.api.key"]._issue(self.backend, "weak")
        self.assertProblem(self.ask("GET", text=weak), 403, "RET-1401")
        self.assertEqual(self.record(made).name, "Default")

    def test_partner_changes_pauses_resumes_and_closes(self):
        made = self.subscribe()
        one = f"/{made['id']}"
        changed = self.ask("PATCH", one, {"name": "New"}).json()
        self.assertEqual((changed["name"], changed["url"]), ("New", made["url"]))
        self.assertEqual(self.ask("POST", f"{one}/pause").json()["status"], "paused")
        self.assertProblem(self.ask("POST", f"{one}/test"), 409, "RET-1503")
        self.assertEqual(self.ask("POST", f"{one}/resume").json()["status"], "active")
        self.record(made).action_disable()
        self.assertProblem(self.ask("POST", f"{one}/resume"), 409, "RET-1503")
        self.assertProblem(self.ask("POST", f"{one}/pause"), 409, "RET-1503")
        self.assertEqual(self.ask("DELETE", one).status_code, 204)
        self.assertProblem(self.ask("GET", one), 404, "RET-1403")
        self.assertFalse(self.record(made).active)

    def test_rotation_shows_a_new_secret_once(self):
        made = self.subscribe()
        rotated = self.ask("POST", f"/{made['id']}/rotate-secret", {"overlap_s": 60})
        self.assertNotEqual(rotated.json()["secret"], made["secret"])
        self.assertEqual(len(self.record(made).credential_ids), 2)

    def test_partner_sends_a_test_sees_its_attempts_and_sends_again(self):
        made = self.subscribe()
        one = f"/{made['id']}"
        self.partner.answers = [400]
        test = self.ask("POST", f"{one}/test")
        self.assertEqual(test.status_code, 202)
        self.deliver()
        (delivery,) = self.ask("GET", f"{one}/deliveries?status=failed").json()["items"]
        self.assertEqual(delivery["id"], test.json()["id"])
        self.assertEqual(delivery["type"], "retail.ping.v1")
        (attempt,) = delivery["attempts"]
        self.assertEqual((attempt["http_status"], attempt["code"]), (400, "RET-2101"))
        again = f"{one}/deliveries/{delivery['id']}/redeliver"
        self.assertEqual(self.ask("POST", again).json()["status"], "waiting")
        self.assertProblem(self.ask("POST", again), 409, "RET-1503")
        self.deliver()
        (delivery,) = self.ask("GET", f"{one}/deliveries").json()["items"]
        self.assertEqual(delivery["status"], "delivered")
        self.assertEqual(len(delivery["attempts"]), 2)
        since = fields.Datetime.now() - timedelta(hours=1)
        body = {"since": f"{since.isoformat(timespec='seconds')}Z", "what": "all"}
        answer = self.ask("POST", f"{one}/redeliver", body)
        self.assertEqual(answer.json(), {"count": 1, "more": False})
        self.deliver()
        ids = {headers["webhook-id"] for headers, _body in self.partner.received}
        self.assertEqual(len(self.partner.received), 3)
        self.assertEqual(ids, {delivery["id"]})
