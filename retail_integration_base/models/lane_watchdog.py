"""``retail.lane``: noticing a job runner that has fallen silent.

The runner lives on one connection to PostgreSQL. When a firewall or a failover drops
that without a word, no job is handed out any more and nothing says so
(github.com/OCA/queue/issues/984). Cron is another process with a connection of its
own: it sees due jobs that nobody takes. Called by the sweep.
"""

import logging
import os
import signal
from contextlib import suppress
from datetime import timedelta

import psutil

from odoo import api, models

from ..tools.clock import to_naive, utc_now

_logger = logging.getLogger(__name__)

#: A working runner hands out a due job within a second; one that is just starting, or
#: putting back a lost worker's jobs, within a minute.
SILENT_S = 90
# queue_job: jobrunner/runner.py, PG_ADVISORY_LOCK_ID
_SESSIONS = """
    SELECT a.pid, a.application_name,
           a.client_addr IS NOT DISTINCT FROM inet_client_addr()
      FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted
       AND l.database = (SELECT oid FROM pg_database
                          WHERE datname = current_database())
       AND (l.classid::bigint << 32 | l.objid::bigint) = 2293787760715711918"""


class RetailLane(models.Model):
    _inherit = "retail.lane"

    @api.model
    def _wake_runner(self) -> None:
        """End a job runner that hands out nothing: it, or another node's, starts anew.

        Ending its session frees the lock by which runners elect a leader. The process
        itself may wait for ever for an answer to what it sent: when it is a child of
        our own master, it is killed and the master replaces it.
        """
        if not self._is_runner_silent():
            return
        self.env.cr.execute(_SESSIONS)
        sessions = self.env.cr.fetchall()
        if not sessions:
            _logger.error(
                "jobs are due and no job runner is at work: is queue_job in"
                " server_wide_modules of one node, and that node running?"
            )
        for session, name, is_local in sessions:
            _logger.warning("the job runner %s is silent: ending its session", name)
            self.env.cr.execute("SELECT pg_terminate_backend(%s)", [session])
            if is_local:
                _end_sibling(name)

    def _is_runner_silent(self) -> bool:
        """Tell whether jobs are due for long and none was handed out, or is running."""
        limit = to_naive(utc_now()) - timedelta(seconds=SILENT_S)
        self.env.cr.execute(
            """SELECT EXISTS (SELECT 1 FROM queue_job WHERE state = 'pending'
                                 AND COALESCE(eta, date_created) < %(limit)s)
                  AND NOT EXISTS (SELECT 1 FROM queue_job
                                   WHERE date_enqueued > %(limit)s)""",
            {"limit": limit},
        )
        return self.env.cr.fetchone()[0] and not self._has_running_job()

    def _has_running_job(self) -> bool:
        """Tell whether a worker is at a job: long ones may fill all the places."""
        # A job at work holds its row of this table.
        self.env.cr.execute(
            """SELECT (SELECT count(*) FROM queue_job_lock l
                         JOIN queue_job j ON j.id = l.queue_job_id
                        WHERE j.state = 'started')
                    > (SELECT count(*) FROM (
                       SELECT 1 FROM queue_job_lock l
                         JOIN queue_job j ON j.id = l.queue_job_id
                        WHERE j.state = 'started'
                          FOR SHARE OF l SKIP LOCKED) free)"""
        )
        return self.env.cr.fetchone()[0]


def _end_sibling(application_name: str) -> None:
    """Kill the process that Odoo named its session after, if our master is its parent.

    Not asked politely: it waits for PostgreSQL and would not hear it.
    """
    pid = int(application_name.rpartition("-")[2])
    with suppress(psutil.NoSuchProcess):
        if psutil.Process(pid).ppid() == os.getppid():
            os.kill(pid, signal.SIGKILL)
