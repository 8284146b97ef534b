"""Rows 37 to 39, beyond the matrix: a peak, a restored backup, the supervisor."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from statistics import median

from runtime.postgres import Cluster
from runtime.supervisor import STOP_TIMEOUT_S
from runtime.system import is_ready

from ..shop.processes import runner_held
from ..simulators.events import batch_message
from .case import Case
from .matrix import row
from .stage import FOLDER, LOOKED_S, POLL_S, RESTART_S

BURST = 3000
BATCH = 250
SETTLED_S = 240.0
BACK_S_MAX = 60.0
ROUNDS = 3


@row(
    37,
    f"a peak: {BURST:,} sales and returns in batches, while nothing is worked yet",
    expected="all stored without a refusal, then worked in order",
)
def peak(case: Case) -> str:
    messages = case.messages(BURST)
    batches = [
        batch_message([case.event_of(message) for message in messages[n : n + BATCH]])
        for n in range(0, BURST, BATCH)
    ]
    with runner_held(case.stage.hub.sql):
        started = time.monotonic()
        statuses = Counter(
            case.stage.hub.post("tills", batch).status for batch in batches
        )
        stored_s = time.monotonic() - started
    assert statuses == {202: len(batches)}, statuses
    case.note(messages)
    case.fault_over()
    case.settle(SETTLED_S)
    return (
        f"stored in {stored_s:.1f} s, worked and delivered in {case.recovery_s:.0f} s"
    )


@row(
    38,
    "the database is lost and restored from a backup of some minutes ago",
    expected="senders repeat since then; nothing twice here or at the partner, who is"
    " told again what it knows and whose refusal waits for a person",
)
def restored(case: Case) -> str:
    before, after = case.messages(30), case.messages(30)
    system = case.stage.system
    case.send(before)
    case.settle()
    backup = FOLDER / "backup"
    shutil.rmtree(backup, ignore_errors=True)
    _back_up(system.cluster, backup)
    case.send(after)
    case.settle()
    starts = system.odoo_starts
    _lose_and_restore(system.cluster, backup)
    back = case.stage.wait_back(starts)
    case.stage.wait_ready()
    missing = [m for m in after if not case.stage.hub.states([m.id])]
    assert missing, "the backup already has what came after it"
    case.fault_over()
    # What a sender does that was told of the loss: everything since the backup again.
    case.send([*before[-5:], *after])
    refused = _cancel_what_the_partner_knows(case)
    case.settle()
    return (
        f"{len(missing)} of {len(after)} were lost and are there again, {refused}"
        f" refused as known and cancelled; {back}"
    )


def _cancel_what_the_partner_knows(case: Case) -> int:
    """Do as the runbook says: the partner has these already, by the same id.

    Their documents say when they were recorded, which is now another time, and this
    partner compares contents.
    """
    case.conflicts = True
    case.wait_judged(SETTLED_S)
    stuck = case.outgoing("dead", "held")
    case.stage.hub.call("retail.outbox.event", "action_cancel", [stuck])
    return len(stuck)


def _back_up(cluster: Cluster, folder: Path) -> None:
    """Copy the running cluster, as the documentation says it should be done daily."""
    server = cluster.server
    subprocess.run(
        [
            *(str(cluster.binary("pg_basebackup")), "-D", str(folder)),
            *("-h", server.host, "-p", str(server.port), "-U", server.user),
            *("--wal-method=stream", "--checkpoint=fast", "--no-sync"),
        ],
        check=True,
        capture_output=True,
    )
    owner = cluster.data.stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


def _lose_and_restore(cluster: Cluster, backup: Path) -> None:
    """Exchange the data under a supervisor that starts PostgreSQL at once."""
    pid = cluster.running_pid()
    lost = cluster.data.with_suffix(".lost")
    shutil.rmtree(lost, ignore_errors=True)
    # Renamed while it still runs: what is started next finds the backup only.
    cluster.data.rename(lost)
    backup.rename(cluster.data)
    os.kill(pid, signal.SIGQUIT)
    end = time.monotonic() + STOP_TIMEOUT_S
    while not cluster.server.is_ready() and time.monotonic() < end:
        time.sleep(0.2)
    shutil.rmtree(lost, ignore_errors=True)


@row(
    39,
    f"Odoo's server is killed, then PostgreSQL's, {ROUNDS} times each",
    expected="the supervisor has both back within a minute, nothing is lost",
)
def supervised(case: Case) -> str:
    odoo_s, postgres_s = [], []
    for _round in range(ROUNDS):
        pid = case.stage.system.odoo_pid
        odoo_s.append(_killed(case, pid))
        postgres_s.append(_killed(case, case.stage.system.cluster.running_pid()))
    case.settle()
    assert max(odoo_s + postgres_s) < BACK_S_MAX, (odoo_s, postgres_s)
    return (
        f"ready {median(odoo_s):.1f} s after Odoo died (longest {max(odoo_s):.1f} s),"
        f" {median(postgres_s):.1f} s after PostgreSQL died"
        f" (longest {max(postgres_s):.1f} s)"
    )


def _killed(case: Case, pid: int) -> float:
    """Kill a server during traffic; return seconds until all is ready for good."""
    case.send(case.messages(10))
    os.kill(pid, signal.SIGKILL)
    killed_at = time.monotonic()
    ready_at = 0.0
    # Workers outlive their master for a moment: ready is who stays ready.
    while not ready_at or time.monotonic() < ready_at + LOOKED_S:
        if not is_ready(case.stage.system.base_url):
            ready_at = 0.0
        elif not ready_at:
            ready_at = time.monotonic()
        if time.monotonic() > killed_at + RESTART_S:
            raise TimeoutError(f"not ready for good within {RESTART_S} s")
        time.sleep(POLL_S)
    case.fault_over()
    case.send(case.messages(10))
    case.stage.wait_ready()
    return ready_at - killed_at
