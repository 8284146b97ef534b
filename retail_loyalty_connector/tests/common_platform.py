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
from odoo.addons.retail_integration_base.tests.common import RetailCase

from .common import LoyaltyData

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "platform-token"


def simulated(name: str) -> Any:
    """Return a module of ``tests/simulators``, or skip."""
    if not (ROOT / "tests" / "simulators" / "loyalty").is_dir():
        raise SkipTest("the simulators are not here: the module is installed alone")
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    return importlib.import_module(f"tests.simulators.{name}")


class PlatformCase(LoyaltyData, RetailCase):
    """A program at Square with one member, who is known there by phone."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        square = simulated("loyalty.square")
        cls.square = square.SquarePlatform(TOKEN)
        cls.square.__enter__()
        cls.addClassCleanup(cls.square.__exit__, None, None, None)
        cls.state = simulated("loyalty.square_state")
        cls.faults = simulated("faults")
        cls._make_program()
        cls.backend = base_make.make_backend(
            cls.env,
            "square-test",
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
        enrolment = {
            "program_id": self.state.PROGRAM_ID,
            "mapping": {"phone_number": phone},
        }
        self.there = seller.enrol(enrolment)
        self.env["retail.identity"].create(
            {"kind": "phone", "value": phone, "partner_id": self.member.partner_id.id}
        )

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
