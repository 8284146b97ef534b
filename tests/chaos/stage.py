"""The stage of the fault matrix: one real system, its partners, a proxy in each wire.

Lives here: starting and stopping all of it, and the handles that rows break things
with. Not here: what a row does (``rows_*.py``), what must hold afterwards (``case``).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runtime import odoo_process, odoo_source, paths, python_env
from runtime.odoo_server import free_port
from runtime.postgres import Cluster
from runtime.system import Plan, System, running_system

from ..e2e.hub import Hub
from ..shop import SECRET, Backend, open_shop
from ..shop.processes import runner_pid, wait_until
from ..simulators.faults import RandomFaults
from ..simulators.partner import Partner
from .proxy import FaultProxy

FOLDER = paths.RUN / "chaos"
ADDONS = Path(__file__).with_name("addons")
TILLS = "tills"
PARTNER = "partner"
RECORDED = "retail.transaction.recorded.v1"
#: one for each row, so that none meets another's receipts
STORES = [f"ROW{number:02d}" for number in range(1, 41)]
WORKERS = 4
#: Odoo kills a worker whose request or job takes longer.
LIMIT_TIME_REAL_S = 15
#: Enough for Odoo; a handler that eats memory gets a MemoryError and no more.
LIMIT_MEMORY_BYTES = 2 * 1024**3
#: A worker that came near that may be unable to start a thread: Odoo replaces it after
#: the request.
LIMIT_MEMORY_SOFT_BYTES = 1280 * 1024**2
QUICK_RETRIES = {"retry_base_s": 1, "retry_cap_s": 4}
DEADLINE_S = 6
RESTART_S = 90.0
LOOKED_S = 8.0
POLL_S = 0.1


class Traps:
    """Files that tell a worker what to do at a chosen message (addon retail_chaos)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            left.unlink()

    def set(self, place: str, key: str, action: str) -> None:
        """Have ``action`` happen when the message ``key`` comes to ``place``."""
        (self.folder / f"{place}-{key}").write_text(action, "utf-8")

    def hits(self, place: str, key: str) -> int:
        """Return how often the trap was met."""
        marks = self.folder / f"{place}-{key}.hits"
        return len(marks.read_text("utf-8").splitlines()) if marks.exists() else 0

    def set_clock(self, offset_s: int) -> None:
        """Have the hub's clock go wrong by so many seconds."""
        (self.folder / "clock").write_text(str(offset_s), "utf-8")

    def last_pid(self, place: str, key: str) -> int:
        """Return the process that met the trap last."""
        marks = (self.folder / f"{place}-{key}.hits").read_text("utf-8").splitlines()
        return int(marks[-1].split()[0])

    def clear(self) -> None:
        """Take all traps away; their marks stay."""
        for trap in self.folder.iterdir():
            if trap.suffix != ".hits":
                trap.unlink()


@dataclass
class Stage:
    """What rows play with.

    :param door: between senders and Odoo.
    :param wire: between Odoo and the partner.
    :param runner_http: between the job runner and Odoo, ``None`` in ``setup/test``.
    :param runner_db: between the job runner and PostgreSQL, likewise.
    """

    hub: Hub
    partner: Partner
    door: FaultProxy
    wire: FaultProxy
    seed: int = 0
    traps: Traps | None = None
    runner_http: FaultProxy | None = None
    runner_db: FaultProxy | None = None
    told: list[str] = field(default_factory=list)

    @property
    def system(self) -> System:
        """The running system."""
        return self.hub.system

    def calm(self) -> None:
        """Let everybody behave again, whatever a row left behind."""
        self.partner.faults = RandomFaults({})
        if self.traps:
            self.traps.clear()

    def wait_ready(self) -> None:
        """Wait until Odoo answers and its job runner is at work."""
        self.system.wait_ready()
        runner_pid(self.hub.sql)

    def wait_back(self, starts: int) -> str:
        """Wait until PostgreSQL and Odoo are back after a gap; say how long it took.

        Odoo's server ends when its master meets the gap. One that is over before the
        master looks is survived; it has looked after some seconds.

        :param starts: ``system.odoo_starts`` before the gap.
        """
        begun = time.monotonic()
        wait_until(self.system.odoo.postgres.is_ready, "PostgreSQL is back", RESTART_S)
        looked_at = time.monotonic() + LOOKED_S
        while self.system.odoo_starts == starts and time.monotonic() < looked_at:
            time.sleep(POLL_S)
        self.system.wait_ready()
        took_s = time.monotonic() - begun
        if self.system.odoo_starts == starts:
            return "Odoo survived the gap"
        return f"Odoo started again and ready after {took_s:.1f} s"

    def restart_odoo(self, variables: Mapping[str, str] | None = None) -> None:
        """End Odoo; the supervisor starts it again, with these variables besides."""
        before = self.system.odoo_starts
        with environment(variables or {}):
            os.kill(self.system.odoo_pid, signal.SIGTERM)
            wait_until(
                lambda: self.system.odoo_starts > before, "Odoo starts again", RESTART_S
            )
        self.wait_ready()


@contextmanager
def open_stage(seed: int) -> Iterator[Stage]:
    """Start the system with traps in it and a proxy in each wire; stop it afterwards.

    :raises SetupFailure: something does not start.
    """
    port = free_port()
    socket = (
        Cluster(FOLDER / "postgresql", durable=True).socket_folder / ".s.PGSQL.5432"
    )
    traps = Traps(FOLDER / "traps")
    journal = FOLDER / "partner.jsonl"
    journal.unlink(missing_ok=True)
    with ExitStack() as stack:
        partner = stack.enter_context(Partner(SECRET, journal_path=journal))
        wire = stack.enter_context(FaultProxy(("127.0.0.1", partner.port)))
        door = stack.enter_context(FaultProxy(("127.0.0.1", port)))
        runner_http = stack.enter_context(FaultProxy(("127.0.0.1", port)))
        runner_db = stack.enter_context(FaultProxy(socket))
        stack.enter_context(
            environment(
                {
                    "RETAIL_CHAOS_TRAPS": str(traps.folder),
                    "ODOO_QUEUE_JOB_HOST": "127.0.0.1",
                    "ODOO_QUEUE_JOB_PORT": str(runner_http.port),
                    "ODOO_QUEUE_JOB_JOBRUNNER_DB_HOST": "127.0.0.1",
                    "ODOO_QUEUE_JOB_JOBRUNNER_DB_PORT": str(runner_db.port),
                }
            )
        )
        system = stack.enter_context(running_system(_plan(port), _tell))
        hub = furnish(system, f"{wire.url}/events")
        stage = Stage(hub, partner, door, wire, seed, traps, runner_http, runner_db)
        _install_traps(stage)
        yield stage


def readdress(hub: Hub, url: str) -> str:
    """Have the partner hear at another address; return the one before."""
    found = [["backend_id.code", "=", PARTNER]]
    (told,) = hub.call("retail.subscription", "search_read", [found, ["url"]])
    hub.call("retail.subscription", "write", [[told["id"]], {"url": url}])
    before: str = told["url"]
    return before


def furnish(system: System, event_url: str, **fields: object) -> Hub:
    """Open the shop: tills that send, a partner that hears of every sale.

    :param fields: of the partner's backend.
    """
    hears = {
        "phase_events": True,
        "timeout_connect_s": 2,
        "timeout_read_s": 3,
        "deadline_s": DEADLINE_S,
        "breaker_open_s": 5,
        **QUICK_RETRIES,
        **fields,
    }
    open_shop(
        system,
        stores=STORES,
        backends=[
            Backend(TILLS, fields=QUICK_RETRIES),
            Backend(PARTNER, [RECORDED], event_url, fields=hears),
        ],
    )
    return Hub(system, SECRET)


def _plan(port: int) -> Plan:
    source = odoo_source.ensure()
    site = python_env.site_packages() / "odoo" / "addons"
    addons = [*source.addons, site, paths.ROOT, ADDONS]
    return Plan(
        "chaos",
        FOLDER,
        port=port,
        workers=WORKERS,
        # One more than in a quiet life: the job of a killed worker keeps its place
        # until the runner notices.
        job_channels="root:3",
        throwaway=True,
        own_postgres=True,
        options={
            "addons_path": ",".join(map(str, addons)),
            "limit_time_real": LIMIT_TIME_REAL_S,
            "limit_time_real_cron": 120,
            "limit_memory_hard": LIMIT_MEMORY_BYTES,
            "limit_memory_soft": LIMIT_MEMORY_SOFT_BYTES,
        },
    )


def _install_traps(stage: Stage) -> None:
    odoo = stage.system.odoo
    odoo_process.run_or_fail(
        odoo,
        "Setting the traps",
        *odoo.server_arguments("-i", "retail_chaos", "--stop-after-init", "--no-http"),
    )
    stage.restart_odoo()


def _tell(message: str) -> None:
    print(f"     ** {message}", flush=True)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Have these variables in the environment of what is started in the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
