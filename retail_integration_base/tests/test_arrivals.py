"""What a worker's thread does after messages were stored, with real connections."""

import uuid
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import DummyRLock

from ..models.gateway_arrival import Arrival, announce


@tagged("post_install", "-at_install", "retail_race")
class TestArrivals(BaseCase):
    def test_lane_of_what_came_in_gets_one_job(self):
        # Odoo runs tests inside the registry's lock.
        lock = patch.object(Registry, "_lock", DummyRLock())
        lock.start()
        self.addCleanup(lock.stop)
        registry = Registry(get_db_name())
        code = f"arrivals-{uuid.uuid4().hex[:8]}"
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            scheme = env.ref("retail_integration_base.scheme_standard_webhooks")
            backend = env["retail.backend"].create(
                {"name": code, "code": code, "signature_scheme_id": scheme.id}
            )
            lane = env["retail.lane"].search([("backend_id", "=", backend.id)], limit=1)
            lane_id = lane.id
        for _time in range(2):
            announce(get_db_name(), [Arrival(1, 1, [], frozenset({lane_id}))])
        with registry.cursor() as cr:
            cr.execute(
                "SELECT state FROM queue_job WHERE identity_key = %s",
                [f"retail.lane:{lane_id}:arm"],
            )
            self.assertEqual(cr.fetchall(), [("pending",)])
            env = api.Environment(cr, SUPERUSER_ID, {})
            # Later tests look at all systems.
            env["retail.backend"].search([("code", "=", code)]).unlink()
