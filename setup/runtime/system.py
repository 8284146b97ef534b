"""The running system: PostgreSQL and Odoo, supervised, on a database with our modules.

`running_system` is what the demo, the end-to-end tests and the bench start. Each
has a folder of its own for everything that the system keeps.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from . import install, locks, odoo_process, odoo_source, paths, templates
from .database import Server, named_by_user
from .failures import SetupFailure
from .odoo_server import OdooServer, check_port, free_port, write_private
from .postgres import Cluster
from .progress import step
from .supervisor import Keeper, Service

READY_TIMEOUT_S = 180.0
START_ATTEMPTS_MAX = 3
PROBE_TIMEOUT_S = 5.0
READY_PATH = "/retail/health/ready"
ALIVE_PATH = "/web/health"
LOG_BYTES_MAX = 50_000_000


@dataclass(frozen=True)
class Plan:
    """What to run and where.

    `port` 0 takes a free one. `reset` installs the database anew; `throwaway` copies
    it from a template that is installed once. The PostgreSQL server that the PG*
    variables name is used, unless `own_postgres`: for tests that stop it. `prefix` runs
    every command of Odoo; `postgres_settings` are added to those of our own server.
    """

    name: str
    folder: Path
    port: int = 0
    workers: int = 4
    cron_threads: int = 1
    job_channels: str = "root:2"
    reset: bool = False
    throwaway: bool = False
    own_postgres: bool = False
    options: dict[str, object] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    postgres_settings: dict[str, str] = field(default_factory=dict)


class System:
    """A supervised PostgreSQL and Odoo; made by `running_system`."""

    def __init__(
        self, odoo: OdooServer, cluster: Cluster | None, tell: Callable[[str], None]
    ) -> None:
        self.odoo = odoo
        self.cluster = cluster
        self._postgres = Keeper(_postgres_service(cluster), tell) if cluster else None
        self._odoo = Keeper(odoo_service(odoo), tell)

    @property
    def base_url(self) -> str:
        """Where the system answers."""
        return self.odoo.base_url

    @property
    def odoo_pid(self) -> int:
        """The process id of Odoo's master; its children are the workers."""
        return self._odoo.process.pid if self._odoo.process else 0

    @property
    def odoo_starts(self) -> int:
        """How often Odoo has been started; more than 1 after a crash."""
        return self._odoo.starts

    def access(self) -> dict[str, object]:
        """Return what a client needs to drive the system (see access.json)."""
        return {
            "base_url": self.base_url,
            "database": self.odoo.database,
            "login": "admin",
            "password": "admin",
            "backends": {},
        }

    def start_postgres(self) -> None:
        """Start PostgreSQL and wait until it serves."""
        if self.cluster and self._postgres:
            self.cluster.prepare()
            with step("Starting PostgreSQL"):
                self._postgres.start()
                self.cluster.wait_ready()

    def start_odoo(self) -> None:
        """Start Odoo and wait until it is ready. Raises SetupFailure."""
        self.odoo.write_configuration()
        _shorten_log(self.odoo.log)
        with step(f"Starting Odoo at {self.base_url}"):
            self._odoo.start()
            self.wait_ready()

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Wait until Odoo answers that it is ready. Raises SetupFailure."""
        end = time.monotonic() + timeout_s
        while not is_ready(self.base_url):
            if self._odoo.failures >= START_ATTEMPTS_MAX or time.monotonic() > end:
                raise SetupFailure(
                    f"Odoo does not become ready at {self.base_url}:"
                    f" {_last_line(self.odoo.log)} (log: {self.odoo.log})."
                )
            time.sleep(0.1)

    def stop_postgres(self) -> None:
        """Make PostgreSQL fail, as a crash would; the supervisor starts it again."""
        if self.cluster:
            self.cluster.stop()

    def run_shell(self, script: str, title: str, **variables: str) -> None:
        """Run a script in `odoo shell` on the database, with environment variables.

        Raises SetupFailure when the script raises.
        """
        odoo_process.run_or_fail(
            self.odoo,
            title,
            "shell",
            *("-c", str(self.odoo.configuration), "--no-http"),
            stdin=script,
            variables=variables,
        )

    def stop(self) -> None:
        """Stop everything in order, Odoo first."""
        try:
            self._odoo.stop()
            pid_file(self.odoo).unlink(missing_ok=True)
        finally:
            if self._postgres:
                self._postgres.stop()


@contextmanager
def running_system(plan: Plan, tell: Callable[[str], None] = print) -> Iterator[System]:
    """Prepare and start a system, stop it at the end of the block.

    `tell` gets the supervisor's messages. Raises SetupFailure, also when the same
    system already runs.
    """
    lock = locks.try_lock(plan.folder / "lock")
    if lock is None:
        raise SetupFailure(
            f"The {plan.name} system is already running (folder {plan.folder}):"
            " stop it there with Ctrl-C first."
        )
    with lock:
        system = _assemble(plan, tell)
        try:
            system.start_postgres()
            _provide_database(plan, system.odoo)
            system.start_odoo()
            yield system
        finally:
            system.stop()


def is_ready(base_url: str) -> bool:
    """Tell whether Odoo and the hub in it are ready to work."""
    status = _status(base_url + READY_PATH)
    if status == 404:
        status = _status(base_url + ALIVE_PATH)
    return status == 200


def pid_file(odoo: OdooServer) -> Path:
    """Return the file with the process id of a server that should be stopped."""
    return odoo.folder / "odoo.pid"


def _assemble(plan: Plan, tell: Callable[[str], None]) -> System:
    source = odoo_source.ensure()
    named = None if plan.own_postgres else named_by_user()
    cluster = (
        None
        if named
        else Cluster(
            plan.folder / "postgresql", durable=True, settings=plan.postgres_settings
        )
    )
    odoo = OdooServer(
        folder=plan.folder,
        source=source,
        postgres=named or _server_of(cluster),
        database=f"retail_{plan.name}",
        data=plan.folder / "data",
        port=plan.port or free_port(),
        workers=plan.workers,
        cron_threads=plan.cron_threads,
        job_channels=plan.job_channels,
        options={"db_maxconn": 16, **plan.options},
        prefix=plan.prefix,
    )
    _end_leftovers(odoo, cluster)
    check_port(odoo.port)
    return System(odoo, cluster, tell)


def _provide_database(plan: Plan, odoo: OdooServer) -> None:
    modules = paths.retail_modules()
    if plan.throwaway:
        templates.carry_over(odoo, modules)
        return
    if plan.reset:
        install.remove(odoo)
    install.ensure(odoo, modules)


def _server_of(cluster: Cluster | None) -> Server:
    return cluster.server if cluster else Server()


def _end_leftovers(odoo: OdooServer, cluster: Cluster | None) -> None:
    """Stop what a killed set-up left running: it holds the port and the data."""
    with suppress(OSError, ValueError, psutil.Error):
        pid = int(pid_file(odoo).read_text("utf-8"))
        if str(odoo.configuration) in psutil.Process(pid).cmdline():
            os.killpg(pid, signal.SIGKILL)
    if cluster:
        cluster.stop()


def _postgres_service(cluster: Cluster) -> Service:
    return Service("PostgreSQL", cluster.spawn, signal.SIGINT)


def odoo_service(odoo: OdooServer) -> Service:
    """Return how a supervisor keeps this Odoo alive."""

    def spawn() -> subprocess.Popen[bytes]:
        with odoo.log.open("ab") as log:
            process = subprocess.Popen(
                odoo.command(*odoo.server_arguments()),
                env=odoo.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        pid_file(odoo).write_text(f"{process.pid}\n", "utf-8")
        return process

    return Service("Odoo", spawn, signal.SIGTERM, can_start=odoo.postgres.is_ready)


def _status(url: str) -> int:
    """Return the HTTP status of a GET, 0 if there is no answer."""
    # No proxy: a machine's HTTP proxy has no business with its loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=PROBE_TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def _shorten_log(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "it logged nothing"
    return "it logged nothing"


def write_access(path: Path, access: dict[str, object]) -> None:
    """Write access.json for clients of the running system."""
    write_private(path, json.dumps(access, indent=2) + "\n")
