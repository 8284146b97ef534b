"""Which process of a running Odoo does what, found by its database sessions.

Lives here: finding the job runner and a worker that is in the middle of a job, and
stopping the runner for a while. Called by ``tests/e2e`` (to break things) and
``tests/bench`` (to measure one thing at a time). Odoo names its sessions
``odoo-<process id>``.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Query = Callable[[str], list[tuple[Any, ...]]]

TIMEOUT_S = 60.0
POLL_S = 0.05

# queue_job: jobrunner/runner.py, PG_ADVISORY_LOCK_ID
_RUNNER = """
    SELECT split_part(a.application_name, '-', 2)::int
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted
       AND (l.classid::bigint << 32 | l.objid::bigint) = 2293787760715711918"""
# A job holds a row of this table as long as it runs.
_IN_JOB = """
    SELECT split_part(a.application_name, '-', 2)::int
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.relation = 'queue_job_lock'::regclass AND l.mode = 'RowShareLock'
       AND starts_with(a.application_name, 'odoo-')"""
_UNDER_WAY = "SELECT 1 FROM queue_job WHERE state IN ('enqueued', 'started') LIMIT 1"


def wait_until(condition: Callable[[], Any], what: str, timeout_s: float) -> Any:
    """Return the first truthy value of ``condition``.

    :raises TimeoutError: naming ``what`` was waited for.
    """
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout_s:.0f} s in vain until {what}")
        time.sleep(POLL_S)
    return found


def runner_pids(query: Query) -> list[int]:
    """Return the job runner's process, if one is at work."""
    return [pid for (pid,) in query(_RUNNER)]


def runner_pid(query: Query) -> int:
    """Return the job runner's process; it starts some seconds after Odoo."""
    rows = wait_until(
        lambda: runner_pids(query), "the job runner is at work", TIMEOUT_S
    )
    return rows[0]


def worker_in_a_job(query: Query, timeout_s: float) -> int:
    """Return a worker's process that works on a job right now."""
    rows = wait_until(lambda: query(_IN_JOB), "a worker works on a job", timeout_s)
    return rows[0][0]


@contextmanager
def runner_held(query: Query) -> Iterator[None]:
    """Stop the job runner's process during the block: nothing is worked."""
    pid = runner_pid(query)
    wait_until(lambda: _hold(pid, query), "no job is under way", TIMEOUT_S)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _hold(pid: int, query: Query) -> bool:
    """Stop the runner if nothing is under way; it might be about to call a worker."""
    os.kill(pid, signal.SIGSTOP)
    if not query(_UNDER_WAY):
        return True
    os.kill(pid, signal.SIGCONT)
    return False
