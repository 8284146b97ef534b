"""Lanes: a key stays on its lane, keys spread over lanes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from bare_package import PROJECT

from retail_integration_base.tools.lanes import lane_number


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
