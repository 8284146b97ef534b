"""What a key opens, from where, how often, and until when."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import api_key_use
from . import factories as make
from .common_http import GatewayCase

LIST = "/retail/v1/transactions"


@tagged("post_install", "-at_install")
class TestApiKeyLimits(GatewayCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(api_key_use._purses, clear=True))
        self.key, self.text = self.env["retail.api.key"]._issue(
            self.backend, "reader", "transactions:read", "events:write"
        )

    def ask(self, text: str | None = None, path: str = LIST):
        return self.url_open(
            path, headers={"Authorization": f"Bearer {text or self.text}"}
        )

    # --- scopes -----------------------------------------------------------------------

    def test_key_opens_what_it_is_for(self):
        self.assertEqual(self.ask().status_code, 200)
        problem = self.assertProblem(
            self.ask(path="/retail/v1/events/x"), 403, "RET-1401"
        )
        self.assertIn("events:read", problem["detail"])
        self.assertEqual(self.refusals(self.backend), {"scope": 1})

    def test_key_without_the_scope_sends_nothing(self):
        _key, text = self.env["retail.api.key"]._issue(
            self.backend, "only reads", "transactions:read"
        )
        response = self.post(
            "till/events",
            make.as_body(make.make_event()),
            {"Authorization": f"Bearer {text}"},
        )
        self.assertProblem(response, 403, "RET-1401")
        self.assertFalse(self.stored())

    def test_scope_that_does_not_exist_is_not_given(self):
        with self.assertRaises(ValidationError):
            self.env["retail.api.key"]._issue(self.backend, "x", "all:everything")

    def test_no_key_wrong_key_and_dead_key_get_the_same_words(self):
        self.key.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        answers = [
            self.url_open(LIST),
            self.ask("rtk_" + "x" * 43),
            self.ask(self.text[:-1] + ("A" if self.text[-1] != "A" else "B")),
            self.ask(self.text),
        ]
        words = {self.assertProblem(a, 401, "RET-1001")["detail"] for a in answers}
        self.assertEqual(len(words), 1)

    # --- service user -----------------------------------------------------------------

    def test_powerful_user_cannot_serve_a_key(self):
        for group in ("group_admin", "group_security", "base.group_system"):
            user = make.make_user(self.env, f"mighty-{group}", group)
            with self.subTest(group), self.assertRaises(ValidationError):
                self.key.user_id = user

    def test_user_of_another_company_cannot_serve_a_key(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = make.make_user(
            self.env, "far", "group_service", company_id=other.id, company_ids=other.ids
        )
        with self.assertRaises(ValidationError):
            self.key.user_id = user

    def test_rights_of_the_service_user_hold(self):
        self.key.user_id = make.make_user(self.env, "nobody-special")
        problem = self.assertProblem(self.ask(), 403, "RET-1401")
        self.assertNotIn("retail.transaction", problem["detail"])

    def test_key_of_a_user_that_left_opens_nothing(self):
        self.key.user_id = make.make_user(self.env, "leaver", "group_service")
        self.assertEqual(self.ask().status_code, 200)
        self.key.user_id.active = False
        self.assertProblem(self.ask(), 401, "RET-1001")

    # --- addresses --------------------------------------------------------------------

    def test_key_is_accepted_from_its_networks_only(self):
        self.key.allowed_networks = "192.0.2.0/24\n2001:db8::/32"
        problem = self.assertProblem(self.ask(), 403, "RET-1402")
        self.assertIn("127.0.0.1", problem["detail"])
        self.assertEqual(self.refusals(self.backend), {"address": 1})
        self.key.allowed_networks = "192.0.2.0/24, 127.0.0.0/8"
        self.assertEqual(self.ask().status_code, 200)

    def test_network_that_is_none_is_refused_when_written(self):
        with self.assertRaises(ValidationError):
            self.key.allowed_networks = "10.0.0.0/8, till-3"

    # --- rotation ---------------------------------------------------------------------

    def test_rotated_key_opens_until_the_overlap_is_over(self):
        new = self.key._rotate()
        self.assertEqual(self.ask().status_code, 200)
        self.assertEqual(self.ask(new).status_code, 200)
        self.key.previous_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertProblem(self.ask(), 401, "RET-1001")
        self.assertEqual(self.ask(new).status_code, 200)

    def test_rotation_does_not_outlive_the_key(self):
        self.key._rotate()
        self.key.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertProblem(self.ask(), 401, "RET-1001")

    def test_replaced_key_opens_nothing_even_if_it_was_rotated_before(self):
        new = self.key._rotate()
        self.key._renew()
        self.assertProblem(self.ask(), 401, "RET-1001")
        self.assertProblem(self.ask(new), 401, "RET-1001")

    # --- limit ------------------------------------------------------------------------

    def test_limit_is_told_and_kept(self):
        self.key.limit_per_minute = 3
        left = []
        for _request in range(3):
            response = self.ask()
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.headers["RateLimit-Policy"], '"key";q=3;w=60')
            left.append(response.headers["RateLimit"].partition(";t=")[0])
        self.assertEqual(left, ['"key";r=2', '"key";r=1', '"key";r=0'])
        response = self.ask()
        self.assertProblem(response, 429, "RET-1405")
        self.assertGreater(int(response.headers["Retry-After"]), 0)
        self.assertLessEqual(int(response.headers["Retry-After"]), 20)
        self.assertIn("r=0", response.headers["RateLimit"])

    def test_limit_is_one_for_all_workers_and_both_doors(self):
        self.key.limit_per_minute = 2
        self.assertEqual(self.ask().status_code, 200)
        api_key_use._purses.clear()  # another worker answers
        response = self.post(
            "till/events",
            make.as_body(make.make_event()),
            {"Authorization": f"Bearer {self.text}"},
        )
        self.assertEqual(response.status_code, 202)
        self.assertIn("r=0", response.headers["RateLimit"])
        api_key_use._purses.clear()
        self.assertProblem(self.ask(), 429, "RET-1405")

    def test_bucket_fills_again_with_time(self):
        self.key.limit_per_minute = 60
        facts = self.key._facts(self.backend.user_id)
        use = self.env["retail.api.key.use"]
        for _request in range(60):
            use._spend(facts, None)
        self.assertProblem(self.ask(), 429, "RET-1405")
        self.env.cr.execute(
            "UPDATE retail_api_key_use SET filled_at = filled_at - interval '5 s'"
        )
        api_key_use._purses.clear()
        for _request in range(5):
            self.assertEqual(self.ask().status_code, 200)

    def test_no_limit_is_no_limit(self):
        self.key.limit_per_minute = 0
        response = self.ask()
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("RateLimit", response.headers)

    def test_use_is_noted_beside_the_key(self):
        before = fields.Datetime.now() - timedelta(seconds=2)
        self.ask()
        self.env.invalidate_all()
        self.assertGreaterEqual(self.key.last_used_at, before)
        self.assertEqual(self.key.last_address, "127.0.0.1")

    def test_check_of_a_key_costs_no_query(self):
        keys = self.env["retail.api.key"]
        header = f"Bearer {self.text}"
        keys._admit(header, "transactions:read", "127.0.0.1")
        with self.assertQueryCount(0):
            for _request in range(100):
                keys._admit(header, "transactions:read", "127.0.0.1")
