"""``drain_vs_job``, ``drain_noop_vs_job``: lanes against one queue_job per message."""

from __future__ import annotations

import time
from statistics import median

from .findings import Bar, Finding
from .load import http_request
from .scene import JOBS, LANES, Scene

ROUNDS = 3
RECEIPTS = 10_000
#: The usual way is slow: its rate shows with fewer receipts.
RECEIPTS_BY_JOB = 1_000
NOOPS = 100_000
NOOPS_BY_JOB = 1_000


def measure_drain(scene: Scene) -> Finding:
    """Receipts from ingest to done through lanes, against a job each, in receipts/s."""
    by_lane: list[float] = []
    by_job: list[float] = []
    _lanes(scene, RECEIPTS // 10)
    _jobs(scene, RECEIPTS_BY_JOB // 10)
    for _round in range(ROUNDS):
        by_lane.append(_lanes(scene, RECEIPTS))
        by_job.append(_jobs(scene, RECEIPTS_BY_JOB))
    return Finding(
        "drain_vs_job",
        Bar(8),
        [lane / job for lane, job in zip(by_lane, by_job, strict=True)],
        f"{median(by_lane):.0f} receipts/s from ingest to done;"
        f" {median(by_job):.0f} receipts/s with a job each",
    )


def measure_drain_noop(scene: Scene) -> Finding:
    """Stored messages without effect through lanes, against a job each, in events/s.

    What handing out work costs when the work itself costs nothing.
    """
    by_lane: list[float] = []
    by_job: list[float] = []
    _stored(scene, NOOPS // 50, LANES, "sweep")
    for _round in range(ROUNDS):
        by_lane.append(_stored(scene, NOOPS, LANES, "sweep"))
        by_job.append(_stored(scene, NOOPS_BY_JOB, JOBS, "enqueue"))
    return Finding(
        "drain_noop_vs_job",
        Bar(20),
        [lane / job for lane, job in zip(by_lane, by_job, strict=True)],
        f"{median(by_lane):.0f} stored events/s through lanes;"
        f" {median(by_job):.0f} events/s with a job each",
    )


def _lanes(scene: Scene, count: int) -> float:
    """Return receipts/s from the first request until all are done."""
    requests = scene.supply.batches(count, LANES)
    started = time.monotonic()
    scene.fire(requests)
    scene.wait_done(count)
    seconds = time.monotonic() - started
    scene.clear()
    return count / seconds


def _jobs(scene: Scene, count: int) -> float:
    """Return receipts/s from enqueuing until all are done; storing does not count."""
    with scene.runner_held():
        scene.serve(JOBS, serve=True)
        scene.fire(scene.supply.batches(count, JOBS))
        # From here on only the jobs of their own work these messages.
        scene.serve(JOBS, serve=False)
        scene.sql("DELETE FROM queue_job")
    return _work(scene, count, JOBS, "enqueue")


def _stored(scene: Scene, count: int, backend: str, start: str) -> float:
    """Return events/s from waking up whoever works them until all are done."""
    with scene.runner_held():
        # Whoever gets a job each is not worked by lanes as well.
        scene.serve(backend, serve=start == "sweep")
        scene.store_noops(count, backend)
    return _work(scene, count, backend, start)


def _work(scene: Scene, count: int, backend: str, start: str) -> float:
    request = http_request(f"/retail_bench/{start}/{backend}", {}, b"")
    started = time.monotonic()
    scene.fire([request])
    scene.wait_done(count)
    seconds = time.monotonic() - started
    scene.clear()
    return count / seconds
