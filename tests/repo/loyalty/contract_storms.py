"""The kit: many orders while the platform misbehaves, and many tills at once.

Whatever happens on the way, each order has its effect once: what the platform then
holds is what the orders say, to the point.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from platform_pair import HELD, Pair, PairCase, new_key, reservation

from retail_integration_base.tools.errors import RetailError
from retail_loyalty_connector.tools.platform import Movement, Refusal
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Capture,
    MovementQuery,
    Reversal,
)
from tests.simulators.faults import RandomFaults

ORDERS = 25
ATTEMPTS_MAX = 40
#: A third of all changes fail, most after they took effect.
STORM = {
    "drop_after_accept": 0.12,
    "truncate": 0.05,
    "garbage": 0.05,
    "drop_before_accept": 0.04,
    "500": 0.04,
    "409": 0.03,
    "429=0": 0.03,
}


class _Storm:
    """Faults by chance, another one for each request."""

    def __init__(self, seed: int) -> None:
        self._plan = RandomFaults(STORM, seed=seed)
        self._count = 0

    def next(self, key: str, _attempt: int) -> Any:
        """Return the fault of the next request."""
        self._count += 1
        return self._plan.next(f"{key}/{self._count}", 1)


def settle(pair: Pair, operation: Any) -> Any:
    """Carry an operation out as the outbox does: again, until its outcome is known."""
    for attempt in range(ATTEMPTS_MAX):
        try:
            return pair.do(operation(again=attempt > 0))
        except RetailError as error:
            if not error.retry:
                raise
    pytest.fail(f"no outcome in {ATTEMPTS_MAX} attempts")


class StormContract(PairCase):
    """Exactly once, in bad weather."""

    @pytest.mark.parametrize("seed", range(4))
    def test_storm_leaves_each_order_done_once(self, seed: int) -> None:
        rng = random.Random(seed)
        with self.started() as pair:
            member_id = pair.enrol(0)
            pair.platform.faults = _Storm(seed)
            expected, accrued = 0, []
            for _order in range(ORDERS):
                kind = rng.choice(("accrue", "accrue", "capture", "reverse"))
                if kind == "accrue":
                    order = Accrual(
                        key=new_key(), member_id=member_id, points=rng.randint(1, 150)
                    )
                    done = settle(pair, partial(pair.client.accrue, order))
                    accrued.append(order)
                    assert done.points == order.points
                    expected += order.points
                elif kind == "capture":
                    expected -= self._spend(pair, member_id, expected)
                elif accrued:
                    expected -= self._undo(pair, accrued.pop(), expected)
                assert pair.points(member_id) == expected
            movements = pair.all_movements(MovementQuery(member_id=member_id))
            by_id = {one.movement_id: one for one in movements}
            assert sum(one.points for one in by_id.values()) == expected

    @staticmethod
    def _spend(pair: Pair, member_id: str, available: int) -> int:
        """Hold and take points; return how many are gone."""
        hold_id = None
        if pair.client.capabilities.holds:
            order = partial(pair.client.reserve, reservation(member_id, new_key()))
            hold = settle(pair, order)
            if isinstance(hold, Refusal):
                assert hold.reason == "not_enough" and available < HELD
                return 0
            hold_id = hold.hold_id
        capture = Capture(
            key=new_key(),
            member_id=member_id,
            points=HELD,
            hold_id=hold_id,
            held=HELD if hold_id else None,
        )
        taken = settle(pair, partial(pair.client.capture, capture))
        if isinstance(taken, Refusal):
            assert taken.reason == "not_enough" and available < HELD
            return 0
        return HELD

    @staticmethod
    def _undo(pair: Pair, original: Accrual, available: int) -> int:
        """Take an accrual back; return how many points are gone."""
        order = Reversal(
            key=new_key(),
            member_id=original.member_id,
            points=original.points,
            original_kind="accrual",
            original_key=original.key,
            whole=True,
        )
        undone = settle(pair, partial(pair.client.reverse, order))
        if isinstance(undone, Refusal):
            assert undone.reason == "not_enough" and available < original.points
            return 0
        assert undone.points == -original.points
        return original.points

    @pytest.mark.parametrize("operation", ["accrue", "capture", "reverse"])
    def test_one_order_sent_by_many_at_once_counts_once(
        self, pair: Pair, operation: str
    ) -> None:
        if operation not in pair.client.capabilities.repeatable:
            pytest.skip("the ledger sends such orders one after the other")
        member_id = pair.enrol(2 * HELD)
        order, points = self._order(pair, operation, member_id)
        before = pair.points(member_id)
        method = getattr(pair.client, operation)
        with ThreadPoolExecutor(8) as pool:
            sent = [
                pool.submit(settle, pair, partial(method, order)) for _n in range(8)
            ]
            found = [one.result() for one in sent]
        assert {one.points for one in found if isinstance(one, Movement)} == {points}
        assert len({one.movement_id for one in found}) == 1
        assert pair.points(member_id) == before + points

    @staticmethod
    def _order(pair: Pair, operation: str, member_id: str) -> tuple[Any, int]:
        """Return an order and what it does to the balance."""
        key = new_key()
        if operation == "accrue":
            return Accrual(key=key, member_id=member_id, points=HELD), HELD
        if operation == "capture":
            return Capture(key=key, member_id=member_id, points=HELD), -HELD
        pair.accrue(member_id, HELD, key)
        reversal = Reversal(
            key=new_key(),
            member_id=member_id,
            points=HELD,
            original_kind="accrual",
            original_key=key,
            whole=True,
        )
        return reversal, -HELD
