"""Square's client on the examples that Square publishes, and on odd answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from scripted import Answers

from retail_integration_base.tools.errors import (
    ConfigurationError,
    RejectedByRemote,
)
from retail_loyalty_connector.tools import square_answer as answers
from retail_loyalty_connector.tools.error_platform import PlatformAnswerInvalid
from retail_loyalty_connector.tools.platform import Capabilities, Refusal
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Basket,
    Capture,
    Identity,
    MovementQuery,
    Reservation,
    Reversal,
)
from retail_loyalty_connector.tools.platform_transport import Connection, carry_out
from retail_loyalty_connector.tools.square import SquareClient
from retail_loyalty_connector.tools.square_calls import SquareSettings

ACCOUNT = "5adcb100-07f1-4ee7-b8c6-6bb9ebc474bd"
KEY = "0b7a3e0e-5a55-4c9e-9f0e-000000000001"
TIER = "e1b39225-9da5-43d1-a5db-782cdd8ad94f"


@pytest.fixture(scope="module")
def examples(specs):
    """Return the examples of Square's description, by schema."""
    document = json.loads((specs / "square-loyalty.json").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    return {name: one["example"] for name, one in schemas.items() if "example" in one}


def client(**settings) -> SquareClient:
    connection = Connection(base_url="https://square.example.com/", token="secret")
    return SquareClient(
        connection, SquareSettings(location_id="P034NEENMD09F", **settings)
    )


def error(code: str, status: int = 400) -> tuple[int, Mapping]:
    first = {"category": "INVALID_REQUEST_ERROR", "code": code, "detail": "Because."}
    return status, {"errors": [first]}


# --- published examples ---------------------------------------------------------------


def test_published_lookup_is_what_we_ask_and_read(examples):
    send = Answers(examples["SearchLoyaltyAccountsResponse"])
    member = carry_out(client().member_find(Identity(phone="+14155551234")), send)
    assert member.points == 10
    assert member.member_id == "79b807d2-d786-46a9-933b-918028d7a8c5"
    asked = examples["SearchLoyaltyAccountsRequest"]
    assert send.bodies == [asked | {"limit": 1}]
    assert send.requests[0].headers["Authorization"] == "Bearer secret"
    url = "https://square.example.com/v2/loyalty/accounts/search"
    assert send.requests[0].url == url


def test_published_hold_is_what_we_ask_and_read(examples):
    send = Answers(examples["CreateLoyaltyRewardResponse"])
    order = Reservation(key=KEY, member_id=ACCOUNT, points=10, ttl_s=900)
    hold = carry_out(client(tiers={10: TIER}).reserve(order), send)
    assert (hold.points, hold.state) == (10, "open")
    assert hold.hold_id == "a8f43ebe-2ad6-3001-bdd5-7d7c2da08943"
    asked = examples["CreateLoyaltyRewardRequest"]
    expected = {**asked["reward"]}
    del expected["order_id"]
    assert send.bodies == [{"reward": expected, "idempotency_key": KEY}]


def test_tiers_are_asked_for_when_none_are_set(examples):
    send = Answers(
        examples["RetrieveLoyaltyProgramResponse"],
        examples["CreateLoyaltyRewardResponse"],
    )
    order = Reservation(key=KEY, member_id=ACCOUNT, points=10, ttl_s=900)
    assert carry_out(client().reserve(order), send).points == 10
    assert send.bodies[0]["reward"]["reward_tier_id"] == TIER


def test_published_capture_is_what_we_ask_and_read(examples):
    send = Answers(examples["RedeemLoyaltyRewardResponse"])
    order = Capture(key=KEY, member_id=ACCOUNT, points=10, hold_id="r1", held=10)
    movement = carry_out(client().capture(order), send)
    assert (movement.kind, movement.points) == ("redemption", 0)
    assert movement.hold_id == "9f18ac21-233a-31c3-be77-b45840f5a810"
    asked = examples["RedeemLoyaltyRewardRequest"]
    assert send.bodies == [asked | {"idempotency_key": KEY}]


def test_published_accrual_and_adjustment_are_read(examples):
    send = Answers(
        examples["AccumulateLoyaltyPointsResponse"],
        examples["AdjustLoyaltyPointsResponse"],
    )
    accrual = Accrual(key=KEY, member_id=ACCOUNT, points=6)
    assert carry_out(client().accrue(accrual), send).points == 6
    reversal = Reversal(
        key=KEY,
        member_id=ACCOUNT,
        points=10,
        original_kind="redemption",
        original_key="o",
        reason="Return RET/0001",
        allow_negative=True,
    )
    assert carry_out(client().reverse(reversal), send).points == 10
    assert send.bodies[1] == {
        "idempotency_key": KEY,
        "adjust_points": {"points": 10, "reason": f"Return RET/0001 #{KEY}"},
        "allow_negative_balance": True,
    }


def test_published_calculation_adds_promotions(examples):
    send = Answers(examples["CalculateLoyaltyPointsResponse"])
    basket = Basket(ref="o1", amount=Decimal("36.00"), currency="USD")
    assert carry_out(client().quote(ACCOUNT, basket), send).points == 18
    money = {"amount": 3600, "currency": "USD"}
    assert send.bodies[0]["transaction_amount_money"] == money


def test_published_events_have_a_sign(examples):
    send = Answers(examples["SearchLoyaltyEventsResponse"])
    page = carry_out(client().transactions(MovementQuery()), send)
    found = [(one.kind, one.points) for one in page.items]
    assert found == [("accrual", 5), ("redemption", 0), ("hold", -10)]
    assert page.next_cursor is None
    assert page.items[0].at == datetime(2020, 5, 8, 22, 1, 30, tzinfo=timezone.utc)


# --- what may come otherwise ----------------------------------------------------------


def test_points_without_a_tier_are_for_the_ledger_to_hold(examples):
    send = Answers(examples["RetrieveLoyaltyProgramResponse"])
    order = Reservation(key=KEY, member_id=ACCOUNT, points=11, ttl_s=900)
    refused = carry_out(client().reserve(order), send)
    assert refused.reason == "unsupported" and "10" in refused.detail
    assert len(send.requests) == 1


def test_plain_bad_request_is_explained_by_the_balance():
    account = {"loyalty_account": {"id": ACCOUNT, "balance": 4}}
    order = Reservation(key=KEY, member_id=ACCOUNT, points=10, ttl_s=900)
    send = Answers(error("BAD_REQUEST"), account)
    refused = carry_out(client(tiers={10: TIER}).reserve(order), send)
    assert refused == Refusal(
        reason="not_enough", detail="BAD_REQUEST Because.", available=4
    )
    rich = {"loyalty_account": {"id": ACCOUNT, "balance": 40}}
    with pytest.raises(RejectedByRemote, match="Because"):
        carry_out(
            client(tiers={10: TIER}).reserve(order), Answers(error("BAD_REQUEST"), rich)
        )


def test_member_that_is_gone_is_an_expected_outcome():
    send = Answers(error("NOT_FOUND", 404), error("NOT_FOUND", 404))
    refused = carry_out(
        client().accrue(Accrual(key=KEY, member_id=ACCOUNT, points=1)), send
    )
    assert refused.reason == "unknown_member"


def test_vanished_reward_counts_as_freed():
    send = Answers(error("NOT_FOUND", 404), error("NOT_FOUND", 404))
    assert carry_out(client().void(KEY, "r1"), send) is None


@pytest.mark.parametrize(
    "content", [{}, {"reward": {}}, {"reward": {"id": "r", "status": "MELTED"}}]
)
def test_hold_without_its_facts_is_no_answer(content):
    order = Reservation(key=KEY, member_id=ACCOUNT, points=10, ttl_s=900)
    with pytest.raises(PlatformAnswerInvalid) as caught:
        carry_out(client(tiers={10: TIER}).reserve(order), Answers(content))
    assert caught.value.context["unknown_outcome"]


def test_unknown_kind_of_event_is_kept_as_other():
    event = {
        "id": "e",
        "type": "TRANSFER_POINTS",
        "created_at": "2026-01-01T00:00:00Z",
        "loyalty_account_id": ACCOUNT,
        "source": "SQUARE",
    }
    movement = answers.movement_of(event)
    assert (movement.kind, movement.points, movement.ours) == ("other", 0, False)


def test_key_is_found_in_a_reason_and_nowhere_else():
    assert answers.key_in(answers.reason_with(KEY, "Return #7")) == KEY
    assert answers.key_in("Order #7 was late") is None
    assert answers.key_in(None) is None
    assert len(answers.reason_with(KEY, "x" * 9000)) == 3500


def test_path_parts_cannot_leave_their_place():
    send = Answers(error("NOT_FOUND", 404))
    carry_out(client().balance("../programs/main?x=1"), send)
    path = "/v2/loyalty/accounts/..%2Fprograms%2Fmain%3Fx%3D1"
    assert send.requests[0].url.endswith(path)


def test_amount_with_too_many_decimals_is_not_rounded():
    basket = Basket(ref="o", amount=Decimal("1.005"), currency="USD")
    with pytest.raises(ConfigurationError, match="decimals"):
        carry_out(client().quote(ACCOUNT, basket), Answers())
    yen = Basket(ref="o", amount=Decimal(500), currency="JPY")
    send = Answers({"points": 5})
    carry_out(client(currency_decimals={"JPY": 0}).quote(ACCOUNT, yen), send)
    assert send.bodies[0]["transaction_amount_money"]["amount"] == 500


def test_capabilities_name_what_the_ledger_has_to_add():
    assert client().capabilities.lacking == {
        "hold_ttl",
        "hold_any_points",
        "partial_capture",
        "computes_points",
        "reverses_lines",
        "takes_profile",
        "merges",
        "erases",
        "tells_key",
    }
    assert "repeat_void" in Capabilities(holds=True).lacking
    assert "holds" in Capabilities(holds=False).lacking
