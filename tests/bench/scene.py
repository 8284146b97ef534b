"""The system that is measured: prefork, durable PostgreSQL, job runner, as in use.

Lives here: starting it with the bench's own module, watching its messages and its
workers, and cleaning up between measurements. Not here: what is measured.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from runtime import odoo_process, odoo_source, paths, python_env
from runtime.failures import SetupFailure
from runtime.system import Plan, System, running_system

from ..shop import Backend, open_shop
from ..shop.processes import runner_held, runner_pid
from .load import LoadGenerator, Volley
from .supply import STORES, Supply

ADDONS = Path(__file__).with_name("addons")
OWN_MODULE = "retail_bench"
#: worked by lanes, as every backend
LANES = "bench"
#: worked by one job per message
JOBS = "bench-jobs"
START_TIMEOUT_S = 60.0
DRAIN_TIMEOUT_S = 300.0
POLL_S = 0.05


@dataclass(frozen=True)
class Size:
    """How many workers Odoo has, and how many jobs may run in them at once."""

    workers: int = 2
    jobs: int = 2


@dataclass
class Scene:
    """The running system with everything a measurement needs."""

    system: System
    load: LoadGenerator
    supply: Supply
    connection: Any

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement in the system's database; return its rows, if any."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def install(self, modules: str) -> None:
        """Install more modules, and let the supervisor start Odoo anew."""
        install(self.system, modules)

    def fire(self, requests: list[bytes], *, interval_s: float = 0.0) -> Volley:
        """Fire requests that all have to be accepted.

        :raises SetupFailure: one was not; the figures would mean nothing.
        """
        volley = self.load.fire(requests, interval_s=interval_s)
        if set(volley.statuses) != {202}:
            raise SetupFailure(
                f"The system answered {volley.statuses} where 202 was expected"
                f" (log: {self.system.odoo.log})."
            )
        return volley

    def wait_done(self, expected: int) -> None:
        """Wait until no message is left to work and check that all went through.

        :raises SetupFailure: too slow, or messages ended otherwise than ``done``.
        """
        end = time.monotonic() + DRAIN_TIMEOUT_S
        # The index of waiting messages answers; counting would cost the workers time.
        waiting = (
            "SELECT 1 FROM retail_inbox_event WHERE state IN ('received', 'retry')"
            " LIMIT 1"
        )
        while self.sql(waiting):
            failed = self.sql("SELECT exc_info FROM queue_job WHERE state = 'failed'")
            if failed:
                raise SetupFailure(f"A job failed: {failed[0][0]}")
            if time.monotonic() > end:
                raise SetupFailure(f"Messages were not worked in {DRAIN_TIMEOUT_S} s.")
            time.sleep(POLL_S)
        states = dict(
            self.sql("SELECT state, count(*) FROM retail_inbox_event GROUP BY state")
        )
        if states != {"done": expected}:
            raise SetupFailure(f"Expected {expected} messages done, found {states}.")

    def store_noops(self, count: int, backend: str) -> None:
        """Store messages that have no effect, each with a key of its own."""
        self.sql(
            "INSERT INTO retail_inbox_event (backend_id, company_id, topic_id, lane_id,"
            " event_key, content_hash, partition_key, payload, correlation_id,"
            " transport, state, received_at, attempt_count)"
            " SELECT b.id, b.company_id, t.id, l.id, 'noop-' || n, md5(n::text),"
            " 'noop/' || n, '{}', 'noop-' || n, 'canonical', 'received',"
            " now() AT TIME ZONE 'UTC', 0"
            " FROM generate_series(1, %s) n"
            " JOIN retail_backend b ON b.code = %s"
            " JOIN retail_topic t ON t.name = 'retail.bench.noop.v1'"
            " JOIN retail_lane l ON l.backend_id = b.id AND l.direction = 'in'"
            " AND l.number = n %% b.lane_count",
            count,
            backend,
        )
        self.sql("ANALYZE retail_inbox_event")

    def clear(self) -> None:
        """Forget all messages, so that each measurement starts with empty tables."""
        with self.runner_held():
            self.sql(
                "TRUNCATE retail_inbox_event, retail_transaction, retail_event_attempt,"
                " retail_bench_row CASCADE"
            )
            # Unlike TRUNCATE it tells the runner, which counts jobs in its memory.
            self.sql("DELETE FROM queue_job")

    def serve(self, backend: str, *, serve: bool) -> None:
        """Let the backend's lanes work or rest; messages are accepted all the same."""
        # By SQL: the workers remember that the door is open.
        self.sql(
            "UPDATE retail_backend SET state = %s WHERE code = %s",
            "active" if serve else "paused",
            backend,
        )

    @contextmanager
    def runner_held(self) -> Iterator[None]:
        """Stop the job runner's process during the block: nothing is worked."""
        with runner_held(self.sql):
            yield

    def largest_worker_bytes(self) -> tuple[int, frozenset[int]]:
        """Return the resident size of the largest worker, and all workers' ids."""
        master = psutil.Process(self.system.odoo_pid)
        workers = [p for p in master.children() if "gevent" not in p.cmdline()]
        sizes = {p.pid: p.memory_info().rss for p in workers}
        return max(sizes.values()), frozenset(sizes)


@contextmanager
def open_scene(size: Size | None = None) -> Iterator[Scene]:
    """Start a fresh system with the bench's module in it; stop it afterwards."""
    size = size or Size()
    source = odoo_source.ensure()
    addons = [
        *source.addons,
        python_env.site_packages() / "odoo" / "addons",
        paths.ROOT,
        ADDONS,
    ]
    plan = Plan(
        "bench",
        paths.RUN / "bench",
        workers=size.workers,
        job_channels=f"root:{size.jobs}",
        throwaway=True,
        own_postgres=True,
        options={
            "addons_path": ",".join(map(str, addons)),
            "retail_metrics_allow": "127.0.0.1",
        },
    )
    with running_system(plan) as system:
        install(system, OWN_MODULE)
        open_shop(system, stores=STORES, backends=[Backend(LANES), Backend(JOBS)])
        odoo = system.odoo
        with (
            closing(odoo.postgres.connect(odoo.database)) as connection,
            LoadGenerator(odoo.port) as load,
        ):
            scene = Scene(system, load, Supply(), connection)
            runner_pid(scene.sql)
            yield scene


def install(system: System, modules: str) -> None:
    """Install modules and let the supervisor start Odoo anew, as after any."""
    odoo_process.run_or_fail(
        system.odoo,
        f"Installing {modules}",
        *system.odoo.server_arguments("-i", modules, "--stop-after-init", "--no-http"),
    )
    starts = system.odoo_starts
    os.kill(system.odoo_pid, signal.SIGTERM)
    end = time.monotonic() + START_TIMEOUT_S
    while system.odoo_starts == starts and time.monotonic() < end:
        time.sleep(POLL_S)
    system.wait_ready()
