"""The description and the running API say the same, operation by operation.

What Schemathesis (``tests/fuzz``) found once has its test here.
"""

import json
import re

from odoo.tests import tagged

from ..controllers.api import DECLARED
from ..schemas.api_subscription import SubscriptionRequest
from ..schemas.api_subscription_examples import REQUEST
from . import factories as make
from .common_http import GatewayCase

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


@tagged("post_install", "-at_install")
class TestApiDescribed(GatewayCase):
    def setUp(self):
        super().setUp()
        scopes = self.env["retail.api.scope"].search([]).mapped("name")
        _key, self.text = self.env["retail.api.key"]._issue(
            self.backend, "all", *scopes
        )
        self.document = self.url_open("/retail/v1/openapi.json").json()

    def described(self):
        """Yield method, address and description of every operation."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                address = path.replace("{code}", "till").replace("{id}", UNKNOWN_ID)
                yield (
                    method.upper(),
                    re.sub(r"\{\w+\}", UNKNOWN_ID, address),
                    operation,
                )

    def ask(self, method: str, address: str, **headers: str):
        return self.url_open(
            address,
            data=None if method in ("GET", "DELETE") else b"{}",
            headers={"Content-Type": "application/json", **headers},
            method=method,
        )

    def test_nothing_but_the_public_is_answered_without_proof(self):
        guarded = 0
        for method, address, operation in self.described():
            if not operation["security"]:
                continue
            guarded += 1
            with self.subTest(method=method, address=address):
                self.assertProblem(self.ask(method, address), 401)
                wrong = self.ask(method, address, Authorization="Bearer rtk_wrong")
                self.assertProblem(wrong, 401)
        self.assertGreater(guarded, 10)

    def test_header_that_is_required_is_asked_for(self):
        asked = 0
        for method, address, operation in self.described():
            names = [one["name"] for one in operation["parameters"]]
            if "Idempotency-Key" not in names:
                continue
            asked += 1
            with self.subTest(method=method, address=address):
                answer = self.ask(method, address, Authorization=f"Bearer {self.text}")
                # Whoever sends no sound body or id is told that first.
                self.assertIn(answer.status_code, (400, 404, 422))
                if answer.status_code == 400:
                    self.assertProblem(answer, 400, "RET-1406")
        self.assertGreater(asked, 3)

    def test_topics_to_choose_from_are_those_that_are_sent(self):
        choices = self.document["components"]["schemas"]["OutgoingTopic"]["enum"]
        sent = self.env["retail.topic"].search([("direction", "=", "out")])
        self.assertEqual(choices, sorted(sent.mapped("name")))

    def test_example_of_a_subscription_is_accepted_once_its_topic_is_offered(self):
        headers = {
            "Authorization": f"Bearer {self.text}",
            "Content-Type": "application/json",
            "Idempotency-Key": '"example"',
        }
        body = json.dumps(REQUEST)
        path = "/retail/v1/subscriptions"
        refused = self.url_open(path, data=body, headers=headers)
        self.assertProblem(refused, 422, "RET-1502", "/topics")
        self.backend.offered_topic_ids = self.env["retail.topic"].search(
            [("name", "in", REQUEST["topics"])]
        )
        made = self.url_open(path, data=body, headers=headers)
        self.assertEqual(made.status_code, 201, made.text)

    def test_texts_with_nul_are_refused_in_words(self):
        receipt = make.make_receipt(cashier="a\x00b")
        response = self.send(make.make_event(receipt))
        self.assertProblem(response, 400, "RET-1101")
        named = {**REQUEST, "name": "a\x00b"}
        response = self.url_open(
            "/retail/v1/subscriptions",
            data=json.dumps(named),
            headers={
                "Authorization": f"Bearer {self.text}",
                "Content-Type": "application/json",
                "Idempotency-Key": '"nul"',
            },
        )
        self.assertIn(response.status_code, (400, 422))

    def test_examples_keep_the_shapes_that_they_are_examples_of(self):
        checked = 0
        for operation in self.with_examples():
            for kind, models in (
                ("body", [operation.body]),
                ("answer", list(operation.answers.values())),
            ):
                for name, value in operation.examples.get(kind, {}).items():
                    with self.subTest(operation.operation_id, kind=kind, name=name):
                        self.assertTrue(self.fits(value, models))
                        checked += isinstance(models[0], type)
        self.assertGreater(checked, 10)
        self.assertFalse(self.fits({"topics": []}, [SubscriptionRequest]))

    def with_examples(self):
        """Return the declared operations that show examples."""
        declared = {
            rule.endpoint.routing[DECLARED]
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if DECLARED in rule.endpoint.routing
        }
        return [one for one in declared if one.examples]

    @staticmethod
    def fits(value, models) -> bool:
        text = json.dumps(value)
        for model in models:
            if not isinstance(model, type):
                return True
            try:
                model.model_validate_json(text)
            except ValueError:
                continue
            return True
        return False
