"""Voucherify, the small third client, passes the kit that every platform passes."""

from __future__ import annotations

from typing import Any

import pytest
from platform_contract import PlatformContract
from platform_pair import Pair

from retail_loyalty_connector.tools import voucherify_answer
from retail_loyalty_connector.tools.platform_orders import Identity
from retail_loyalty_connector.tools.platform_transport import Connection
from retail_loyalty_connector.tools.voucherify import (
    VoucherifyClient,
    VoucherifySettings,
)
from tests.simulators.loyalty.voucherify import VoucherifyPlatform

TOKEN = "voucherify-token"
SECRET = "voucherify-webhook-secret"


def make_pair(**options: Any) -> Pair:
    platform = VoucherifyPlatform(TOKEN, webhook_secret=SECRET, **options)
    client = VoucherifyClient(
        Connection(base_url="http://127.0.0.1", token=TOKEN),
        VoucherifySettings(app_id="app"),
    )

    def enrol(points: int) -> str:
        code = f"CARD{len(platform.cards)}"
        platform.cards[code] = points
        return code

    return Pair(
        client=client,
        platform=platform,
        enrol=enrol,
        identity=lambda member_id: Identity(card=member_id),
        stranger=Identity(card="NOBODY"),
        webhook_secret=SECRET,
    )


class TestVoucherifyContract(PlatformContract):
    """The kit."""

    def make_pair(self, **options: Any) -> Pair:
        return make_pair(**options)

    def test_own_order_is_found_behind_many_others(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        first = pair.accrue(member_id, 5, "k1")
        for n in range(150):
            pair.platform.adjust(member_id, {"points": 1, "source_id": f"o{n}"})
        found = pair.do(pair.client._find("k1", member_id))
        assert found.movement_id == first.movement_id

    def test_holder_of_the_card_is_deleted_and_nobody_else(self, pair: Pair) -> None:
        member_id, other_id = pair.enrol(5), pair.enrol(6)
        pair.platform.holders |= {member_id: "cust_1", other_id: "cust_2"}
        assert pair.do(pair.client.member_erase(member_id)) is None
        assert pair.platform.holders == {other_id: "cust_2"}
        assert pair.do(pair.client.member_erase(member_id)) is None
        assert pair.do(pair.client.member_erase("NOBODY")).reason == "unknown_member"


def test_white_space_is_signed_inside_strings_only():
    pretty = b'{ "a b" : "c\\" \\n d",\n "e": [1, 2] }'
    assert voucherify_answer.signed_bytes(pretty) == b'{"a b":"c\\" \\n d","e":[1,2]}'


def test_description_of_voucherify_was_at_hand():
    if not make_pair().platform.description.is_there:
        pytest.skip("Voucherify's description is absent: shared/specs is not there")
