"""``memory_growth``: whether a worker stays as large as it was."""

from __future__ import annotations

from runtime.failures import SetupFailure
from runtime.progress import Step

from .findings import Bar, Finding
from .scene import LANES, Scene

BLOCK = 5_000
BLOCKS = 10
#: of each block, so that both ways in are used
SINGLES_PER_BLOCK = 500
MIB = 1024 * 1024


def measure_memory(scene: Scene, running: Step | None = None) -> Finding:
    """Largest worker after 50,000 events against itself after a warm-up of 5,000.

    :raises SetupFailure: a worker was replaced meanwhile, which hides what it held.
    """
    _work_block(scene, 1)
    before, workers = scene.largest_worker_bytes()
    for block in range(BLOCKS):
        if running:
            running.note = f"{block * BLOCK} events"
        _work_block(scene, block + 2)
    after, same_workers = scene.largest_worker_bytes()
    if workers != same_workers:
        raise SetupFailure("A worker was replaced: memory cannot be compared.")
    scene.clear()
    return Finding(
        "memory_growth",
        Bar(0.95, 1.05),
        [after / before],
        f"largest worker {after / MIB:.1f} MiB after {BLOCKS * BLOCK} events;"
        f" {before / MIB:.1f} MiB after the first {BLOCK}",
    )


def _work_block(scene: Scene, blocks: int) -> None:
    scene.fire(scene.supply.singles(SINGLES_PER_BLOCK, LANES))
    scene.fire(scene.supply.batches(BLOCK - SINGLES_PER_BLOCK, LANES))
    scene.wait_done(blocks * BLOCK)
