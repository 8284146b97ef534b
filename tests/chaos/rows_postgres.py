"""Rows 20 to 24 and 32: PostgreSQL goes away, is full, or changes under traffic."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psycopg2

from runtime import odoo_process

from ..shop.processes import Query, wait_until
from .case import Case
from .matrix import LeftOut, row
from .stage import FOLDER

AWAY_S = 60
SETTLED_S = 180.0
TMPFS_BYTES = 96 * 1024 * 1024


@row(
    20,
    "PostgreSQL restarts (fast) with jobs in flight",
    expected="the supervisor starts Odoo, no job lost",
)
def restarted(case: Case) -> str:
    return _stopped(case, signal.SIGINT)


@row(
    21,
    "PostgreSQL stops at once and recovers from its log",
    expected="all acknowledged events are there",
)
def crashed(case: Case) -> str:
    return _stopped(case, signal.SIGQUIT)


def _stopped(case: Case, how: signal.Signals) -> str:
    messages = case.messages(400)
    trap = messages[200].id
    case.stage.traps.set("apply", trap, "once sleep 3")
    starts = case.stage.system.odoo_starts
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(case.send, messages)
        wait_until(lambda: len(case.acked) > 150, "traffic flows", 120)
        os.kill(case.stage.system.cluster.running_pid(), how)
        case.fault_over()
        back = case.stage.wait_back(starts)
        sending.result()
    case.settle(SETTLED_S)
    case.stage.wait_ready()
    return f"{back}, {len(messages)} sales once each"


@row(
    22,
    f"PostgreSQL is down for {AWAY_S} s during traffic",
    expected="503 or no answer, never 404; all arrive afterwards",
)
def away(case: Case) -> str:
    messages = case.messages(150)
    knock = case.messages(1)[0]
    odoo = case.stage.system.odoo
    starts = case.stage.system.odoo_starts
    answers: Counter[int] = Counter()
    with ThreadPoolExecutor(1) as pool, _refusing(case):
        sending = pool.submit(case.send, messages)
        for half in range(2):
            if half:
                # Cron listens in another database: now Odoo's server ends as well.
                _cut_sessions(case, "%")
            until = time.monotonic() + AWAY_S / 2
            while time.monotonic() < until:
                answers[case.post(knock, timeout_s=10).status] += 1
                time.sleep(0.3)
        case.fault_over()
        _let_in(case)
        sending.result()
    assert set(answers) <= {0, 503}, answers
    case.send([knock])
    case.stage.wait_ready()
    case.settle(SETTLED_S)
    restarts = case.stage.system.odoo_starts - starts
    assert odoo.postgres.is_ready()
    return (
        f"{answers[503]} × 503, {answers[0]} × no answer, {restarts} restarts of Odoo"
    )


@contextmanager
def _refusing(case: Case) -> Iterator[None]:
    """Take PostgreSQL away: the supervisor would bring a stopped one back at once."""
    cluster = case.stage.system.cluster
    hidden = cluster.socket_folder.with_name(cluster.socket_folder.name + ".away")
    cluster.socket_folder.rename(hidden)
    _cut_sessions(case, case.stage.system.odoo.database)
    try:
        yield
    finally:
        if hidden.exists():
            hidden.rename(cluster.socket_folder)


def _let_in(case: Case) -> None:
    folder = case.stage.system.cluster.socket_folder
    hidden = folder.with_name(folder.name + ".away")
    hidden.rename(folder)


def _cut_sessions(case: Case, databases: str) -> None:
    server = case.stage.system.odoo.postgres
    folder = case.stage.system.cluster.socket_folder
    folder = folder.with_name(folder.name + ".away")
    with closing(
        psycopg2.connect(
            host=str(folder), port=server.port, user=server.user, dbname="postgres"
        )
    ) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname LIKE %s AND pid <> pg_backend_pid()",
                (databases,),
            )


@row(
    23,
    "all connections of PostgreSQL are taken",
    expected="5xx at once, recovery when they are free",
)
def no_connections(case: Case) -> str:
    odoo = case.stage.system.odoo
    messages = case.messages(20)
    answers: Counter[int] = Counter()
    slowest_s = 0.0
    with ExitStack() as stack:
        _take_all(case, stack)
        for message in messages:
            started = time.monotonic()
            answers[case.post(message, timeout_s=20).status] += 1
            slowest_s = max(slowest_s, time.monotonic() - started)
    case.fault_over()
    assert set(answers) <= {0, 202, 500, 503}, answers
    assert answers[503] + answers[0] > 0, answers
    assert slowest_s < 15, slowest_s
    case.stage.system.wait_ready()
    case.send(messages)
    case.stage.wait_ready()
    case.settle(SETTLED_S)
    assert odoo.postgres.is_ready()
    return f"{dict(answers)}, slowest {slowest_s:.1f} s"


def _take_all(case: Case, stack: ExitStack) -> None:
    """Open connections until there are none left, those of the workers included."""
    odoo = case.stage.system.odoo
    killer = stack.enter_context(closing(odoo.postgres.connect()))
    for _round in range(3):
        with killer.cursor() as cursor:
            # Cron listens in another database: without it Odoo's server would end.
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND starts_with(application_name, 'odoo-')",
                (odoo.database,),
            )
        with suppress(psycopg2.OperationalError):
            while True:
                stack.enter_context(closing(odoo.postgres.connect(odoo.database)))


@row(
    24,
    "the disk of PostgreSQL is full",
    expected="5xx, no acknowledgement without a row, recovery when there is room",
)
def disk_full(case: Case) -> str:
    hub = case.stage.hub
    messages = case.messages(210)
    answers: Counter[int] = Counter()
    with _small_disk(case) as disk:
        case.send(messages[:10])
        case.settle()
        filler = disk / "filler"
        _fill(filler)
        for message in messages[10:]:
            answers[case.post(message).status] += 1
        filler.unlink()
        case.fault_over()
        refused = answers[503] + answers[500]
        acked = list(case.acked)
        assert refused, answers
        assert set(answers) <= {202, 200, 500, 503}, answers
        assert len(hub.states(acked)) == len(acked)
        case.send(messages[10:])
        case.settle(SETTLED_S)
    return f"{dict(answers)} while full, all stored afterwards"


@contextmanager
def _small_disk(case: Case) -> Iterator[Path]:
    """Have the table of incoming messages on a disk of its own, small enough to fill.

    :raises LeftOut: only the machine's administrator can mount one.
    """
    if os.geteuid():
        raise LeftOut("needs root to mount a small disk")
    disk = FOLDER / "disk"
    disk.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        raise LeftOut(f"no small disk here: {mounted.stderr.strip()}")
    space = disk / "space"
    space.mkdir()
    owner = case.stage.system.cluster.data.stat()
    for folder in (disk, space):
        os.chown(folder, owner.st_uid, owner.st_gid)
    sql = case.stage.hub.sql
    sql(f"CREATE TABLESPACE chaos LOCATION '{space}'")
    try:
        _move(sql, "chaos")
        yield disk
    finally:
        (disk / "filler").unlink(missing_ok=True)
        _move(sql, "pg_default")
        sql("CHECKPOINT")
        sql("DROP TABLESPACE chaos")
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def _move(sql: Query, space: str) -> None:
    sql(f"ALTER TABLE retail_inbox_event SET TABLESPACE {space}")
    for (index,) in sql(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'retail_inbox_event'"
    ):
        sql(f'ALTER INDEX "{index}" SET TABLESPACE {space}')


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        piece = b"\0" * 65_536
        try:
            while True:
                file.write(piece)
                file.flush()
        except OSError:
            return  # full, as wanted


@row(
    32,
    "the module is upgraded (-u) during traffic",
    expected="nothing is lost",
)
def upgrade(case: Case) -> str:
    odoo = case.stage.system.odoo
    messages = case.messages(300)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(case.send, messages)
        wait_until(lambda: len(case.acked) > 30, "traffic flows", 60)
        started = time.monotonic()
        odoo_process.run_or_fail(
            odoo,
            "Upgrading the module",
            *odoo.server_arguments(
                "-u", "retail_integration_base", "--stop-after-init", "--no-http"
            ),
        )
        took_s = time.monotonic() - started
        sending.result()
        case.send(case.messages(50))
    case.fault_over()
    case.settle(SETTLED_S)
    case.stage.wait_ready()
    return f"upgrade took {took_s:.0f} s, {len(case.acked)} sales once each"
