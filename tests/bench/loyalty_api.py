"""``balance_p95_vs_empty``: what asking a balance costs beside the way to the door.

Not here: the ledger without HTTP (``ledger.py``). Called by ``setup/bench``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from statistics import median

from runtime.failures import SetupFailure

from .findings import Bar, Finding
from .ledger import ask, prepare
from .load import SHOOTERS, Volley, http_request
from .scene import LANES, Scene

# Many short rounds, as in ingest.py, each as fast as two workers answer: at a fixed
# pace a moment in which the machine does something else makes a queue on one side only.
ROUNDS = 15
REQUESTS = 500
EMPTY = "/retail_bench/empty"
MS = 1000


def measure_balance_route(scene: Scene) -> Finding:
    """p95 of ``GET …/balance`` over that of an empty route with the same key."""
    members = itertools.cycle(prepare(scene)["members"])
    text = ask(scene, "key", backend=LANES)["text"]
    balances = (f"/retail/v1/loyalty/members/{one}/balance" for one in members)
    empty: list[float] = []
    ours: list[float] = []
    with scene.runner_held():
        for paths in (itertools.repeat(EMPTY), balances):
            _fire(scene, paths, text)
        for _round in range(ROUNDS):
            empty.append(_fire(scene, itertools.repeat(EMPTY), text).latency_s(0.95))
            ours.append(_fire(scene, balances, text).latency_s(0.95))
    return Finding(
        "balance_p95_vs_empty",
        Bar(0, 1.5),
        [one / bare for one, bare in zip(ours, empty, strict=True)],
        f"p95 {MS * median(ours):.2f} ms with {SHOOTERS} clients that never rest;"
        f" empty route with the same key {MS * median(empty):.2f} ms",
    )


def _fire(scene: Scene, paths: Iterator[str], text: str) -> Volley:
    """Ask in turn; every answer has to be 200.

    :raises SetupFailure: one was not; the figures would mean nothing.
    """
    headers = {"Authorization": f"Bearer {text}"}
    requests = [
        http_request(path, headers, b"", "GET")
        for path in itertools.islice(paths, REQUESTS)
    ]
    volley = scene.load.fire(requests)
    if set(volley.statuses) != {200}:
        raise SetupFailure(
            f"The system answered {volley.statuses} where 200 was expected"
            f" (log: {scene.system.odoo.log})."
        )
    return volley
