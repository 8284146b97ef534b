"""``tools/tally.py`` and ``tools/latency.py``: counts of one process, and buckets."""

from __future__ import annotations

import threading

import pytest

from retail_integration_base.tools.latency import BOUNDS_S, LABELS, bucket
from retail_integration_base.tools.tally import Tally


def test_counts_and_totals_add_up_per_key():
    tally = Tally()
    tally.add("a", 2, 0.5)
    tally.add("a")
    tally.add("b", 1, 4.0)
    assert len(tally) == 2
    assert tally.take() == {"a": (3, 0.5), "b": (1, 4.0)}
    assert tally.take() == {}


def test_sums_that_could_not_be_written_come_again_with_the_new_ones():
    tally = Tally()
    tally.add("a", 2, 1.0)
    taken = tally.take()
    tally.add("a", 1, 0.5)
    tally.put_back(taken)
    assert tally.take() == {"a": (3, 1.5)}


def test_threads_lose_no_count():
    tally = Tally()
    taken: list[int] = []

    def count() -> None:
        for _n in range(2000):
            tally.add("a")

    def take() -> None:
        for _n in range(200):
            taken.append(tally.take().get("a", (0, 0))[0])

    threads = [threading.Thread(target=target) for target in (count, count, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) + tally.take().get("a", (0, 0))[0] == 4000


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(0, "0.005"), (0.005, "0.005"), (0.0051, "0.01"), (9.9, "10"), (11, "+Inf")],
)
def test_duration_falls_into_the_smallest_bucket_that_holds_it(seconds, label):
    assert bucket(seconds) == label


def test_every_bucket_has_a_label_that_is_its_bound():
    assert [float(label) for label in LABELS] == [*BOUNDS_S, float("inf")]
