"""A program that Square runs, simulated: a real server on loopback.

The simulators are in ``tests/simulators/loyalty`` at the root of the repository. They
belong to the source, not to an installed module; without them these tests are skipped.
"""

import importlib
import sys
from pathlib import Path
from typing import Any
from unittest import SkipTest

from odoo.addons.retail_integration_base.tests import factories as base_make
from odoo.addons.retail_integration_base.tests.common import RetailCase, RetailHttpCase

from .common import LoyaltyData

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "platform-token"
WEBHOOK_KEY = "square-signature-key"
WEBHOOK_URL = "https://hub.example.com/retail/v1/backends/square-test/webhook"


def simulated(name: str) -> Any:
    """Return a module of ``tests/simulators``, or skip."""
    if not (ROOT / "tests" / "simulators" / "loyalty").is_dir():
        raise SkipTest("the simulators are not here: the module is installed alone")
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    return importlib.import_module(f"tests.simulators.{name}")


class PlatformData(LoyaltyData):
    """A program at Square with one member, who is known there by phone."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        square = simulated("loyalty.square")
        cls.square = square.SquarePlatform(
            TOKEN, signature_key=WEBHOOK_KEY, notification_url=WEBHOOK_URL
        )
        cls.square.__enter__()
        cls.addClassCleanup(cls.square.__exit__, None, None, None)
        cls.state = simulated("loyalty.square_state")
        cls.faults = simulated("faults")
        cls._make_program()
        cls.backend = base_make.make_backend(
            cls.env,
            "square-test",
            WEBHOOK_KEY,
            signature_scheme_id=cls.env.ref("retail_integration_base.scheme_square").id,
            public_url=WEBHOOK_URL,
            kind="loyalty",
            connector="retail.connector.square",
            api_url=cls.square.url,
            platform_location=cls.state.LOCATION,
        )
        cls.env["retail.credential"].create(
            {"backend_id": cls.backend.id, "purpose": "api", "secret": TOKEN}
        )
        cls.program.backend_id = cls.backend

    def setUp(self) -> None:
        super().setUp()
        self.square.faults = self.faults.ScriptedFaults([])
        self.square.outage = False
        seller = self.square.seller
        phone = f"+1415555{len(seller.accounts):04d}"
        self.there = self.enrol_there(phone)
        self.square.take_webhooks()
        self.env["retail.identity"].create(
            {"kind": "phone", "value": phone, "partner_id": self.member.partner_id.id}
        )

    def run_by(self, connector: str, platform: Any, **settings: Any) -> None:
        """Let the program be run by another platform, which starts here."""
        platform.__enter__()
        self.addCleanup(platform.__exit__, None, None, None)
        backend = base_make.make_backend(
            self.env,
            connector.replace("_", "-"),
            kind="loyalty",
            connector=f"retail.connector.{connector}",
            api_url=platform.url,
            **settings,
        )
        self.env["retail.credential"].create(
            {"backend_id": backend.id, "purpose": "api", "secret": TOKEN}
        )
        self.program.backend_id = backend

    def tell(self) -> None:
        """Let the cron tell the platform, as if every wait was over."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_loyalty_platform_order SET next_at = created_at"
        )
        self.env["retail.loyalty.platform.order"]._cron_send()
        self.env.invalidate_all()

    def orders(self) -> Any:
        """Return the member's orders, first to last."""
        return self.env["retail.loyalty.platform.order"].search(
            [("member_id", "=", self.member.id)], order="id"
        )

    def enrol_there(self, phone: str) -> dict[str, Any]:
        """Make an account at the platform."""
        mapping = {"phone_number": phone}
        given = {"program_id": self.state.PROGRAM_ID, "mapping": mapping}
        return self.square.seller.enrol(given)

    def move_there(self, points: int, account: Any = None, reason: str = "") -> Any:
        """Let the seller adjust points at the platform."""
        change = {"points": points, "reason": reason}
        return self.square.seller.adjust(
            account or self.there, change, True, source="SQUARE"
        )

    def settle(self) -> None:
        """Work the inbox and what waits, as if every wait was over."""
        self.work()
        for _round in range(5):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE retail_loyalty_platform_movement SET next_at = heard_at"
                " WHERE state = 'waiting'"
            )
            self.env["retail.loyalty.platform.member"]._cron_look()
            self.work()
            self.env["retail.loyalty.platform.movement"]._settle_due()
        self.env.invalidate_all()

    def moved(self) -> Any:
        """Return what the platform told us of the member, first to last."""
        return self.env["retail.loyalty.platform.movement"].search(
            [("member_ref", "=", self.there["id"])], order="id"
        )


class PlatformCase(PlatformData, RetailCase):
    """Inside one test transaction."""


class PlatformHttpCase(PlatformData, RetailHttpCase):
    """With webhooks through the real route."""

    def deliver(self, webhooks: Any) -> list[int]:
        """Send webhooks as the platform does; return how each was answered."""
        return [
            self.post("square-test/webhook", one.body, dict(one.headers)).status_code
            for one in webhooks
        ]
