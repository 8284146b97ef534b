"""``reconcile_vs_join``: a million rows against a million, and the bare join."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median

from .findings import Bar, Finding
from .load import http_request
from .scene import LANES, Scene

ROWS = 1_000_000
ROUNDS = 3
MIB = 1024 * 1024
MEMORY_MIB_MAX = 500
#: One in so many rows differs, is missing here, or is missing there.
EACH = 10_000
HERE = (
    "SELECT 'R' || n AS ref, '2026-11-' || lpad((1 + n %% 28)::text, 2, '0') AS day,"
    " (n %% 100000)::numeric / 100 AS total, 'EUR'::text AS currency"
    " FROM generate_series(1, %s) n"
)
BARE = (
    "SELECT count(*), count(*) FILTER (WHERE h.ref IS NULL),"
    " count(*) FILTER (WHERE t.ref IS NULL),"
    " count(*) FILTER (WHERE h.total <> t.total OR h.day <> t.day"
    "  OR h.currency <> t.currency), sum(h.total), sum(t.total)"
    " FROM retail_bench_here h FULL OUTER JOIN retail_bench_there t ON h.ref = t.ref"
)


def measure_reconcile(scene: Scene) -> Finding:
    """Comparing, from two lists to stored differences, against the bare join."""
    _make_lists(scene)
    bare: list[float] = []
    compared: list[float] = []
    loaded: list[float] = []
    worker_mib = 0.0
    for _round in range(ROUNDS):
        bare.append(_bare(scene))
        figures = compare_lists(scene, "retail_bench_there")
        compared.append(figures["compare_s"])
        loaded.append(figures["load_s"])
        worker_mib = max(worker_mib, figures["worker_bytes"] / MIB)
    held = "below" if worker_mib < MEMORY_MIB_MAX else "ABOVE"
    return Finding(
        "reconcile_vs_join",
        # Above the memory's bar no ratio is good.
        Bar(0, 3 if worker_mib < MEMORY_MIB_MAX else 0),
        [ours / join for ours, join in zip(compared, bare, strict=True)],
        f"{median(compared):.1f} s for {ROWS} against {ROWS} rows; bare join"
        f" {median(bare):.1f} s; reading their file before {median(loaded):.1f} s;"
        f" worker {worker_mib:.0f} MiB, {held} {MEMORY_MIB_MAX}",
    )


def _make_lists(scene: Scene) -> None:
    """Two lists with known differences: 100 of each class."""
    for name in ("here", "there"):
        scene.sql(f"DROP TABLE IF EXISTS retail_bench_{name}")
        scene.sql(f"CREATE UNLOGGED TABLE retail_bench_{name} AS {HERE}", ROWS)
    last = "substr(ref, 2)::int %% %s"
    scene.sql(f"DELETE FROM retail_bench_here WHERE {last} = 1", EACH)
    scene.sql(f"DELETE FROM retail_bench_there WHERE {last} = 2", EACH)
    scene.sql(f"UPDATE retail_bench_there SET total = total + 1 WHERE {last} = 3", EACH)
    for name in ("here", "there"):
        scene.sql(f"ANALYZE retail_bench_{name}")


def _bare(scene: Scene) -> float:
    return time_join(scene, BARE)


def time_join(scene: Scene, query: str) -> float:
    """Return the seconds of a bare join, with the memory that the hub gives its own."""
    scene.sql("SET work_mem = '256MB'")
    started = time.monotonic()
    scene.sql(query)
    return time.monotonic() - started


def compare_lists(scene: Scene, table: str, **asked: str) -> dict[str, float]:
    """Upload and compare as the hub does; return seconds and the worker's memory.

    :param table: their list; ``asked`` may name the ``source`` of ours
    """
    with tempfile.TemporaryDirectory(prefix="retail-bench-") as folder:
        file = Path(folder, "there.csv")
        with file.open("wb") as out, scene.connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {table} TO STDOUT WITH (FORMAT csv, HEADER true)", out
            )
        body = json.dumps({"file": str(file), "backend": LANES, **asked}).encode()
        scene.fire([http_request("/retail_bench/stage", {}, body)])
        scene.fire([http_request("/retail_bench/compare", {}, b"")])
    rows = scene.sql("SELECT payload FROM retail_bench_row ORDER BY id DESC LIMIT 1")
    figures = json.loads(rows[0][0])
    found = [figures[name] for name in ("missing_here", "missing_there", "differs")]
    if found != [ROWS // EACH] * 3:
        raise AssertionError(f"the run reported {found}")
    return figures
