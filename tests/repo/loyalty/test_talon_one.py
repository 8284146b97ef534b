"""Talon.One's client on single answers: numbers, rules that are missing, notices."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from scripted import Answers

from retail_integration_base.tools.clock import utc_now
from retail_integration_base.tools.errors import (
    AuthenticationError,
    ConfigurationError,
    PayloadInvalid,
    RejectedByRemote,
    UnknownTopic,
)
from retail_integration_base.tools.signing import Secret
from retail_loyalty_connector.tools.error_platform import PlatformAnswerInvalid
from retail_loyalty_connector.tools.platform import Balance
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Capture,
    Identity,
    MovementQuery,
    Reversal,
)
from retail_loyalty_connector.tools.platform_transport import Connection, carry_out
from retail_loyalty_connector.tools.talon_one import TalonOneClient
from retail_loyalty_connector.tools.talon_one_answer import Ledger
from retail_loyalty_connector.tools.talon_one_calls import TalonOneSettings

MEMBER = "URNGV8294NV"
KEY = "0b7a3e0e-5a55-4c9e-9f0e-000000000001"
NOTHING = {"effects": [], "createdCoupons": [], "createdReferrals": []}
EMPTY = {"hasMore": False, "data": []}


def client(decimals: int = 0, **settings) -> TalonOneClient:
    ledger = Ledger(
        program_id=5, subledger=settings.pop("subledger", ""), decimals=decimals
    )
    return TalonOneClient(
        Connection(base_url="https://t1.example.com", token="secret"),
        TalonOneSettings(ledger=ledger, **settings),
    )


def active(points: float, **more: float) -> dict:
    return {"balance": {"activePoints": points, **more}}


def effect(kind: str, value: float, **facts) -> dict:
    props = {
        "name": "Rule",
        "programId": 5,
        "subLedgerId": "",
        "value": value,
        "recipientIntegrationId": MEMBER,
        "transactionUUID": "u1",
        **facts,
    }
    return {**NOTHING, "effects": [{"effectType": kind, "props": props}]}


def test_balance_has_tier_pending_points_and_debt():
    # The example of the vendor's papers.
    content = {
        "balance": {
            "activePoints": 286,
            "pendingPoints": 50,
            "spentPoints": 150,
            "currentTier": {"id": 11, "name": "Bronze"},
        }
    }
    found = carry_out(client().balance(MEMBER), Answers(content))
    assert found == Balance(member_id=MEMBER, points=286, pending=50, tier="Bronze")
    debt = Answers(active(0, negativePoints=7.5))
    assert carry_out(client(decimals=1).balance(MEMBER), debt).points == -75


def test_part_of_a_ledger_is_read_by_its_name():
    content = {**active(9), "subledgerBalances": {"vip": {"activePoints": 4}}}
    assert (
        carry_out(client(subledger="vip").balance(MEMBER), Answers(content)).points == 4
    )
    unused = client(subledger="other")
    assert carry_out(unused.balance(MEMBER), Answers(content)).points == 0


def test_effects_on_another_program_are_not_ours():
    other = effect("addLoyaltyPoints", 30, programId=6)
    order = Accrual(key=KEY, member_id=MEMBER, points=30)
    with pytest.raises(ConfigurationError, match="retail_earn_points"):
        carry_out(client().accrue(order), Answers(other, active(0)))


def test_session_is_called_by_our_key_and_proves_itself():
    send = Answers(effect("addLoyaltyPoints", 0.3))
    order = Accrual(key=KEY, member_id=MEMBER, points=30, store="S01")
    settled = client(decimals=2, stores={"S01": "STORE-001"})
    assert carry_out(settled.accrue(order), send).points == 30
    request = send.requests[0]
    assert request.url == f"https://t1.example.com/v2/customer_sessions/{KEY}"
    assert request.headers["Authorization"] == "ApiKey-v1 secret"
    assert send.bodies[0]["customerSession"] == {
        "profileId": MEMBER,
        "state": "closed",
        "storeIntegrationId": "STORE-001",
        "attributes": {"retail_earn_points": 0.3},
    }


def test_missing_rule_is_told_by_its_attribute():
    order = Capture(key=KEY, member_id=MEMBER, points=10)
    with pytest.raises(ConfigurationError, match="retail_spend_points"):
        carry_out(client().capture(order), Answers(NOTHING, active(10)))
    refused = carry_out(client().capture(order), Answers(NOTHING, active(9)))
    assert (refused.reason, refused.available) == ("not_enough", 9)


def test_refused_session_that_posted_nothing_is_for_a_person():
    order = Accrual(key=KEY, member_id=MEMBER, points=10)
    wrong = (400, {"message": "Attribute unknown", "errors": []})
    with pytest.raises(RejectedByRemote, match="Attribute unknown"):
        carry_out(client().accrue(order), Answers(wrong, EMPTY, active(0)))


def test_unknown_original_is_an_expected_outcome():
    order = Reversal(
        key=KEY,
        member_id=MEMBER,
        points=10,
        original_kind="redemption",
        original_key="never",
        whole=True,
    )
    wrong = (400, {"message": "No such session", "errors": []})
    refused = carry_out(client().reverse(order), Answers(wrong, wrong))
    assert refused.reason == "unknown_original"


def test_entries_are_listed_page_by_page():
    entry = {
        "transactionUUID": "u1",
        "created": "2026-01-02T15:04:05+07:00",
        "programId": 5,
        "customerSessionId": KEY,
        "type": "subtraction",
        "name": "Spent",
        "amount": 10.25,
        "id": 123,
    }
    by_hand = {**entry, "type": "addition", "customerSessionId": ""}
    send = Answers({"hasMore": True, "data": [entry, by_hand]}, EMPTY)
    settled = client(decimals=2)
    page = carry_out(settled.transactions(MovementQuery(member_id=MEMBER)), send)
    spent, given = page.items
    assert (spent.kind, spent.points, spent.key) == ("redemption", -1025, KEY)
    assert spent.at == datetime(2026, 1, 2, 8, 4, 5, tzinfo=timezone.utc)
    assert (given.kind, given.points, given.ours) == ("adjustment", 1025, False)
    query = MovementQuery(member_id=MEMBER, cursor=page.next_cursor)
    assert carry_out(settled.transactions(query), send).next_cursor is None
    assert "skip=2" in send.requests[1].url


def test_list_without_a_member_is_not_to_be_had():
    refused = carry_out(client().transactions(MovementQuery()), Answers())
    assert refused.reason == "unsupported"


def test_answer_without_effects_leaves_the_outcome_open():
    order = Accrual(key=KEY, member_id=MEMBER, points=10)
    with pytest.raises(PlatformAnswerInvalid) as caught:
        carry_out(client().accrue(order), Answers({"customerSession": {}}))
    assert caught.value.context["unknown_outcome"]


def test_profile_is_called_by_what_the_deployment_says():
    phone = Identity(phone="+32470123456")
    refused = carry_out(client().member_find(phone), Answers())
    assert refused.reason == "unsupported"
    send = Answers({"profile": {}}, active(3))
    found = carry_out(client(member_by="phone").member_find(phone), send)
    assert (found.member_id, found.points) == ("+32470123456", 3)
    assert "/customer_profiles/%2B32470123456/inventory" in send.requests[0].url


# --- notifications --------------------------------------------------------------------

NOTICE = {
    "ProfileIntegrationID": MEMBER,
    "LoyaltyProgramID": 5,
    "Amount": 10.99,
    "NotificationType": "LoyaltyPointsDeducted",
    "SessionIntegrationID": KEY,
    "TransactionUUID": "u1",
}


def test_notice_is_a_hint_and_not_an_entry():
    body = json.dumps(NOTICE).encode()
    notice = client().parse_webhook({"X-UUID": "d1"}, body)
    assert (notice.event_id, notice.proven, notice.movement) == ("d1", False, None)
    assert notice.facts == {"movement_id": "u1", "session_id": KEY}
    assert client().parse_webhook({}, body).event_id == "u1"


def test_notice_of_another_kind_or_without_its_entry_is_refused():
    other = json.dumps({**NOTICE, "NotificationType": "LoyaltyTierUpgrade"}).encode()
    with pytest.raises(UnknownTopic):
        client().parse_webhook({}, other)
    bare = json.dumps({**NOTICE, "TransactionUUID": None}).encode()
    with pytest.raises(PayloadInvalid):
        client().parse_webhook({}, bare)


def test_header_with_another_secret_is_refused():
    client().verify_webhook(
        [Secret("s1")],
        headers={"X-Retail-Token": "s1"},
        body=b"{}",
        url="",
        now=utc_now(),
    )
    with pytest.raises(AuthenticationError):
        client().verify_webhook(
            [Secret("s1")],
            headers={"X-Retail-Token": "s2"},
            body=b"{}",
            url="",
            now=utc_now(),
        )
