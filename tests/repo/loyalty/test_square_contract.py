"""Square Loyalty passes the kit that every platform passes."""

from __future__ import annotations

from typing import Any

import pytest
from platform_contract import PlatformContract
from platform_pair import Pair

from retail_loyalty_connector.tools.platform_orders import Identity
from retail_loyalty_connector.tools.platform_transport import Connection
from retail_loyalty_connector.tools.square import SquareClient
from retail_loyalty_connector.tools.square_calls import SquareSettings
from tests.simulators.loyalty.square import SquarePlatform
from tests.simulators.loyalty.square_state import LOCATION, PROGRAM_ID

TOKEN = "square-token"
URL = "https://hub.example.com/retail/v1/backends/square/webhook"
KEY = "square-signature-key"


def make_pair(**options: Any) -> Pair:
    """Return Square and its client; members are made without passing any fault."""
    platform = SquarePlatform(TOKEN, signature_key=KEY, notification_url=URL, **options)
    client = SquareClient(
        Connection(base_url="http://127.0.0.1", token=TOKEN),
        SquareSettings(location_id=LOCATION),
    )
    seller = platform.seller

    def enrol(points: int) -> str:
        phone = f"+1415555{len(seller.accounts):04d}"
        mapping = {"phone_number": phone}
        account = seller.enrol({"program_id": PROGRAM_ID, "mapping": mapping})
        account["balance"] = points
        return account["id"]

    def identity(member_id: str) -> Identity:
        return Identity(phone=seller.accounts[member_id]["mapping"]["phone_number"])

    return Pair(
        client=client,
        platform=platform,
        enrol=enrol,
        identity=identity,
        stranger=Identity(phone="+14155559999"),
        webhook_url=URL,
        webhook_secret=KEY,
    )


class TestSquareContract(PlatformContract):
    """The kit, with Square's description as judge of both sides."""

    def make_pair(self, **options: Any) -> Pair:
        return make_pair(**options)


def test_description_of_square_was_at_hand():
    if not make_pair().platform.description.is_there:
        pytest.skip("Square's description is absent: shared/specs is not there")
