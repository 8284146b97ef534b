"""1, 2 and 4 workers on one machine: rates, and what a message costs in CPU time.

The rates say where this machine ends; CPU time and bytes per message are what the
arithmetic of docs/scale.md counts with. Each step is a system of its own, as in the
bench.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import psutil

from runtime.progress import step

from ..bench.scene import LANES, Scene, Size, open_scene

STEPS = (1, 2, 4)
ROUNDS = 3
SINGLES = 1_000
BATCHED = 10_000
RECEIPTS = 5_000
WARM_UP = 200
#: what a receipt leaves behind
TABLES = (
    "retail_inbox_event",
    "retail_event_attempt",
    "retail_transaction",
    "retail_transaction_line",
    "retail_transaction_tender",
)


@dataclass(frozen=True)
class Cost:
    """What one kind of work came to: messages per second, CPU ms per message."""

    rate: float
    odoo_ms: float
    postgres_ms: float

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s ({self.odoo_ms:.2f} + {self.postgres_ms:.2f} ms)"


def measure_steps() -> str:
    """Measure each step; return a table: rate (CPU of Odoo + of PostgreSQL)."""
    lines = [
        "| workers | stored one by one | stored 500 at once | worked |",
        "|---|---|---|---|",
    ]
    for workers in STEPS:
        with (
            open_scene(Size(workers, workers)) as scene,
            step(f"Measuring {workers} workers"),
        ):
            single, batch, worked = _measure(scene)
            sizes = _sizes(scene)
        lines.append(f"| {workers} | {single} | {batch} | {worked} |")
        # Told at once: a later step may break.
        print(lines[-1], flush=True)
    return "\n".join([*lines, "", sizes])


def _measure(scene: Scene) -> tuple[Cost, Cost, Cost]:
    with scene.runner_held():
        scene.fire(scene.supply.singles(WARM_UP, LANES))
        scene.fire(scene.supply.batches(BATCHED, LANES))
        singles = [_stored(scene, _one_by_one) for _round in range(ROUNDS)]
        batches = [_stored(scene, _at_once) for _round in range(ROUNDS)]
    scene.clear()
    worked = [_worked(scene) for _round in range(ROUNDS + 1)]
    # The first one warms the caches of the lanes up.
    return _middle(singles), _middle(batches), _middle(worked[1:])


def _sizes(scene: Scene) -> str:
    """Work some receipts; return bytes per receipt of each table with its indexes."""
    scene.fire(scene.supply.batches(RECEIPTS, LANES))
    scene.wait_done(RECEIPTS)
    told = []
    for table in TABLES:
        rows, size = scene.sql(
            f"SELECT count(*), pg_total_relation_size('{table}') FROM {table}"
        )[0]
        told.append(f"{table} {rows / RECEIPTS:.1f} rows, {size / RECEIPTS:,.0f} bytes")
    payload = scene.sql("SELECT sum(octet_length(payload)) FROM retail_inbox_event")
    told.append(f"payload {payload[0][0] / RECEIPTS:,.0f} bytes of it")
    scene.clear()
    return "Per receipt: " + "; ".join(told)


def _one_by_one(scene: Scene) -> tuple[int, list[bytes]]:
    return SINGLES, scene.supply.singles(SINGLES, LANES)


def _at_once(scene: Scene) -> tuple[int, list[bytes]]:
    return BATCHED, scene.supply.batches(BATCHED, LANES)


def _stored(scene: Scene, make: Callable[[Scene], tuple[int, list[bytes]]]) -> Cost:
    count, requests = make(scene)
    before = _cpu_s(scene)
    return _cost(scene, count, scene.fire(requests).seconds, before)


def _worked(scene: Scene) -> Cost:
    """From the runner's start until all is worked; storing does not count."""
    with scene.runner_held():
        scene.fire(scene.supply.batches(RECEIPTS, LANES))
        before = _cpu_s(scene)
    started = time.monotonic()
    scene.wait_done(RECEIPTS)
    cost = _cost(scene, RECEIPTS, time.monotonic() - started, before)
    scene.clear()
    return cost


def _cost(
    scene: Scene, count: int, seconds: float, before: tuple[float, float]
) -> Cost:
    odoo_s, postgres_s = (
        after - earlier for after, earlier in zip(_cpu_s(scene), before, strict=True)
    )
    return Cost(count / seconds, 1000 * odoo_s / count, 1000 * postgres_s / count)


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        median(cost.rate for cost in costs),
        median(cost.odoo_ms for cost in costs),
        median(cost.postgres_ms for cost in costs),
    )


def _cpu_s(scene: Scene) -> tuple[float, float]:
    """Return the CPU seconds that Odoo and PostgreSQL have used so far."""
    cluster = scene.system.cluster
    assert cluster is not None
    return _used_s(scene.system.odoo_pid), _used_s(cluster.running_pid() or 0)


def _used_s(pid: int) -> float:
    """CPU seconds of a server: its processes, and its ended children's."""
    master = psutil.Process(pid)
    # user, system, and both of children that have ended
    return sum(sum(p.cpu_times()[:4]) for p in (master, *master.children(True)))
