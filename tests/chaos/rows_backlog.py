"""Row 34: a hundred thousand jobs wait when the runner starts."""

from __future__ import annotations

import os
import signal
import time

import psutil

from ..shop.processes import Query, runner_pid, wait_until
from .case import Case
from .matrix import row

JOBS = 100_000
START_S_MAX = 60.0
MEMORY_BYTES_MAX = 600 * 1024**2


@row(
    34,
    f"{JOBS:,} jobs are pending when the job runner starts",
    expected="it starts within a minute in bounded memory, our lanes are not late",
)
def backlog(case: Case) -> str:
    sql = case.stage.hub.sql
    before = runner_pid(sql)
    sql(
        "INSERT INTO queue_job (uuid, state, channel, priority, eta, date_created,"
        " model_name, method_name, func_string, name, max_retries, retry, user_id,"
        " company_id)"
        " SELECT 'chaos-' || n, 'pending', 'root', 10,"
        "        now() AT TIME ZONE 'UTC' + interval '1 day',"
        "        now() AT TIME ZONE 'UTC', 'res.users', 'exists', 'chaos', 'chaos',"
        "        1, 0, 1, 1"
        "   FROM generate_series(1, %s) n",
        JOBS,
    )
    try:
        os.kill(before, signal.SIGKILL)
        case.fault_over()
        case.send(case.messages(50))
        pid = wait_until(lambda: _successor(sql, before), "a new runner", 60)
        case.settle()
        start_s = case.since_fault_s
        memory = psutil.Process(pid).memory_info().rss
    finally:
        sql("DELETE FROM queue_job WHERE starts_with(uuid, 'chaos-')")
    # The runner hears of every deletion, one by one.
    time.sleep(1)
    assert start_s < START_S_MAX, start_s
    assert memory < MEMORY_BYTES_MAX, memory
    case.send(case.messages(10))
    case.settle()
    return f"50 sales through {start_s:.0f} s after the kill, {memory / 1e6:.0f} MB"


def _successor(sql: Query, before: int) -> int:
    pid = runner_pid(sql)
    return pid if pid != before else 0
