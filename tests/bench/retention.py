"""``retention_slowdown``: what removing old messages costs the door."""

from __future__ import annotations

import time
from statistics import median

from runtime.failures import SetupFailure

from .findings import Bar, Finding
from .scene import LANES, Scene

OLD = 1_000_000
ROUNDS = 10
#: Few, because removing a million takes seconds.
SINGLES = 200
WARM_UP = 200
START_TIMEOUT_S = 180.0
POLL_S = 0.2
CRON = "cron_apply_retention"


def measure_retention(scene: Scene) -> Finding:
    """Signed single events while a million old ones are removed, against in peace.

    Both in requests/s with the same client; the job runner rests meanwhile. Peace is
    measured before and after, so that a machine that changes does not count.
    """
    calm: list[float] = []
    busy: list[float] = []
    with scene.runner_held():
        # A new database's cron jobs are all due at once: not before we say so.
        _plan(scene, "1 day")
        first, last = _store_old(scene)
        scene.fire(scene.supply.singles(WARM_UP, LANES))
        calm += _rates(scene, ROUNDS)
        started = _start(scene, first)
        while _oldest(scene) <= last:
            busy += _rates(scene, 1)
        seconds = time.monotonic() - started
        calm += _rates(scene, ROUNDS)
    scene.clear()
    if len(busy) < ROUNDS:
        raise SetupFailure("Retention ended before it could be measured: store more.")
    peace = median(calm)
    return Finding(
        "retention_slowdown",
        Bar(0.8),
        [rate / peace for rate in busy],
        f"{median(busy):.0f} signed events/s while {OLD / seconds:.0f} old messages/s"
        f" were removed; {peace:.0f} events/s in peace",
    )


def _rates(scene: Scene, rounds: int) -> list[float]:
    return [
        scene.fire(scene.supply.singles(SINGLES, LANES)).rate
        for _round in range(rounds)
    ]


def _store_old(scene: Scene) -> tuple[int, int]:
    """Store finished messages that are far past their retention; return their ids."""
    scene.store_noops(OLD, LANES)
    scene.sql(
        "UPDATE retail_inbox_event SET state = 'done',"
        " received_at = received_at - interval '500 days',"
        " finished_at = received_at - interval '500 days'"
    )
    scene.sql("VACUUM ANALYZE retail_inbox_event")
    return scene.sql("SELECT min(id), max(id) FROM retail_inbox_event")[0]


def _start(scene: Scene, first: int) -> float:
    """Wake the cron worker up; return when the first messages were gone.

    :raises SetupFailure: nothing was removed in time.
    """
    _plan(scene, "0")
    odoo = scene.system.odoo
    odoo.postgres.query("SELECT pg_notify('cron_trigger', %s)", (odoo.database,))
    end = time.monotonic() + START_TIMEOUT_S
    while _oldest(scene) == first:
        if time.monotonic() > end:
            raise SetupFailure(
                f"Retention did not start in {START_TIMEOUT_S} s (log: {odoo.log})."
            )
        time.sleep(POLL_S)
    return time.monotonic()


def _plan(scene: Scene, wait: str) -> None:
    """Have retention begin after ``wait``; waits for the end of one under way."""
    scene.sql(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + %s::interval"
        " WHERE id = (SELECT res_id FROM ir_model_data"
        " WHERE module = 'retail_integration_base' AND name = %s)",
        wait,
        CRON,
    )


def _oldest(scene: Scene) -> int:
    return scene.sql("SELECT min(id) FROM retail_inbox_event")[0][0]
