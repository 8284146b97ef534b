"""A partner that is odd in one way at a time; the storm has all of them at once."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from ..simulators.faults import ScriptedFaults
from ..simulators.journal import Journal
from ..simulators.partner import Partner
from .conftest import PARTNER, TILLS, Receipts
from .hub import Hub

SETTLED_S = 90.0


@pytest.fixture(autouse=True)
def quiet(hub: Hub) -> None:
    """Let the partner hear what other scenarios left, before it is told how to fail."""
    hub.wait_settled(SETTLED_S)


def deliver(hub: Hub, messages: list[Any]) -> list[str]:
    """Post receipts and return the ids of what the partner has to hear."""
    for message in messages:
        assert hub.post(TILLS, message).status == 202
    hub.wait_settled(SETTLED_S)
    keys = hub.delivery_keys([message.id for message in messages])
    assert len(keys) == len(messages)
    return keys


def requests_of(partner: Partner, key: str) -> list[dict[str, Any]]:
    facts = Journal(partner.journal.path).read("request")
    return [fact for fact in facts if fact["key"] == key]


def test_answer_lost_after_the_effect_is_asked_again_with_the_same_id(
    hub: Hub, partner: Partner, receipts: Receipts
):
    partner.faults = ScriptedFaults(["drop_after_accept"])
    (key,) = deliver(hub, receipts(1, stores=["S03"]))
    first, second = requests_of(partner, key)
    assert (first["effect"], second["effect"]) == ("applied", "duplicate")
    assert first["body_sha256"] == second["body_sha256"]
    outcomes = hub.sql(
        "SELECT a.outcome FROM retail_event_attempt a"
        " JOIN retail_outbox_event e ON e.id = a.outbox_event_id"
        " WHERE e.event_key = %s ORDER BY a.id",
        key,
    )
    assert outcomes == [("unknown",), ("succeeded",)]


def test_partner_that_asks_for_a_pause_gets_it(
    hub: Hub, partner: Partner, receipts: Receipts
):
    partner.faults = ScriptedFaults(["429=4"])
    (key,) = deliver(hub, receipts(1, stores=["S03"]))
    first, second = requests_of(partner, key)
    waited = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert 4 <= waited.total_seconds() < 15
    assert second["effect"] == "applied"


def test_paused_partner_hears_everything_in_order_when_resumed(
    hub: Hub, partner: Partner, receipts: Receipts
):
    messages = receipts(30, stores=["S03"])
    hub.press(PARTNER, "action_pause")
    for message in messages:
        assert hub.post(TILLS, message).status == 202
    time.sleep(3)
    keys = hub.delivery_keys([message.id for message in messages])
    assert len(keys) == len(messages)
    assert not set(keys) & set(partner.effects)
    hub.press(PARTNER, "action_activate")
    hub.wait_settled(SETTLED_S)
    heard = [effect.key for effect in partner.effects_in_order()]
    assert [key for key in heard if key in set(keys)] == keys
