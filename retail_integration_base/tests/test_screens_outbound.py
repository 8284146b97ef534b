"""The screens for outgoing calls: gates, policies, and the settings of a system."""

from odoo.tests import tagged

from ..tools.errors import RemoteUnavailable
from . import shop_day
from .test_screens import Page, ScreensCase


@tagged("post_install", "-at_install", "retail_browser")
class TestScreensOutbound(ScreensCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.partner = cls.env["retail.backend"].search(
            [("code", "=", shop_day.INSIGHTS)]
        )
        gate = cls.env["retail.gate"].search([("backend_id", "=", cls.partner.id)])
        limits = cls.partner._gate_limits()
        for _ in range(limits.failures_max):
            gate._leave(RemoteUnavailable("no answer within 30 s"), None, limits)
        cls.env["retail.degradation.policy"].create(
            {
                "backend_id": cls.partner.id,
                "topic_id": cls.env.ref(
                    "retail_integration_base.topic_transaction_recorded_v1"
                ).id,
                "policy": "manual",
                "note": "Sell on; the steward releases.",
            }
        )
        cls.env.flush_all()

    def test_open_circuit_is_seen_and_closed(self):
        close = "button[name=action_close]"
        gate = self.env["retail.gate"].search([("backend_id", "=", self.partner.id)])
        self.assertEqual(gate.state, "open")
        click = f"document.querySelector({close!r}).click();"
        self._look("gates_closed", "retail-gates", close, do=click)
        gate.invalidate_recordset()
        self.assertEqual(gate.state, "closed")

    def test_settings_and_policies_stand_on_the_system(self):
        page = "a[name=calls]"
        self._look_through(
            Page("degradation", "retail-degradation", ".o_data_row"),
            Page(
                "outgoing_calls",
                f"retail-backends/{self.partner.id}",
                page,
                do=f"document.querySelector({page!r}).click();"
                "document.querySelector('[name=policy_ids]').scrollIntoView();",
            ),
        )
