"""A request that comes twice over HTTP has one effect and one answer, secrets too."""

import json

from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase
from .fakes import Partner

PATH = "/retail/v1/subscriptions"
RECORDED = "retail.transaction.recorded.v1"


@tagged("post_install", "-at_install")
class TestApiRepeated(GatewayCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        topic = self.env.ref("retail_integration_base.topic_transaction_recorded_v1")
        self.backend.write(
            {"phase_events": True, "offered_topic_ids": [(6, 0, topic.ids)]}
        )
        _key, self.text = self.env["retail.api.key"]._issue(
            self.backend, "all", "subscriptions:manage"
        )

    def ask(self, path: str, body=None, key: str | None = "one"):
        headers = {
            "Authorization": f"Bearer {self.text}",
            "Content-Type": "application/json",
        }
        if key:
            headers["Idempotency-Key"] = f'"{key}"'
        data = None if body is None else json.dumps(body)
        return self.url_open(PATH + path, data=data, headers=headers, method="POST")

    def subscribe(self, **kwargs):
        body = {"url": self.partner.url, "topics": [RECORDED]}
        return self.ask("", body, **kwargs)

    def assertRepeats(self, first, second):
        self.assertEqual(second.status_code, first.status_code, second.text)
        self.assertEqual(second.json(), first.json())
        self.assertNotIn("Idempotency-Replayed", first.headers)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")

    def kept(self) -> list[str]:
        self.env.cr.execute("SELECT body FROM retail_idempotency_key ORDER BY id")
        return [body for (body,) in self.env.cr.fetchall()]

    def test_subscription_is_made_once_and_its_secret_answered_again(self):
        first, second = self.subscribe(), self.subscribe()
        self.assertEqual(first.status_code, 201, first.text)
        self.assertRepeats(first, second)
        self.env.invalidate_all()
        self.assertEqual(len(self.backend.subscription_ids), 1)
        self.assertEqual(len(self.backend.subscription_ids.credential_ids), 1)

    def test_secret_is_not_readable_where_the_answer_is_kept(self):
        made = self.subscribe().json()
        body = self.kept()[-1]
        for part in (made["secret"], made["secret"][6:], made["url"]):
            self.assertNotIn(part, body)

    def test_secret_is_changed_once(self):
        one = f"/{self.subscribe(key='make').json()['id']}"
        first = self.ask(f"{one}/rotate-secret", {})
        self.assertRepeats(first, self.ask(f"{one}/rotate-secret", {}))
        self.env.invalidate_all()
        self.assertEqual(len(self.backend.subscription_ids.credential_ids), 2)
        self.assertFalse([b for b in self.kept() if first.json()["secret"] in b])

    def test_test_event_and_redelivery_go_out_once(self):
        one = f"/{self.subscribe(key='make').json()['id']}"
        first = self.ask(f"{one}/test", key="test")
        self.assertEqual(first.status_code, 202)
        self.assertRepeats(first, self.ask(f"{one}/test", key="test"))
        self.work(direction="out")
        self.assertEqual(len(self.partner.received), 1)
        again = f"{one}/deliveries/{first.json()['id']}/redeliver"
        first = self.ask(again, key="again")
        self.work(direction="out")
        self.assertRepeats(first, self.ask(again, key="again"))
        self.work(direction="out")
        self.assertEqual(len(self.partner.received), 2)
        since = {"since": "2020-01-01T00:00:00Z", "what": "all"}
        first = self.ask(f"{one}/redeliver", since, key="all")
        self.work(direction="out")
        self.assertRepeats(first, self.ask(f"{one}/redeliver", since, key="all"))
        self.work(direction="out")
        self.assertEqual(len(self.partner.received), 3)

    def test_key_is_asked_for_and_fits_one_request_only(self):
        self.assertProblem(self.subscribe(key=None), 400, "RET-1406")
        one = f"/{self.subscribe().json()['id']}"
        self.assertProblem(self.ask(f"{one}/test"), 422, "RET-1407")
        self.assertFalse(self.partner.received)

    def test_refused_request_may_be_mended_under_its_key(self):
        topics = self.backend.offered_topic_ids
        self.backend.offered_topic_ids = False
        self.assertProblem(self.subscribe(), 422, "RET-1502", "/topics")
        self.backend.offered_topic_ids = topics
        self.assertEqual(self.subscribe().status_code, 201)

    def test_other_keys_of_the_partner_are_other_callers(self):
        self.subscribe()
        other = make.make_backend(self.env, "other")
        _key, self.text = self.env["retail.api.key"]._issue(
            other, "all", "subscriptions:manage"
        )
        self.assertProblem(self.subscribe(), 422, "RET-1502", "/topics")
