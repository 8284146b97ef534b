"""Environments are kept apart: the guard on production, and neutralised copies."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from ..models.backend_environment import ENVIRONMENT_VARIABLE, running_env
from ..tools.errors import EnvironmentMismatch
from . import factories as make
from .common import RetailCase
from .common_http import GatewayCase
from .common_rights import retail_models
from .common_security import RECORDED, SecurityCase

#: Char and Text fields whose name sounds like an address but which hold none.
NO_ADDRESS = {("retail.audit.entry", "remote_addr")}


class EnvironmentMixin:
    def server_is(self, name):
        """Let the server be of another environment from now on."""
        self.startPatcher(patch.dict("os.environ", {ENVIRONMENT_VARIABLE: name}))
        self.env.registry.clear_cache()
        self.env.invalidate_all()

    def copy_of_production(self, backend):
        """Leave an active production backend on a server that is a test server."""
        self.server_is("production")
        backend.environment = "production"
        self.env.flush_all()
        self.server_is("test")


@tagged("post_install", "-at_install")
class TestEnvironmentGuard(EnvironmentMixin, RetailCase):
    def setUp(self):
        super().setUp()
        self.backend.phase_events = True
        make.make_subscription(
            self.backend, "http://127.0.0.1:9/events", self.env.ref(RECORDED)
        )

    def test_server_that_says_nothing_is_no_production_server(self):
        with patch.dict("os.environ", {ENVIRONMENT_VARIABLE: ""}):
            self.assertEqual(running_env(), "test")

    def test_production_backend_becomes_active_on_a_production_server_only(self):
        self.backend.state = "paused"
        self.backend.environment = "production"
        self.assertFalse(self.backend.runs_here)
        with self.assertRaisesRegex(ValidationError, "running_env = production"):
            self.backend.action_activate()
        self.server_is("production")
        self.backend.action_activate()
        self.assertTrue(self.backend.runs_here)
        self.backend._door()

    def test_active_backend_becomes_production_on_a_production_server_only(self):
        with self.assertRaises(ValidationError):
            self.backend.environment = "production"

    def test_copy_works_no_message_of_production_and_production_does(self):
        event = self.receive(make.make_event())
        self.copy_of_production(self.backend)
        self.assertEqual(self.work(), 0)
        self.assertEqual(event.state, "received")
        lanes = self.env["retail.inbox.event"]._due_lane_ids()
        self.assertNotIn(event.lane_id.id, lanes)
        with self.assertRaisesRegex(EnvironmentMismatch, "till"):
            self.backend._door()
        self.server_is("production")
        self.assertIn(event.lane_id.id, self.env["retail.inbox.event"]._due_lane_ids())
        self.assertEqual(self.work(), 1)
        self.assertEqual(event.state, "done")

    def test_copy_sends_nothing_of_production(self):
        self.receive(make.make_event())
        self.work()
        waiting = self.env["retail.outbox.event"].search(
            [("backend_id", "=", self.backend.id)]
        )
        self.assertEqual(waiting.state, "pending")
        self.copy_of_production(self.backend)
        self.assertEqual(self.work(direction="out"), 0)
        self.assertFalse(waiting.attempt_ids)
        self.server_is("production")
        self.assertEqual(self.work(direction="out"), 1)
        self.assertTrue(waiting.attempt_ids)


@tagged("post_install", "-at_install")
class TestEnvironmentDoor(EnvironmentMixin, GatewayCase):
    def test_door_of_a_production_backend_is_closed_on_a_copy(self):
        self.copy_of_production(self.backend)
        response = self.send(make.make_event())
        problem = self.assertProblem(response, 503, "RET-1802")
        self.assertEqual(problem["detail"], problem["title"])
        self.assertTrue(response.headers["Retry-After"])
        self.assertFalse(self.stored())
        self.server_is("production")
        self.assertEqual(self.send(make.make_event()).status_code, 202)


@tagged("post_install", "-at_install")
class TestNeutralisedCopy(SecurityCase):
    """Run Odoo's own neutralisation over two companies with a record of each model."""

    def setUp(self):
        super().setUp()
        self.backend.environment = "staging"
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.registry.clear_cache()
        self.env.invalidate_all()

    def test_no_secret_and_no_key_is_left(self):
        for name in ("retail.credential", "retail.api.key"):
            self.assertFalse(
                self.env[name].with_context(active_test=False).search_count([])
            )
        hidden = [
            (model, name)
            for model in retail_models(self.env)
            for name, field in model._fields.items()
            if field.groups == fields.NO_ACCESS and field.store
        ]
        self.assertTrue(hidden)
        for model, name in hidden:
            with self.subTest(model._name, field=name):
                self.assertFalse(model.search_count([(name, "!=", False)]))

    def test_no_address_of_a_partner_is_left(self):
        for model in retail_models(self.env):
            for name, field in model._fields.items():
                sounds = name.endswith(("url", "_address", "_host", "endpoint"))
                if sounds and field.store and (model._name, name) not in NO_ADDRESS:
                    records = model.with_context(active_test=False)
                    with self.subTest(model._name, field=name):
                        self.assertFalse(records.search_count([(name, "!=", False)]))

    def test_no_backend_runs_or_is_production(self):
        backends = self.env["retail.backend"].search([])
        self.assertTrue(backends)
        self.assertEqual(set(backends.mapped("state")), {"paused"})
        self.assertEqual(set(backends.mapped("environment")), {"test"})
        self.assertFalse(any(backends.mapped("phase_events")))
        self.assertFalse(any(backends.mapped("phase_write")))

    def test_nothing_waits_to_be_worked_or_sent(self):
        for name, ends in (
            ("retail.inbox.event", ("done", "ignored")),
            ("retail.outbox.event", ("sent", "cancelled")),
        ):
            self.assertTrue(self.env[name].search_count([]))
            self.assertFalse(self.env[name].search_count([("state", "not in", ends)]))

    def test_no_customer_is_recognisable(self):
        for name in ("retail.inbox.event", "retail.outbox.event"):
            self.assertFalse(self.env[name].search_count([("payload", "!=", False)]))
        values = self.env["retail.identity"].search([]).mapped("value")
        self.assertTrue(values)
        self.assertFalse([value for value in values if "@" in value])

    def test_paused_copy_can_be_used_with_test_secrets(self):
        self.backend.credential_ids = [
            (0, 0, {"purpose": "webhook_in", "secret": make.SECRET})
        ]
        self.backend.action_activate()
        event = self.receive(make.make_event())
        self.work()
        self.assertEqual(event.state, "done")

    def test_audit_chain_still_holds(self):
        chains = self.env["retail.audit.stream"].search([])
        self.assertTrue(chains)
        self.assertFalse(chains._verify())
