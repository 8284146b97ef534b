"""The kit: reversals, and the ways on which a call can fail."""

from __future__ import annotations

import pytest
from platform_pair import (
    HELD,
    Pair,
    PairCase,
    new_key,
    unknown,
)

from retail_integration_base.tools.errors import (
    ConcurrentUpdate,
    ConfigurationError,
    RateLimited,
    RemoteUnavailable,
)
from retail_loyalty_connector.tools.error_platform import PlatformAnswerInvalid
from retail_loyalty_connector.tools.platform import (
    Movement,
    Refusal,
)
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Reversal,
)


class UndoingContract(PairCase):
    """Points that are taken back, and calls that fail."""

    def test_accrual_is_taken_back_once(self, pair: Pair) -> None:
        member_id = pair.enrol(5)
        key = new_key()
        accrued = pair.accrue(member_id, 30, key)
        order = Reversal(
            key=new_key(),
            member_id=member_id,
            points=30,
            original_kind="accrual",
            original_key=key,
            original_id=accrued.movement_id,
            whole=True,
            reason="Return 1",
        )
        undone = pair.do(pair.client.reverse(order))
        again = pair.do(pair.client.reverse(order, again=True))
        assert isinstance(undone, Movement) and undone.points == -30
        assert again.movement_id == undone.movement_id
        assert pair.points(member_id) == 5

    def test_part_of_an_accrual_is_taken_back_or_refused(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        key = new_key()
        accrued = pair.accrue(member_id, 30, key)
        order = Reversal(
            key=new_key(),
            member_id=member_id,
            points=12,
            original_kind="accrual",
            original_key=key,
            original_id=accrued.movement_id,
        )
        undone = pair.do(pair.client.reverse(order))
        if pair.client.capabilities.reverses_in_part:
            assert isinstance(undone, Movement) and undone.points == -12
            assert pair.points(member_id) == 18
        else:
            assert isinstance(undone, Refusal) and undone.reason == "unsupported"
            assert pair.points(member_id) == 30

    def test_spent_points_cannot_be_taken_back_unasked(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        key = new_key()
        accrued = pair.accrue(member_id, HELD, key)
        assert isinstance(pair.capture(member_id)[1], Movement)
        order = Reversal(
            key=new_key(),
            member_id=member_id,
            points=HELD,
            original_kind="accrual",
            original_key=key,
            original_id=accrued.movement_id,
        )
        refused = pair.do(pair.client.reverse(order))
        assert isinstance(refused, Refusal) and refused.reason == "not_enough"
        assert refused.available == 0
        assert pair.points(member_id) == 0

    def test_redemption_is_given_back(self, pair: Pair) -> None:
        member_id = pair.enrol(HELD)
        capture, movement = pair.capture(member_id)
        order = Reversal(
            key=new_key(),
            member_id=member_id,
            points=HELD,
            original_kind="redemption",
            original_key=capture.key,
            original_id=movement.movement_id,
            whole=True,
            reason="Return 2",
        )
        undone = pair.do(pair.client.reverse(order))
        if not pair.client.capabilities.reverses_redemptions:
            assert isinstance(undone, Refusal) and undone.reason == "unsupported"
            return
        assert isinstance(undone, Movement) and undone.points == HELD
        again = pair.do(pair.client.reverse(order, again=True))
        assert again.movement_id == undone.movement_id
        assert pair.points(member_id) == HELD

    def test_rate_limit_says_when_to_come_back(self) -> None:
        with self.started(["429=7"]) as pair:
            member_id = pair.enrol(0)
            order = Accrual(key=new_key(), member_id=member_id, points=5)
            with pytest.raises(RateLimited) as caught:
                pair.do(pair.client.accrue(order))
            assert caught.value.retry_after_s == 7
            assert not unknown(caught.value)
            assert pair.do(pair.client.accrue(order)).points == 5

    def test_simultaneous_change_is_tried_again(self) -> None:
        with self.started(["409"]) as pair:
            member_id = pair.enrol(0)
            order = Accrual(key=new_key(), member_id=member_id, points=5)
            with pytest.raises(ConcurrentUpdate) as caught:
                pair.do(pair.client.accrue(order))
            assert caught.value.retry and not unknown(caught.value)
            assert pair.do(pair.client.accrue(order)).points == 5

    def test_outage_ends_without_a_trace(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        order = Accrual(key=new_key(), member_id=member_id, points=5)
        pair.platform.outage = True
        for _attempt in range(3):
            with pytest.raises(RemoteUnavailable):
                pair.do(pair.client.accrue(order, again=True))
        pair.platform.outage = False
        assert pair.do(pair.client.accrue(order, again=True)).points == 5
        assert pair.points(member_id) == 5

    def test_nonsense_is_told_from_an_answer(self) -> None:
        with self.started(["garbage"], breaks_reads=True) as pair:
            member_id = pair.enrol(3)
            with pytest.raises(PlatformAnswerInvalid) as caught:
                pair.do(pair.client.balance(member_id))
            assert caught.value.retry and not unknown(caught.value)
            assert pair.points(member_id) == 3

    def test_refused_token_is_ours_to_mend(self, pair: Pair) -> None:
        member_id = pair.enrol(0)
        pair.platform.token = "another"
        with pytest.raises(ConfigurationError) as caught:
            pair.do(pair.client.balance(member_id))
        assert pair.client.connection.token not in str(caught.value)
