"""PostgreSQL is out of reach: senders are told to come back, on both doors.

What happens when it is restarted is part of the storm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..shop.processes import runner_pid
from .conftest import TILLS, Receipts
from .hub import PROBLEM, Hub

ROUNDS = 8


@contextmanager
def locked_out(hub: Hub) -> Iterator[None]:
    """Let the database refuse the workers' connections during the block.

    A stopped PostgreSQL would end Odoo's server within moments; here it stays, so that
    its answers can be looked at.
    """
    odoo = hub.system.odoo
    runner = f"odoo-{runner_pid(hub.sql)}"
    odoo.postgres.query(f'ALTER DATABASE "{odoo.database}" ALLOW_CONNECTIONS false')
    try:
        odoo.postgres.query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name <> %s",
            (odoo.database, runner),
        )
        yield
    finally:
        odoo.postgres.query(f'ALTER DATABASE "{odoo.database}" ALLOW_CONNECTIONS true')


def test_unreachable_database_is_answered_with_503_on_both_doors(
    hub: Hub, receipts: Receipts
):
    messages = [
        *receipts(1, stores=["S04"]),
        *receipts(1, stores=["S04"], door="webhook"),
    ]
    with locked_out(hub):
        for message in messages * ROUNDS:
            answer = hub.post(TILLS, message)
            assert answer.status == 503
            assert answer.headers["Content-Type"] == PROBLEM
            assert answer.retry_after_s > 0
            assert answer.content["code"] == "RET-2001"
    assert [hub.post(TILLS, message).status for message in messages] == [202, 202]
