"""``ingest_single`` and ``ingest_batch``: what storing a message costs."""

from __future__ import annotations

from statistics import median

from .findings import Bar, Finding
from .load import Volley
from .scene import LANES, Scene

# Many short rounds: what else the machine does changes within seconds, and hits both
# sides of a short round alike.
ROUNDS = 15
SINGLES = 500
BATCHED = 10_000
WARM_UP = 200


def measure_single(scene: Scene) -> Finding:
    """Signed single events against a bare route with one INSERT, in requests/s.

    The job runner rests meanwhile: this is about the door. What the work behind it
    costs is ``drain_vs_job``.
    """
    bare: list[Volley] = []
    hub: list[Volley] = []
    with scene.runner_held():
        scene.fire(scene.supply.bare(WARM_UP))
        scene.fire(scene.supply.singles(WARM_UP, LANES))
        for _round in range(ROUNDS):
            bare.append(scene.fire(scene.supply.bare(SINGLES)))
            hub.append(scene.fire(scene.supply.singles(SINGLES, LANES)))
    scene.clear()
    return Finding(
        "ingest_single",
        Bar(0.8),
        [h.rate / b.rate for h, b in zip(hub, bare, strict=True)],
        f"{_median_rate(hub):.0f} signed events/s, one per request;"
        f" bare route {_median_rate(bare):.0f} requests/s",
    )


def measure_batch(scene: Scene) -> Finding:
    """Events in requests of 500 against single ones, in events/s."""
    singles: list[Volley] = []
    batches: list[float] = []
    with scene.runner_held():
        scene.fire(scene.supply.singles(WARM_UP, LANES))
        scene.fire(scene.supply.batches(BATCHED // 2, LANES))
        for _round in range(ROUNDS):
            singles.append(scene.fire(scene.supply.singles(SINGLES, LANES)))
            volley = scene.fire(scene.supply.batches(BATCHED, LANES))
            batches.append(BATCHED / volley.seconds)
    scene.clear()
    return Finding(
        "ingest_batch",
        Bar(25),
        [b / s.rate for b, s in zip(batches, singles, strict=True)],
        f"{median(batches):.0f} events/s, 500 per request;"
        f" {_median_rate(singles):.0f} events/s, one per request",
    )


def _median_rate(volleys: list[Volley]) -> float:
    return median(volley.rate for volley in volleys)
