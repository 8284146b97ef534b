"""A platform's movements as documents, and what they are posted as."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from retail_integration_base.schemas import registry
from retail_loyalty_connector.tools import platform_news as news
from retail_loyalty_connector.tools.platform import Movement, Notice

AT = datetime(2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc)


def movement(**values: object) -> Movement:
    facts = {"movement_id": "m1", "member_id": "a1", "kind": "adjustment", "points": -3}
    return Movement(**{**facts, "at": AT, **values})


@pytest.mark.parametrize(
    ("kind", "points", "posted"),
    [
        ("accrual", 5, "accrual"),
        ("accrual", -5, "adjustment"),
        ("redemption", -5, "redemption"),
        ("redemption", 5, "adjustment"),
        ("hold", -5, "redemption"),
        ("release", 5, "adjustment"),
        ("expiry", -5, "expiry"),
        ("reversal", -5, "adjustment"),
        ("other", 5, "adjustment"),
    ],
)
def test_movement_is_posted_as_what_it_did(kind, points, posted):
    assert news.posted_kind(kind, points) == posted


def test_document_keeps_to_its_contract_however_long_the_reason():
    document = news.document_of(movement(reason="x" * 9000, key="k", ref="o"))
    said = registry.validate(news.MOVEMENT_TOPIC, document)
    assert (said.movement, said.points, said.at) == ("m1", -3, AT)
    assert said.partition_key() == "member:a1"


def test_what_nobody_vouches_for_is_only_a_hint():
    notice = Notice(
        event_id="e1",
        kind="x",
        member_id="a1",
        occurred_at=None,
        proven=False,
        movement=movement(),
    )
    topic, document = news.document_of_notice(notice)
    assert (topic, document) == (news.MEMBER_TOPIC, {"member": "a1", "what": "moved"})
    registry.validate(topic, document)


def test_entry_has_one_id_for_ever_and_another_if_forced():
    assert news.entry_uuid("square", "m1") == news.entry_uuid("square", "m1")
    assert news.entry_uuid("square", "m1") == "d20d941e-90f1-5607-bea2-20269c70a2b7"
    others = {
        news.entry_uuid("square", "m1", forced=True),
        news.entry_uuid("square", "m2"),
        news.entry_uuid("talon", "m1"),
    }
    assert len(others | {news.entry_uuid("square", "m1")}) == 4
