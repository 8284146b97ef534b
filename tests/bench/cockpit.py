"""``cockpit_growth``: cockpit and metrics with many messages stored, against few."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from statistics import median

from runtime.progress import Step
from story.odoo_client import OdooClient

from .findings import Bar, Finding
from .scene import LANES, Scene

FEW = 50_000
MANY = 5_000_000
#: rows of one INSERT, so that a step can say how far it is
PORTION = 250_000
#: of all stored messages these wait or need a person, however many there are
UNFINISHED = 500
READS = 40
WARM_UP = 10


def measure_cockpit(scene: Scene, running: Step | None = None) -> Finding:
    """Time to read the cockpit and the metrics page, one after the other."""
    client = OdooClient(
        scene.system.base_url, scene.system.odoo.database, "admin", "admin"
    )
    with scene.runner_held():
        _store(scene, 0, UNFINISHED, "dead", running)
        _store(scene, UNFINISHED, FEW, "done", running)
        few = _times(client)
        _store(scene, FEW, MANY, "done", running)
        many = _times(client)
    scene.clear()
    ratios = [slow / fast for slow, fast in zip(many, few, strict=True)]
    # The worse of the two has to take the bar.
    return Finding(
        "cockpit_growth",
        Bar(0, 2),
        [max(ratios)],
        f"cockpit {1000 * many[0]:.0f} ms, metrics {1000 * many[1]:.0f} ms with"
        f" {MANY:,} messages; {1000 * few[0]:.0f} ms and {1000 * few[1]:.0f} ms with"
        f" {FEW:,} (ratios {ratios[0]:.2f} and {ratios[1]:.2f})",
    )


def _store(
    scene: Scene, first: int, last: int, state: str, running: Step | None
) -> None:
    """Store messages number ``first`` to ``last`` - 1 as if worked within 90 days."""
    for begin in range(first, last, PORTION):
        if running:
            running.note = f"{begin:,} messages"
        scene.sql(
            "INSERT INTO retail_inbox_event (backend_id, company_id, topic_id, lane_id,"
            " event_key, content_hash, partition_key, payload, correlation_id,"
            " transport, state, received_at, finished_at, attempt_count)"
            " SELECT b.id, b.company_id, t.id, l.id, 'old-' || n, md5(n::text),"
            " 'old/' || n, '{}', 'old-' || n, 'canonical', %s,"
            " now() AT TIME ZONE 'UTC' - (n %% 7776000) * interval '1 second',"
            " now() AT TIME ZONE 'UTC', 1"
            " FROM generate_series(%s::bigint, %s::bigint) n"
            " JOIN retail_backend b ON b.code = %s"
            " JOIN retail_topic t ON t.name = 'retail.pos.receipt.v1'"
            " JOIN retail_lane l ON l.backend_id = b.id AND l.direction = 'in'"
            " AND l.number = n %% b.lane_count",
            state,
            begin,
            min(begin + PORTION, last) - 1,
            LANES,
        )
    scene.sql("ANALYZE retail_inbox_event")


def _times(client: OdooClient) -> tuple[float, float]:
    """Return the median seconds of reading the cockpit, and the metrics page."""
    metrics = urllib.request.Request(  # noqa: S310 (the bench's own address)
        f"{client.base_url}/retail/metrics"
    )

    def read_metrics() -> None:
        with urllib.request.urlopen(metrics, timeout=60) as answer:  # noqa: S310
            answer.read()

    def read_cockpit() -> None:
        client.call("retail.cockpit", "action_read", {"period": "week"})

    return _median_s(read_cockpit), _median_s(read_metrics)


def _median_s(read: Callable[[], None]) -> float:
    seconds = []
    for _read in range(WARM_UP + READS):
        started = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - started)
    return median(seconds[WARM_UP:])
