"""Rows 37 and 38, beyond the matrix: a peak, and a database restored from a backup."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from runtime.postgres import Cluster
from runtime.supervisor import STOP_TIMEOUT_S

from ..shop.processes import runner_held
from ..simulators.events import batch_message
from .case import Case
from .matrix import row
from .stage import FOLDER

BURST = 3000
BATCH = 250
SETTLED_S = 240.0


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
