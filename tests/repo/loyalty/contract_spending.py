"""The kit: holds, captures and voids of a platform, lost answers included."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from platform_pair import (
    HELD,
    UNKNOWN_FAULTS,
    Pair,
    PairCase,
    new_key,
    reservation,
    unknown,
)

from retail_integration_base.tools.errors import (
    RemoteUnavailable,
)
from retail_loyalty_connector.tools.error_platform import PlatformAnswerInvalid
from retail_loyalty_connector.tools.platform import (
    Movement,
    Refusal,
)
from retail_loyalty_connector.tools.platform_orders import (
    Capture,
)
from tests.simulators.faults import ScriptedFaults


class SpendingContract(PairCase):
    """Points that are locked, taken and freed."""

    def test_hold_locks_points(self, pair: Pair) -> None:
        member_id = pair.enrol(HELD + 20)
        held = pair.do(pair.client.reserve(reservation(member_id)))
        if not pair.client.capabilities.holds:
            assert isinstance(held, Refusal) and held.reason == "unsupported"
            assert pair.points(member_id) == HELD + 20
            return
        assert (held.points, held.state) == (HELD, "open")
        refused = pair.do(pair.client.reserve(reservation(member_id)))
        assert isinstance(refused, Refusal) and refused.reason == "not_enough"

    def test_captured_points_are_gone(self, pair: Pair) -> None:
        member_id = pair.enrol(HELD + 20)
        order, movement = pair.capture(member_id)
        assert isinstance(movement, Movement)
        again = pair.do(pair.client.capture(order, again=True))
        assert again.movement_id == movement.movement_id
        assert pair.points(member_id) == 20

    def test_points_that_are_not_there_are_not_taken(self, pair: Pair) -> None:
        member_id = pair.enrol(HELD - 1)
        if pair.client.capabilities.holds:
            refused = pair.do(pair.client.reserve(reservation(member_id)))
        else:
            refused = pair.capture(member_id)[1]
        assert isinstance(refused, Refusal) and refused.reason == "not_enough"
        assert refused.available == HELD - 1
        assert pair.points(member_id) == HELD - 1

    def test_part_of_a_hold_is_taken_or_refused(self, pair: Pair) -> None:
        if not pair.client.capabilities.holds:
            pytest.skip("no holds: the ledger keeps them, parts included")
        member_id = pair.enrol(HELD)
        hold = pair.reserve(member_id)
        order = Capture(
            key=new_key(),
            member_id=member_id,
            points=HELD - 40,
            hold_id=hold.hold_id,
            held=HELD,
        )
        taken = pair.do(pair.client.capture(order))
        if pair.client.capabilities.partial_capture:
            assert isinstance(taken, Movement)
            assert pair.points(member_id) == 40
        else:
            assert isinstance(taken, Refusal) and taken.reason == "unsupported"
            assert pair.do(pair.client.void(new_key(), hold.hold_id)) is None
            assert pair.points(member_id) == HELD

    def test_voided_points_are_back_and_stay_back(self, pair: Pair) -> None:
        if not pair.client.capabilities.holds:
            pytest.skip("no holds: the ledger keeps them")
        member_id = pair.enrol(HELD)
        hold = pair.reserve(member_id)
        key = new_key()
        assert pair.do(pair.client.void(key, hold.hold_id)) is None
        assert pair.do(pair.client.void(key, hold.hold_id, again=True)) is None
        assert pair.points(member_id) == HELD
        order = Capture(
            key=new_key(),
            member_id=member_id,
            points=HELD,
            hold_id=hold.hold_id,
            held=HELD,
        )
        refused = pair.do(pair.client.capture(order))
        assert isinstance(refused, Refusal)
        assert refused.reason in ("resolved", "expired", "unknown_hold")
        assert pair.points(member_id) == HELD

    def test_captured_hold_is_not_voided(self, pair: Pair) -> None:
        if not pair.client.capabilities.holds:
            pytest.skip("no holds: the ledger keeps them")
        member_id = pair.enrol(HELD)
        order, _movement = pair.capture(member_id)
        refused = pair.do(pair.client.void(new_key(), order.hold_id))
        assert isinstance(refused, Refusal) and refused.reason == "resolved"
        assert pair.points(member_id) == 0

    @pytest.mark.parametrize("fault", UNKNOWN_FAULTS)
    @pytest.mark.parametrize("operation", ["reserve", "capture", "void"])
    def test_lost_answer_to_spending_is_settled(
        self, operation: str, fault: str
    ) -> None:
        with self.started() as pair:
            if operation != "capture" and not pair.client.capabilities.holds:
                pytest.skip("no holds: the ledger keeps them")
            member_id = pair.enrol(HELD)
            attempt = self._prepared(pair, operation, member_id)
            pair.platform.faults = ScriptedFaults([fault])
            with pytest.raises((RemoteUnavailable, PlatformAnswerInvalid)) as caught:
                pair.do(attempt(again=False))
            assert unknown(caught.value)
            for _repetition in range(2):
                settled = pair.do(attempt(again=True))
                assert not isinstance(settled, Refusal), settled
            expected = HELD if operation == "void" else 0
            assert pair.points(member_id) == expected

    @staticmethod
    def _prepared(pair: Pair, operation: str, member_id: str) -> Callable[..., Any]:
        """Return an operation to be tried; the hold that it needs is there."""
        if operation == "reserve":
            return partial(pair.client.reserve, reservation(member_id))
        hold_id = None
        if pair.client.capabilities.holds:
            hold_id = pair.reserve(member_id).hold_id
        if operation == "void":
            return partial(pair.client.void, new_key(), hold_id)
        held = HELD if hold_id else None
        order = Capture(
            key=new_key(), member_id=member_id, points=HELD, hold_id=hold_id, held=held
        )
        return partial(pair.client.capture, order)
