"""Talon.One passes the kit that every platform passes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from platform_contract import PlatformContract
from platform_pair import Pair, expect, new_key

from retail_integration_base.tools.errors import ConfigurationError
from retail_loyalty_connector.tools.platform import Movement, Profile, Quote
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Basket,
    BasketLine,
    Identity,
    ReturnedLine,
    Reversal,
)
from retail_loyalty_connector.tools.platform_transport import Connection
from retail_loyalty_connector.tools.talon_one import TalonOneClient
from retail_loyalty_connector.tools.talon_one_answer import Ledger
from retail_loyalty_connector.tools.talon_one_calls import TalonOneSettings
from tests.simulators.loyalty.talon_one import TalonOnePlatform
from tests.simulators.loyalty.talon_one_state import PROGRAM_ID

TOKEN = "talon-token"
SECRET = "talon-header-secret"


def make_pair(**options: Any) -> Pair:
    """Return Talon.One and its client; one of our points is a hundredth of theirs."""
    platform = TalonOnePlatform(TOKEN, notification_secret=SECRET, **options)
    client = TalonOneClient(
        Connection(base_url="http://127.0.0.1", token=TOKEN),
        TalonOneSettings(ledger=Ledger(program_id=PROGRAM_ID, decimals=2)),
    )
    application = platform.application

    def enrol(points: int) -> str:
        member_id = f"CARD{len(application.profiles)}"
        application.add_profile(member_id)
        if points:
            application.add_by_hand(member_id, Decimal(points) / 100, "Welcome")
        platform.webhooks.clear()
        return member_id

    return Pair(
        client=client,
        platform=platform,
        enrol=enrol,
        identity=lambda member_id: Identity(card=member_id),
        stranger=Identity(card="NOBODY"),
        webhook_secret=SECRET,
    )


def basket(*lines: tuple[str, int, str]) -> Basket:
    found = tuple(
        BasketLine(line_id=str(n), sku=sku, quantity=quantity, price=Decimal(price))
        for n, (sku, quantity, price) in enumerate(lines)
    )
    amount = sum((line.price * line.quantity for line in found), Decimal(0))
    return Basket(ref="o1", amount=amount, currency="EUR", lines=found)


class TestTalonOneContract(PlatformContract):
    """The kit, and what only Talon.One does: it counts and returns lines."""

    def make_pair(self, **options: Any) -> Pair:
        return make_pair(**options)

    def test_quote_says_what_the_basket_then_earns(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        bought = basket(("MUG", 2, "10.02"), ("CUP", 1, "0.36"))
        quote = expect(Quote, pair.do(pair.client.quote(member_id, bought)))
        assert pair.points(member_id) == 0
        order = Accrual(key=new_key(), member_id=member_id, basket=bought)
        earned = expect(Movement, pair.do(pair.client.accrue(order)))
        assert quote.points == earned.points == pair.points(member_id) == 510

    def test_points_that_do_not_fit_are_not_rounded(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        with pytest.raises(ConfigurationError, match="2 decimals"):
            pair.do(pair.client.quote(member_id, basket(("MUG", 1, "0.37"))))

    def test_returned_lines_take_their_points_once(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        bought = basket(("MUG", 3, "10.00"), ("CUP", 1, "4.00"))
        order = Accrual(key=new_key(), member_id=member_id, basket=bought)
        accrued = pair.do(pair.client.accrue(order))
        assert accrued.points == 850
        reversal = Reversal(
            key=new_key(),
            member_id=member_id,
            points=500,
            original_kind="accrual",
            original_key=order.key,
            lines=(ReturnedLine(line_id="0", sku="MUG", position=0, quantity=2),),
        )
        undone = pair.do(pair.client.reverse(reversal))
        again = pair.do(pair.client.reverse(reversal, again=True))
        assert undone.points == again.points == -500
        assert undone.movement_id == again.movement_id
        assert pair.points(member_id) == 350
        rest = Reversal(
            key=new_key(),
            member_id=member_id,
            points=350,
            original_kind="accrual",
            original_key=order.key,
            whole=True,
        )
        assert pair.do(pair.client.reverse(rest)).points == -350
        assert pair.do(pair.client.reverse(rest, again=True)).points == -350
        assert pair.points(member_id) == 0

    def test_debt_is_made_only_where_it_was_asked_for(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        key = new_key()
        pair.accrue(member_id, 100, key)
        pair.capture(member_id)
        reversal = Reversal(
            key=new_key(),
            member_id=member_id,
            points=100,
            original_kind="accrual",
            original_key=key,
            whole=True,
        )
        assert pair.do(pair.client.reverse(reversal)).reason == "not_enough"
        forced = Reversal(**{**vars(reversal), "allow_negative": True})
        assert pair.do(pair.client.reverse(forced)).points == -100
        assert pair.points(member_id) == -100

    def test_phone_that_a_profile_is_called_by_is_left_to_a_person(
        self, pair: Pair
    ) -> None:
        member_id = pair.enrol(0)
        pair.client.settings = replace(pair.client.settings, member_by="phone")
        told = Profile(member_id=member_id, name="Ada Byron")
        pair.do(pair.client.tell_profile(told))
        done = pair.do(pair.client.member_erase(member_id))
        assert done.reason == "unsupported" and "phone" in done.detail
        assert pair.do(pair.client.profile(member_id)).name is None


def test_description_of_talon_one_was_at_hand():
    if not make_pair().platform.description.is_there:
        pytest.skip("Talon.One's description is absent: shared/specs is not there")
