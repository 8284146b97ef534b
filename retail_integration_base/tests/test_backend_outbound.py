"""The one door for outgoing calls: guarded, bounded, and it says what happened."""

import logging

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..tools.errors import AddressRefused, RateLimited, RemoteUnavailable
from ..tools.http_client import OutboundRequest
from . import factories as make
from .common import RetailCase
from .fakes import Partner

LOGGER = "odoo.addons.retail_integration_base.models.backend_outbound"


@tagged("post_install", "-at_install")
class TestBackendOutbound(RetailCase):
    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.stop)
        self.platform = make.make_backend(self.env, "platform")

    def ask(self, **values) -> OutboundRequest:
        return OutboundRequest(
            **{"method": "POST", "url": self.partner.url, "body": b"{}", **values}
        )

    def test_call_returns_the_answer_and_leaves_one_line_without_the_query(self):
        self.partner.answers = [200]
        request = self.ask(url=f"{self.partner.url}?token=hush")
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            response = self.platform._call(request)
        self.assertEqual(response.status, 200)
        (line,) = logs.output
        self.assertIn("backend=platform method=POST", line)
        self.assertIn("status=200", line)
        self.assertNotIn("hush", line)

    def test_refusals_of_the_partner_are_answers_with_a_meaning(self):
        self.partner.answers = [(429, {"Retry-After": "7"}), 204]
        error = self.platform._error_of(self.platform._call(self.ask()))
        self.assertIsInstance(error, RateLimited)
        self.assertEqual(error.retry_after_s, 7)

    def test_no_answer_is_an_error(self):
        self.partner.answers = [0]
        with self.assertRaises(RemoteUnavailable) as caught:
            self.platform._call(self.ask())
        self.assertTrue(caught.exception.context["unknown_outcome"])

    def test_backend_without_private_networks_calls_nothing_inside(self):
        self.platform.private_networks = False
        with self.assertRaises(AddressRefused):
            self.platform._call(self.ask())
        self.assertFalse(self.partner.received)

    def test_settings_that_would_fail_later_are_refused_when_they_are_entered(self):
        for values in (
            {"private_networks": "our office"},
            {"private_networks": "0.0.0.0/0"},
            {"ca_certificates": "-----BEGIN CERTIFICATE-----"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.platform.write(values)

    def test_client_certificate_without_its_key_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["retail.credential"].create(
                {
                    "backend_id": self.platform.id,
                    "purpose": "tls_client",
                    "secret": "-----BEGIN CERTIFICATE-----",
                }
            )
