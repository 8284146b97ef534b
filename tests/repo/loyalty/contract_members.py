"""The kit: members, accruals, lists and webhooks of a platform."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from platform_pair import (
    UNKNOWN_FAULTS,
    Pair,
    PairCase,
    new_key,
    unknown,
)

from retail_integration_base.tools.clock import utc_now
from retail_integration_base.tools.errors import (
    AuthenticationError,
    PayloadInvalid,
    RemoteUnavailable,
)
from retail_integration_base.tools.signing import Secret
from retail_loyalty_connector.tools.error_platform import PlatformAnswerInvalid
from retail_loyalty_connector.tools.platform import (
    Member,
    Movement,
    Profile,
    Refusal,
)
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    MovementQuery,
)
from tests.simulators.faults import ScriptedFaults


class MembersContract(PairCase):
    """Who the members are, what they earn, what is listed and told."""

    def test_member_is_found_by_identity(self, pair: Pair) -> None:
        member_id = pair.enrol(40)
        found = pair.do(pair.client.member_find(pair.identity(member_id)))
        assert isinstance(found, Member)
        assert (found.member_id, found.points) == (member_id, 40)

    def test_stranger_is_an_expected_outcome(self, pair: Pair) -> None:
        found = pair.do(pair.client.member_find(pair.stranger))
        assert isinstance(found, Refusal) and found.reason == "unknown_member"

    def test_member_is_enrolled_once(self, pair: Pair) -> None:
        enrolled = pair.do(pair.client.member_enrol(new_key(), pair.stranger))
        if not pair.client.capabilities.enrols:
            assert enrolled.reason == "unsupported"
            return
        assert isinstance(enrolled, Member) and enrolled.points == 0
        again = pair.do(pair.client.member_enrol(new_key(), pair.stranger))
        assert again.reason == "member_exists"
        found = pair.do(pair.client.member_find(pair.stranger))
        assert found.member_id == enrolled.member_id

    def test_two_are_made_one_or_a_person_is_told_how(self, pair: Pair) -> None:
        member_id, other_id = pair.enrol(3), pair.enrol(4)
        for operation in (pair.client.member_merge, pair.client.member_part):
            done = pair.do(operation(member_id, other_id))
            if pair.client.capabilities.merges:
                assert done is None
                continue
            assert done.reason == "unsupported" and done.detail
            assert member_id not in done.detail, "what is told names nobody"
        assert pair.points(member_id) + pair.points(other_id) == 7

    @pytest.mark.parametrize("fault", ("accept", "drop_after_accept"))
    def test_member_is_forgotten_or_a_person_is_told_how(self, fault: str) -> None:
        with self.started([fault]) as pair:
            member_id = pair.enrol(3)
            can = pair.client.capabilities
            if can.takes_profile:
                told = Profile(member_id=member_id, name="Ada Byron")
                pair.platform.faults = ScriptedFaults([])
                assert pair.do(pair.client.tell_profile(told)) is None
                pair.platform.faults = ScriptedFaults([fault])
            with suppress(RemoteUnavailable):
                pair.do(pair.client.member_erase(member_id))
            done = pair.do(pair.client.member_erase(member_id))
            if not can.erases:
                assert done.reason == "unsupported" and done.detail
                return
            assert done is None or done.reason == "unknown_member"
            if can.tells_profile:
                assert pair.do(pair.client.profile(member_id)).name is None

    def test_accrual_with_one_key_counts_once(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        order = Accrual(key=new_key(), member_id=member_id, points=30)
        first = pair.do(pair.client.accrue(order))
        second = pair.do(pair.client.accrue(order, again=True))
        assert (first.kind, first.points) == ("accrual", 30)
        assert second.movement_id == first.movement_id
        assert pair.points(member_id) == 30

    def test_one_key_with_other_points_is_a_conflict(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        key = new_key()
        pair.accrue(member_id, 30, key)
        other = Accrual(key=key, member_id=member_id, points=31)
        refused = pair.do(pair.client.accrue(other, again=True))
        assert isinstance(refused, Refusal) and refused.reason == "conflict"
        assert pair.points(member_id) == 30

    @pytest.mark.parametrize("fault", UNKNOWN_FAULTS)
    def test_lost_answer_to_an_accrual_is_settled(self, fault: str) -> None:
        with self.started([fault]) as pair:
            member_id = pair.enrol(0)
            order = Accrual(key=new_key(), member_id=member_id, points=30)
            with pytest.raises((RemoteUnavailable, PlatformAnswerInvalid)) as caught:
                pair.do(pair.client.accrue(order))
            assert unknown(caught.value)
            settled = pair.do(pair.client.accrue(order, again=True))
            assert isinstance(settled, Movement) and settled.points == 30
            assert pair.points(member_id) == 30

    def test_movements_add_up_to_the_balance(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        for points in (100, 7, 5):
            pair.accrue(member_id, points)
        pair.capture(member_id)
        found = pair.all_movements(MovementQuery(member_id=member_id))
        assert sum(one.points for one in found) == pair.points(member_id) == 12
        assert {one.member_id for one in found} == {member_id}

    def test_overlapping_windows_lose_and_double_nothing(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        begin = utc_now() - timedelta(seconds=5)
        expected = {pair.accrue(member_id, n).movement_id for n in range(1, 36)}
        middle = utc_now()
        expected |= {pair.accrue(member_id, n).movement_id for n in range(1, 6)}
        end = utc_now() + timedelta(seconds=5)
        overlap = timedelta(seconds=2)
        windows = [(begin, middle), (middle - overlap, end)]
        found = [
            one.movement_id
            for since, until in windows
            for one in pair.all_movements(
                MovementQuery(since=since, until=until, member_id=member_id)
            )
        ]
        assert set(found) == expected
        assert len(found) > len(expected)

    def test_webhook_is_believed_and_read(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        accrued = pair.accrue(member_id, 30)
        webhooks = pair.platform.take_webhooks(duplicates=True, disorder_seed=4)
        notices = []
        for webhook in webhooks:
            self._verify(pair, webhook.headers, webhook.body)
            notices.append(pair.client.parse_webhook(webhook.headers, webhook.body))
        assert len({one.event_id for one in notices}) * 2 == len(notices) > 0
        assert {one.member_id for one in notices} == {member_id}
        assert {one.proven for one in notices} == {
            pair.client.capabilities.signed_webhooks
        }
        # What nothing vouches for is told as a hint, not as an entry.
        assert all(one.proven for one in notices if one.movement)
        told = {
            one.movement.movement_id if one.movement else one.facts.get("movement_id")
            for one in notices
        }
        assert told == {accrued.movement_id}

    def test_webhook_of_somebody_else_is_refused(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        pair.accrue(member_id, 30)
        webhook = pair.platform.take_webhooks()[-1]
        unsigned = {"Content-Type": "application/json"}
        with pytest.raises(AuthenticationError):
            self._verify(pair, unsigned, webhook.body)
        if pair.client.capabilities.signed_webhooks:
            forged = webhook.body.replace(b"30", b"99")
            assert forged != webhook.body
            with pytest.raises(AuthenticationError):
                self._verify(pair, webhook.headers, forged)

    @pytest.mark.parametrize("body", [b"[]", b"{}", b"7", b'{"type": []}'])
    def test_webhook_that_says_nothing_is_refused(
        self, pair: Pair, body: bytes
    ) -> None:
        with pytest.raises(PayloadInvalid):
            pair.client.parse_webhook({}, body)

    @staticmethod
    def _verify(pair: Pair, headers: Any, body: bytes) -> None:
        pair.client.verify_webhook(
            [Secret(pair.webhook_secret)],
            headers=headers,
            body=body,
            url=pair.webhook_url,
            now=utc_now(),
        )
