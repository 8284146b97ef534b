"""The kit: what happens at the platform reaches us, whatever gets lost on the way.

A movement is one message of the inbox by whichever way it comes: a webhook, twice, out
of order, or a list that is read afterwards. So both have to say the same of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from platform_pair import HELD, Pair, PairCase

from retail_integration_base.tools.clock import utc_now
from retail_integration_base.tools.errors import RemoteUnavailable
from retail_loyalty_connector.schemas.platform_movement import TOPIC
from retail_loyalty_connector.tools import platform_news as news
from retail_loyalty_connector.tools.platform import (
    BalancePage,
    Movement,
    Profile,
    Refusal,
)
from retail_loyalty_connector.tools.platform_orders import MovementQuery


def identities(documents: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return what the inbox knows movements by."""
    return {one["movement"]: news.identity_of(one) for one in documents}


class NewsContract(PairCase):
    """Webhooks and lists tell the same story, once."""

    def told(self, pair: Pair, **disorder: Any) -> list[dict[str, Any]]:
        """Return the movements that webhooks tell and prove."""
        found = []
        for webhook in pair.platform.take_webhooks(**disorder):
            notice = pair.client.parse_webhook(webhook.headers, webhook.body)
            topic, document = news.document_of_notice(notice)
            assert document["member"] == notice.member_id
            if topic == TOPIC:
                assert pair.client.capabilities.signed_webhooks
                found.append(document)
        return found

    def listed(self, pair: Pair, member_id: str, since: Any) -> list[Movement]:
        """Return a member's movements since then, each once."""
        query = MovementQuery(since=since, member_id=member_id)
        found = pair.all_movements(query)
        return list({one.movement_id: one for one in found}.values())

    def test_list_fills_in_what_webhooks_lost(self, pair: Pair) -> None:
        member_id, began = pair.enrol(0), utc_now() - timedelta(minutes=10)
        for points in (HELD, 7, 13):
            pair.accrue(member_id, points)
        pair.capture(member_id)
        told = identities(self.told(pair, duplicates=True, disorder_seed=2)[::3])
        listed = self.listed(pair, member_id, began)
        known = identities(map(news.document_of, listed))
        assert told.items() <= known.items()
        assert sum(one.points for one in listed) == pair.points(member_id) == 20

    def test_ten_minutes_away_are_caught_up(self, pair: Pair) -> None:
        member_id, began = pair.enrol(0), utc_now() - timedelta(minutes=10)
        pair.accrue(member_id, 5)
        pair.platform.outage = True
        with pytest.raises(RemoteUnavailable):
            self.listed(pair, member_id, began)
        pair.platform.outage = False
        pair.accrue(member_id, 6)
        pair.platform.take_webhooks()
        first = self.listed(pair, member_id, began)
        again = self.listed(pair, member_id, began)
        assert {one.movement_id for one in first} == {one.movement_id for one in again}
        assert sum(one.points for one in first) == 11

    def test_balances_of_everybody_are_listed(self, pair: Pair) -> None:
        wanted = {pair.enrol(points): points for points in (0, 3, 50)}
        page = pair.do(pair.client.balances())
        if not pair.client.capabilities.lists_balances:
            assert isinstance(page, Refusal) and page.reason == "unsupported"
            return
        assert isinstance(page, BalancePage)
        assert {one.member_id: one.points for one in page.items} == wanted

    def test_profile_is_told_and_taken(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        can = pair.client.capabilities
        found = pair.do(pair.client.profile(member_id))
        if can.tells_profile:
            assert isinstance(found, Profile) and found.member_id == member_id
        else:
            assert found.reason == "unsupported"
        told = Profile(
            member_id=member_id,
            name="Ada Byron",
            email="ada@example.com",
            birth_date="1990-12-10",
        )
        refused = pair.do(pair.client.tell_profile(told))
        if not can.takes_profile:
            assert refused.reason == "unsupported"
            return
        assert refused is None
        now = pair.do(pair.client.profile(member_id))
        assert (now.name, now.email, now.birth_date) == (
            told.name,
            told.email,
            told.birth_date,
        )

    def test_strangers_profile_is_an_expected_outcome(self, pair: Pair) -> None:
        if not pair.client.capabilities.tells_profile:
            pytest.skip("tells no profiles")
        found = pair.do(pair.client.profile("nobody"))
        assert isinstance(found, Refusal) and found.reason == "unknown_member"
