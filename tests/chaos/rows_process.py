"""Rows 8 to 12 and 16 to 19: processes that are killed, stopped or cut off."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import psutil

from runtime.odoo_server import free_port
from runtime.supervisor import Keeper
from runtime.system import is_ready, odoo_service

from ..shop.processes import runner_pid, runner_pids, wait_until
from ..simulators.journal import Journal
from .case import Case
from .matrix import row
from .proxy import Weather

#: An idle job runner looks for dead jobs once a minute.
NOTICED_S = 90.0
#: shorter than the sweep needs to notice, and as long as the matrix says
PAUSE_S = 45
HELD_S = 300
SILENCE_S = 240.0


@row(
    8,
    "an HTTP worker is killed in the middle of requests",
    expected="no partial row; the repetition is exactly one",
    quick=True,
)
def killed_http_worker(case: Case) -> str:
    messages = case.messages(150)
    killed = []

    def kill_some(count: int) -> None:
        master = psutil.Process(case.stage.system.odoo_pid)
        for worker in master.children()[:count]:
            if "gevent" not in " ".join(worker.cmdline()):
                os.kill(worker.pid, signal.SIGKILL)
                killed.append(worker.pid)

    with case.sender() as sender:
        for number, message in enumerate(messages):
            if number in (40, 80):
                kill_some(2)
            ack = sender.send(message)
            assert set(ack.verdicts.values()) <= {"accepted", "duplicate"}, ack
            case.note([message])
    case.fault_over()
    case.settle()
    return f"{len(killed)} workers killed, {len(messages)} sales once each"


@row(
    9,
    "a worker is killed in a job, in Python",
    expected="requeued within 75 s, effects once",
)
def killed_in_python(case: Case) -> str:
    return _killed_in_job(case, "once sleep 30")


@row(
    10,
    "a worker is killed in a job, in the middle of SQL",
    expected="as row 9, plus the time of the statement",
)
def killed_in_sql(case: Case) -> str:
    return _killed_in_job(case, "once sql 10")


def _killed_in_job(case: Case, action: str) -> str:
    messages = case.messages(20)
    trap = messages[7].id
    case.stage.traps.set("apply", trap, action)
    case.send(messages)
    wait_until(lambda: case.stage.traps.hits("apply", trap), "the trap springs", 60)
    time.sleep(1)
    os.kill(case.stage.traps.last_pid("apply", trap), signal.SIGKILL)
    case.fault_over()
    case.settle(NOTICED_S)
    return f"{len(messages)} effects once, job requeued"


@row(
    11,
    "killed between the partner's answer and its recording",
    expected="sent again under the same key, one effect at the partner",
)
def killed_before_recording(case: Case) -> str:
    (message,) = case.messages(1)
    case.stage.traps.set("record", message.id, "once kill")
    case.send([message])
    wait_until(
        lambda: case.stage.traps.hits("record", message.id), "the trap springs", 60
    )
    case.fault_over()
    case.settle(NOTICED_S)
    (key,) = case.stage.hub.delivery_keys([message.id])
    facts = Journal(case.stage.partner.journal.path).read("request")
    heard = [fact["effect"] for fact in facts if fact["key"] == key]
    assert heard == ["applied", "duplicate"], heard
    return "same key twice, applied once"


@row(
    12,
    "killed between the commit and what comes after it",
    expected="the follow-up exists: it was committed with the effect",
)
def killed_after_commit(case: Case) -> str:
    messages = case.messages(5)
    for message in messages[:1]:
        case.stage.traps.set("committed", message.id, "once kill")
    case.send(messages)
    wait_until(
        lambda: case.stage.traps.hits("committed", messages[0].id),
        "the trap springs",
        60,
    )
    case.fault_over()
    case.settle(NOTICED_S)
    return "effects and messages to the partner complete"


@row(
    16,
    "the job runner is killed",
    expected="work goes on within 10 s",
    quick=True,
)
def killed_runner(case: Case) -> str:
    before = runner_pid(case.stage.hub.sql)
    os.kill(before, signal.SIGKILL)
    case.fault_over()
    case.send(case.messages(20))
    case.settle(60)
    assert runner_pid(case.stage.hub.sql) != before
    assert case.recovery_s < 20, case.recovery_s
    return f"a new runner, all worked after {case.recovery_s:.1f} s"


@row(
    17,
    "two nodes, the one with the job runner is killed",
    expected="the other takes over within 15 s, nothing twice",
)
def second_node(case: Case) -> str:
    sql = case.stage.hub.sql
    with _second_node(case):
        leader = runner_pid(sql)
        master = psutil.Process(case.stage.system.odoo_pid)
        assert leader in [child.pid for child in master.children()]
        case.send(case.messages(30))
        starts = case.stage.system.odoo_starts
        os.killpg(master.pid, signal.SIGKILL)
        case.fault_over()
        wait_until(lambda: set(runner_pids(sql)) - {leader}, "the other takes over", 60)
        took_s = case.since_fault_s
        case.settle()
        wait_until(
            lambda: case.stage.system.odoo_starts > starts, "Odoo starts again", 60
        )
        case.stage.system.wait_ready()
        case.send(case.messages(10))
        case.settle()
    case.stage.wait_ready()
    assert took_s < 30, took_s
    return f"the second node's runner led after {took_s:.1f} s"


@contextmanager
def _second_node(case: Case) -> Iterator[Keeper]:
    """Run another Odoo on the same database, with a job runner that waits its turn."""
    first = case.stage.system.odoo
    node = replace(first, folder=first.folder / "node2", port=free_port(), workers=2)
    node.folder.mkdir(parents=True, exist_ok=True)
    (node.folder / "secret_keys").write_text(first.secret_keys(), "utf-8")
    node.write_configuration()
    keeper = Keeper(odoo_service(node), case.stage.told.append)
    before = {name: os.environ[name] for name in ("ODOO_QUEUE_JOB_PORT",)}
    os.environ["ODOO_QUEUE_JOB_PORT"] = str(node.port)
    keeper.start()
    try:
        wait_until(lambda: is_ready(node.base_url), "the second node is ready", 90)
        os.environ.update(before)
        yield keeper
    finally:
        os.environ.update(before)
        keeper.stop()


@row(
    18,
    f"the job runner is stopped for {PAUSE_S} s and goes on, then for {HELD_S} s",
    expected="nothing runs twice; the sweep replaces one that is stopped for long",
)
def stopped_runner(case: Case) -> str:
    pid = runner_pid(case.stage.hub.sql)
    _stop_for(case, pid, PAUSE_S)
    case.fault_over()
    case.settle()
    paused_s = case.recovery_s
    assert runner_pid(case.stage.hub.sql) == pid
    gone_s = _stop_for(case, pid, HELD_S)
    case.settle()
    ended = f"was replaced after {gone_s:.0f} s" if gone_s else "went on"
    return (
        f"80 sales once each; worked {paused_s:.1f} s after the short stop, the"
        f" runner of the long one {ended}"
    )


def _stop_for(case: Case, pid: int, seconds: float) -> float:
    """Stop the process during traffic; return when it was ended, 0 if it went on."""
    os.kill(pid, signal.SIGSTOP)
    stopped_at = time.monotonic()
    try:
        case.send(case.messages(40))
        while psutil.pid_exists(pid):
            if time.monotonic() > stopped_at + seconds:
                return 0.0
            time.sleep(0.5)
    finally:
        case.fault_over()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return time.monotonic() - stopped_at


@row(
    19,
    "the job runner's connection to PostgreSQL is dropped silently",
    expected="the watchdog notices and work resumes",
)
def deaf_runner(case: Case) -> str:
    before = runner_pid(case.stage.hub.sql)
    case.stage.runner_db.freeze()
    case.fault_over()
    case.send(case.messages(20))
    case.settle(SILENCE_S)
    assert runner_pid(case.stage.hub.sql) != before
    return f"a new runner; all worked after {case.recovery_s:.0f} s"


@row(
    35,
    "the job runner cannot reach Odoo for a while",
    expected="no job is lost, work resumes",
)
def unreachable_odoo(case: Case) -> str:
    with case.stage.runner_http.during(Weather(refuses=True)):
        case.send(case.messages(20))
        time.sleep(8)
    case.fault_over()
    case.settle(NOTICED_S)
    return f"all worked {case.recovery_s:.0f} s after the way was open again"
