"""Two nodes behind nginx, and the loss of either while tills sell.

Each node is an Odoo with workers, cron and job runner in a network namespace of its
own; nginx, PostgreSQL (over TCP) and the partner are on the machine that connects
them. The job runner that leads hands its jobs out through nginx, so that both nodes
work. What must hold afterwards is the fault matrix's.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from runtime.odoo_server import OdooServer, free_port
from runtime.progress import step
from runtime.supervisor import Keeper
from runtime.system import Plan, System, is_ready, odoo_service, running_system

from ..chaos.case import Case
from ..chaos.proxy import FaultProxy
from ..chaos.stage import FOLDER, Stage, environment, furnish
from ..shop import SECRET
from ..shop.processes import runner_pid, runner_pids, wait_until
from ..simulators.partner import Partner
from .network import HUB_ADDRESS, NETWORK, Network
from .nginx import nginx
from .traffic import Traffic

NODES = ["node1", "node2"]
PORT = 8170
WORKERS = 2
ROW = 40
SEED = 19
WARM_S = 3.0
#: how long a node stays lost after the other has taken over
LOST_S = 20.0
READY_S = 120.0
TAKEN_OVER_S = 120.0
SETTLED_S = 200.0
USER_TIMEOUT_MS = 20_000
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3}


@dataclass
class Nodes:
    """The running nodes and the ways to lose one.

    :param keepers: who starts a node's Odoo again, for all but the first.
    """

    system: System
    network: Network
    case: Case
    keepers: dict[str, Keeper] = field(default_factory=dict)

    def master(self, node: str) -> int:
        """Return the process id of the node's Odoo, 0 while there is none."""
        if node == NODES[0]:
            return self.system.odoo_pid
        process = self.keepers[node].process
        return process.pid if process else 0

    def leader(self) -> str | None:
        """Return the node whose job runner hands out the jobs."""
        for pid in runner_pids(self.case.stage.hub.sql):
            for node in NODES:
                if pid in _children(self.master(node)):
                    return node
        return None

    def wait_ready(self, node: str) -> None:
        """Wait until the node answers."""
        address = f"http://{self.network.address(node)}:{PORT}"
        wait_until(lambda: is_ready(address), f"{node} is ready", READY_S)

    def kill(self, node: str) -> None:
        """End the node's Odoo; the kernel closes its connections."""
        os.killpg(self.master(node), signal.SIGKILL)

    def isolate(self, node: str) -> None:
        """Pull the node's cable: it lives on alone, nobody is told."""
        self.network.cut(node)


def play_nodes() -> str:
    """Lose each node in each way; return a table.

    :raises AssertionError: something was lost, or counted twice
    """
    lines = [
        "| lost | the other led after | meanwhile, at the tills | all settled after |",
        "|---|---|---|---|",
    ]
    with _open_nodes() as nodes:
        ways = (
            ("the leader's Odoo was killed", nodes.kill, lambda _node: None),
            ("the leader's network was cut", nodes.isolate, nodes.network.mend),
        )
        for words, lose, restore in ways:
            # Twice: who took over is lost next, so that it was either of them.
            for _turn in range(2):
                with step(f"Losing a node: {words}"):
                    lines.append(_lose(nodes, words, lose, restore))
        nodes.case.check()
    return "\n".join(lines)


def _lose(
    nodes: Nodes,
    words: str,
    lose: Callable[[str], None],
    restore: Callable[[str], None],
) -> str:
    lost = wait_until(nodes.leader, "a node leads", READY_S)
    with Traffic(nodes.case) as traffic:
        time.sleep(WARM_S)
        lose(lost)
        lost_at = time.monotonic()
        wait_until(
            lambda: nodes.leader() not in (None, lost), "the other leads", TAKEN_OVER_S
        )
        led_s = time.monotonic() - lost_at
        time.sleep(LOST_S)
        restore(lost)
        nodes.case.fault_over()
        nodes.wait_ready(lost)
    nodes.case.settle(SETTLED_S)
    settled_s = nodes.case.recovery_s
    return f"| {words} ({lost}) | {led_s:.1f} s | {traffic} | {settled_s:.1f} s |"


def _children(pid: int) -> set[int]:
    try:
        return {child.pid for child in psutil.Process(pid).children()} if pid else set()
    except psutil.NoSuchProcess:
        return set()


@contextmanager
def _open_nodes() -> Iterator[Nodes]:
    folder = FOLDER / "nodes"
    folder.mkdir(parents=True, exist_ok=True)
    balanced = free_port()
    with ExitStack() as stack:
        network = stack.enter_context(Network(NODES))
        stack.enter_context(
            nginx(
                folder / "nginx",
                listens=[f"127.0.0.1:{balanced}", f"{HUB_ADDRESS}:{balanced}"],
                servers=[f"{network.address(node)}:{PORT}" for node in NODES],
                network=NETWORK,
            )
        )
        runner = {
            "ODOO_QUEUE_JOB_HOST": HUB_ADDRESS,
            "ODOO_QUEUE_JOB_PORT": str(balanced),
        }
        stack.enter_context(environment(runner))
        (folder / "partner.jsonl").unlink(missing_ok=True)
        partner = stack.enter_context(
            Partner(SECRET, journal_path=folder / "partner.jsonl")
        )
        target = ("127.0.0.1", partner.port)
        wire = stack.enter_context(FaultProxy(target, host=HUB_ADDRESS))
        door = stack.enter_context(FaultProxy(("127.0.0.1", balanced)))
        system = stack.enter_context(running_system(_plan(folder, network)))
        hub = furnish(system, f"{wire.url}/events", private_networks=NETWORK)
        case = Case(Stage(hub, partner, door, wire, SEED), ROW)
        nodes = Nodes(system, network, case)
        for node in NODES[1:]:
            nodes.keepers[node] = stack.enter_context(_kept(system, network, node))
            nodes.wait_ready(node)
        runner_pid(hub.sql)
        yield nodes


def _plan(folder: Path, network: Network) -> Plan:
    """The first node, and what all share; the database is the fault matrix's."""
    access = folder / "pg_hba.conf"
    access.write_text(f"local all all trust\nhost all all {NETWORK} trust\n", "utf-8")
    access.chmod(0o644)
    return Plan(
        "chaos",
        FOLDER,
        port=PORT,
        workers=WORKERS,
        job_channels="root:3",
        throwaway=True,
        own_postgres=True,
        options=_options(network, NODES[0]),
        prefix=_prefix(folder, network, NODES[0]),
        postgres_settings={
            "listen_addresses": HUB_ADDRESS,
            "hba_file": str(access),
            # What frees the locks of a node that fell silent.
            **{f"tcp_{name}": str(number) for name, number in KEEPALIVE.items()},
            # Keepalives say nothing while sent bytes wait to be acknowledged, and a
            # job runner is told of every job.
            "tcp_user_timeout": str(USER_TIMEOUT_MS),
        },
    )


def _options(network: Network, node: str) -> dict[str, object]:
    return {
        "http_interface": network.address(node),
        "gevent_port": PORT + 3,
        "proxy_mode": True,
        "limit_time_real_cron": 120,
    }


def _prefix(folder: Path, network: Network, node: str) -> tuple[str, ...]:
    """Run on the node, with the keepalives of docs/operations.md for its database."""
    service = folder / "pg_service.conf"
    settings = [f"{name}={number}" for name, number in KEEPALIVE.items()]
    lines = ["[retail]", *settings, f"tcp_user_timeout={USER_TIMEOUT_MS}", ""]
    service.write_text("\n".join(lines), "utf-8")
    # Odoo prefers PGHOST to its configuration.
    variables = (
        f"PGHOST={HUB_ADDRESS}",
        f"PGSERVICEFILE={service}",
        "PGSERVICE=retail",
    )
    return (*network.command(node), "env", *variables)


@contextmanager
def _kept(system: System, network: Network, node: str) -> Iterator[Keeper]:
    """Run one more node on the same database and file store."""
    first = system.odoo
    folder = first.folder / node
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "secret_keys").write_text(first.secret_keys(), "utf-8")
    server: OdooServer = replace(
        first,
        folder=folder,
        options=dict(first.options) | _options(network, node),
        prefix=_prefix(first.folder / "nodes", network, node),
    )
    server.write_configuration()
    keeper = Keeper(odoo_service(server), print)
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()
