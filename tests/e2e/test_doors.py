"""The doors under bad weather: huge, slow, doubled and unwelcome messages."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from ..shop.processes import runner_held
from ..simulators.events import batch_message
from .conftest import TILLS, Receipts
from .hub import PROBLEM, Hub

PARALLEL = 50
STALLED = 8
# A job that was lost while the database was away is found by the minute's sweep, after
# whatever else the scheduler has to do.
SETTLED_S = 150.0


def connect(hub: Hub) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hub.system.odoo.port), 30)


def head(hub: Hub, length: int, message=None) -> bytes:
    headers = message.signed_headers(hub.secret) if message else {}
    headers = {"Content-Type": "application/json", **headers}
    lines = [f"POST /retail/v1/backends/{TILLS}/events HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


def test_same_event_fifty_times_at_once_is_one_event(hub: Hub, receipts: Receipts):
    (message,) = receipts(1, stores=["S01"])
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(
            pool.map(lambda _n: hub.post(TILLS, message).status, range(PARALLEL))
        )
    assert Counter(answers) == {202: 1, 200: PARALLEL - 1}
    assert len(hub.states([message.id])) == 1
    hub.wait_settled(SETTLED_S)
    assert hub.effects([message.id]) == {message.id: 1}


def test_huge_announced_body_is_refused_without_reading_it(hub: Hub):
    with connect(hub) as connection:
        started = time.monotonic()
        connection.sendall(head(hub, 1_000_000_000) + b'{"specvers')
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert time.monotonic() - started < 2
    assert answer.split()[1] == b"413"
    assert PROBLEM.encode() in answer
    assert b"RET-1103" in answer


def test_stalled_bodies_do_not_keep_the_workers(hub: Hub, receipts: Receipts):
    *stalled, honest = receipts(STALLED + 1, stores=["S01"])
    with ExitStack() as stack:
        for message in stalled:
            connection = stack.enter_context(connect(hub))
            body = message.body[: len(message.body) // 2]
            connection.sendall(head(hub, len(message.body), message) + body)
        started = time.monotonic()
        assert hub.post(TILLS, honest).status == 202
        # Each worker gives a silent connection 2 s; there are two rounds of them.
        assert time.monotonic() - started < 15
    assert hub.states([message.id for message in stalled]) == []


def test_paused_backend_asks_senders_to_come_back(hub: Hub, receipts: Receipts):
    messages = [
        *receipts(1, stores=["S01"]),
        *receipts(1, stores=["S01"], door="webhook"),
    ]
    hub.press(TILLS, "action_pause")
    try:
        for message in messages:
            answer = hub.post(TILLS, message)
            assert answer.status == 503
            assert answer.retry_after_s > 0
            assert answer.headers["Content-Type"] == PROBLEM
            assert answer.content["code"] == "RET-1002"
    finally:
        hub.press(TILLS, "action_activate")
    assert {hub.post(TILLS, message).status for message in messages} == {202}


def test_paused_backend_works_what_it_had_in_order_when_resumed(
    hub: Hub, receipts: Receipts
):
    messages = receipts(300, stores=["S02"])
    ids = [message.id for message in messages]
    batch = batch_message([json.loads(message.body) for message in messages])
    with runner_held(hub.sql):
        assert hub.post(TILLS, batch).status == 202
        hub.press(TILLS, "action_pause")
    time.sleep(3)
    assert sorted(hub.states(ids)) == sorted((key, "received") for key in ids)
    hub.press(TILLS, "action_activate")
    hub.wait_settled(SETTLED_S)
    rows = hub.sql(
        "SELECT e.event_key FROM retail_transaction t"
        " JOIN retail_inbox_event e ON e.id = t.inbox_event_id"
        " WHERE e.event_key = ANY (%s) ORDER BY t.id",
        ids,
    )
    assert [key for (key,) in rows] == ids
