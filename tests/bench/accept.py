"""``accept_p99_over_idle_p50``: how long a sender waits while the hub is busy."""

from __future__ import annotations

from statistics import median

from .findings import Bar, Finding
from .scene import LANES, Scene

ROUNDS = 5
#: one after the other, each when the one before has long been answered
IDLE_REQUESTS = 200
IDLE_INTERVAL_S = 0.02
BUSY_REQUESTS = 2_000
BUSY_INTERVAL_S = 1 / 200
#: so many messages reach the lanes with every fiftieth request to the bare route
PARCEL_EVENTS = 50
MS = 1000


def measure_accept(scene: Scene) -> Finding:
    """p99 of accepting 200 events/s while lanes work them, over the idle p50.

    Latencies count from the moment at which a request was due, so that one that had to
    wait for its turn is not forgotten.
    """
    idle_p50: list[float] = []
    busy_p99: list[float] = []
    bare: list[tuple[float, float, float]] = []
    scene.fire(scene.supply.singles(IDLE_REQUESTS, LANES))
    done = IDLE_REQUESTS
    for _round in range(ROUNDS):
        with scene.runner_held():
            requests = scene.supply.singles(IDLE_REQUESTS, LANES)
            volley = scene.fire(requests, interval_s=IDLE_INTERVAL_S)
            idle_p50.append(volley.latency_s(0.5))
            requests = scene.supply.bare(IDLE_REQUESTS)
            volley = scene.fire(requests, interval_s=IDLE_INTERVAL_S)
            bare_idle_p50 = volley.latency_s(0.5)
            requests = scene.supply.bare(BUSY_REQUESTS)
            volley = scene.fire(requests, interval_s=BUSY_INTERVAL_S)
            bare_alone_p99 = volley.latency_s(0.99)
        requests = scene.supply.singles(BUSY_REQUESTS, LANES)
        volley = scene.fire(requests, interval_s=BUSY_INTERVAL_S)
        busy_p99.append(volley.latency_s(0.99))
        done += IDLE_REQUESTS + BUSY_REQUESTS
        scene.wait_done(done)
        bare.append((bare_idle_p50, bare_alone_p99, _bare_beside_lanes(scene)))
        done += BUSY_REQUESTS
        scene.wait_done(done)
    scene.clear()
    bare_idle, bare_alone, bare_busy = (
        MS * median(each) for each in zip(*bare, strict=True)
    )
    return Finding(
        "accept_p99_over_idle_p50",
        Bar(0, 5),
        [busy / idle for busy, idle in zip(busy_p99, idle_p50, strict=True)],
        f"p99 {MS * median(busy_p99):.1f} ms at {1 / BUSY_INTERVAL_S:.0f} events/s with"
        f" lanes at work; p50 {MS * median(idle_p50):.1f} ms when idle. What the"
        f" machine allows a route that does one INSERT: p50 {bare_idle:.1f} ms, at the"
        f" same rate p99 {bare_alone:.1f} ms without lanes, {bare_busy:.1f} ms beside"
        " the same work of lanes",
    )


def _bare_beside_lanes(scene: Scene) -> float:
    """Return the bare route's p99 in seconds while lanes work as many messages."""
    requests: list[bytes] = []
    parcels: set[int] = set()
    bare = scene.supply.bare(BUSY_REQUESTS)
    batches = scene.supply.batches(BUSY_REQUESTS, LANES, size=PARCEL_EVENTS)
    for number, batch in enumerate(batches):
        parcels.add(len(requests))
        requests += [
            batch,
            *bare[number * PARCEL_EVENTS : (number + 1) * PARCEL_EVENTS],
        ]
    volley = scene.fire(requests, interval_s=BUSY_INTERVAL_S)
    return volley.latency_s(0.99, less=frozenset(parcels))
