"""API keys at ``/events``: what opens, what does not, and what a key is at rest."""

import hashlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from . import factories as make
from .common_http import GatewayCase


@tagged("post_install", "-at_install")
class TestApiKeys(GatewayCase):
    def setUp(self):
        super().setUp()
        self.key, self.text = self.env["retail.api.key"]._issue(self.backend, "till 3")
        self.body = make.as_body(make.make_event())

    def knock(self, text: str, path: str = "till/events", **headers: str):
        return self.post(
            path, self.body, {"Authorization": f"Bearer {text}", **headers}
        )

    def test_right_key_opens_the_door_without_a_signature(self):
        self.assertEqual(self.knock(self.text).status_code, 202)
        self.assertEqual(len(self.stored()), 1)

    def test_key_is_a_bearer_token_however_that_is_spelled(self):
        for scheme, status in (("bearer", 202), ("BEARER", 200), ("Basic", 401)):
            with self.subTest(scheme):
                headers = {"Authorization": f"{scheme} {self.text}"}
                response = self.post("till/events", self.body, headers)
                self.assertEqual(response.status_code, status)

    def test_wrong_key_is_refused_and_counted(self):
        for text in (self.text[:-1], self.text + "x", "rtk_", self.key.prefix, "\xe9"):
            with self.subTest(text):
                self.assertProblem(self.knock(text), 401, "RET-1001")
        self.assertEqual(self.refusals(self.backend), {"key": 5})
        self.assertFalse(self.stored())

    def test_key_opens_its_own_backend_only(self):
        make.make_backend(self.env, "other")
        self.assertProblem(self.knock(self.text, "other/events"), 401, "RET-1001")
        self.assertProblem(self.knock(self.text, "nobody/events"), 401, "RET-1001")

    def test_expired_key_is_refused(self):
        self.key.expires_at = fields.Datetime.now() + timedelta(minutes=1)
        self.assertEqual(self.knock(self.text).status_code, 202)
        self.key.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertProblem(self.knock(self.text), 401, "RET-1001")

    def test_withdrawn_key_is_refused_at_once(self):
        self.assertEqual(self.knock(self.text).status_code, 202)
        self.key.active = False
        self.assertProblem(self.knock(self.text), 401, "RET-1001")
        self.key.active = True
        self.assertEqual(self.knock(self.text).status_code, 200)
        self.key.unlink()
        self.assertProblem(self.knock(self.text), 401, "RET-1001")

    def test_webhook_route_takes_no_keys(self):
        self.assertProblem(self.knock(self.text, "till/webhook"), 401, "RET-1001")

    def test_right_signature_does_not_excuse_a_wrong_key(self):
        signed = self.sign(self.body)
        self.assertProblem(self.knock("rtk_wrong", **signed), 401, "RET-1001")

    def test_paused_backend_is_paused_for_keys_too(self):
        self.backend.action_pause()
        self.assertProblem(self.knock(self.text), 503, "RET-1002")

    def test_key_is_stored_as_a_digest_only(self):
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM retail_api_key WHERE id = %s", [self.key.id])
        row = self.env.cr.dictfetchone()
        self.assertNotIn(self.text, str(row))
        self.assertEqual(row["digest"], hashlib.sha256(self.text.encode()).hexdigest())
        self.assertLess(len(row["prefix"]), len(self.text) // 2)

    def test_digest_is_readable_by_nobody(self):
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            self.key.with_user(admin).read(["digest"])

    def test_two_keys_of_a_backend_both_open(self):
        _key, text = self.env["retail.api.key"]._issue(self.backend, "till 4")
        self.assertEqual(self.knock(text).status_code, 202)
        self.assertEqual(self.knock(self.text).status_code, 200)

    def test_key_without_text_opens_nothing(self):
        self.key.unlink()
        self.env["retail.api.key"].create(
            {"backend_id": self.backend.id, "name": "not issued"}
        )
        for text in ("", "rtk_", "None", "False"):
            with self.subTest(text):
                self.assertProblem(self.knock(text), 401, "RET-1001")

    def test_officer_issues_a_key_that_replaces_the_old_text(self):
        officer = make.make_user(self.env, "officer", "group_security")
        action = self.key.with_user(officer).action_issue()
        text = action["params"]["message"]
        self.assertEqual(self.knock(text).status_code, 202)
        self.assertProblem(self.knock(self.text), 401, "RET-1001")
        self.assertTrue(text.startswith(self.key.prefix))

    def test_administrator_who_is_no_officer_issues_no_key(self):
        admin = make.make_user(self.env, "only-admin", "group_admin")
        with self.assertRaises(AccessError):
            self.key.with_user(admin).action_issue()
        self.assertEqual(self.knock(self.text).status_code, 202)
