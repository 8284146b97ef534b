"""PostgreSQL is out of reach: senders are told to come back, on both doors.

What happens when it is restarted is part of the storm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from ..shop.processes import runner_pid
from .conftest import TILLS, Receipts
from .hub import PROBLEM, Hub

ROUNDS = 8
TIMEOUT_S = 20.0


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


def test_any_address_says_come_back_while_it_is_unknown_whether_it_exists(hub: Hub):
    addresses = [
        "/retail",
        "/retail/v1/nothing",
        "/retail/v1/subscriptions",
        "/retail/x/y",
    ]
    with locked_out(hub):
        for address in addresses * ROUNDS:
            answer = requests.get(hub.system.base_url + address, timeout=TIMEOUT_S)
            assert answer.status_code == 503, address
            assert answer.headers["Content-Type"] == PROBLEM
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.json()["code"] == "RET-2001"
    answer = requests.get(f"{hub.system.base_url}/retail/v1/nothing", timeout=TIMEOUT_S)
    assert (answer.status_code, answer.json()["code"]) == (404, "RET-1403")
