"""Lanes: a key stays on its lane, keys spread over lanes, lanes take turns."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter
from datetime import datetime

import pytest
from bare_package import PROJECT

from retail_integration_base.tools.lanes import lane_number, next_turn


def test_lanes_are_fixed_over_releases():
    assert [lane_number(f"receipt:12/{n}", 8) for n in range(6)] == [6, 0, 2, 4, 7, 1]


def test_a_lane_does_not_depend_on_the_process():
    code = (
        f"import sys; sys.path.insert(0, {str(PROJECT / 'tests/repo')!r})\n"
        "import bare_package; bare_package.register_all()\n"
        "from retail_integration_base.tools.lanes import lane_number\n"
        "print(lane_number('receipt:12/3', 64))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) == lane_number("receipt:12/3", 64)


def test_keys_spread_evenly():
    counts = Counter(lane_number(f"order:shop/{n}", 8) for n in range(8000))
    assert set(counts) == set(range(8))
    assert min(counts.values()) > 800


@pytest.mark.parametrize("lanes", [0, -1])
def test_a_backend_has_at_least_one_lane(lanes):
    with pytest.raises(ValueError, match="at least one lane"):
        lane_number("k", lanes)


def test_next_turn_is_half_to_one_and_a_half_pace_away():
    begun_at = datetime(2026, 11, 21, 16, 0, 0, 123456)
    waits_s = [
        (next_turn(lane, begun_at, 2.0) - begun_at).total_seconds()
        for lane in range(1, 200)
    ]
    assert min(waits_s) >= 1.0 - 1e-5
    assert max(waits_s) < 3.0


def test_neighbouring_lanes_take_turns():
    begun_at = datetime(2026, 11, 21, 16)
    for first in range(1, 50):
        turns = sorted(next_turn(first + n, begun_at, 2.0) for n in range(4))
        gaps_s = [(b - a).total_seconds() for a, b in itertools.pairwise(turns)]
        assert min(gaps_s) > 0.2, (first, gaps_s)


def test_lane_keeps_its_moment():
    begun_at = datetime(2026, 11, 21, 16)
    turn = next_turn(7, begun_at, 2.0)
    again = next_turn(7, turn, 2.0)
    assert abs((again - turn).total_seconds() - 2.0) < 1e-5
