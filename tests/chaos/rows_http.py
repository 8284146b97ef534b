"""Rows 1 to 7: what senders do to the doors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from ..simulators.events import Message
from ..simulators.signatures import standard_webhook_headers
from .case import Case
from .matrix import row
from .proxy import Weather
from .stage import TILLS

PARALLEL = 50
STALLED = 8
EVENTS = f"/retail/v1/backends/{TILLS}/events"
NEW_SECRET = "whsec_cm90YXRlZC1zZWNyZXQtb2YtdGhlLXRpbGxzLTAwMDI="


@row(
    1,
    "a sender repeats one event 50 times at once",
    expected="one row, one effect, 50 answers of 2xx",
    quick=True,
)
def same_event_at_once(case: Case) -> str:
    (message,) = case.messages(1)
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = Counter(
            pool.map(lambda _n: case.post(message).status, range(PARALLEL))
        )
    assert answers == {202: 1, 200: PARALLEL - 1}, answers
    case.settle()
    return f"1 × 202, {PARALLEL - 1} × 200"


@row(
    2,
    "a known id comes again with another body",
    expected="the first is kept, 409, an exception for a person",
    quick=True,
)
def other_body(case: Case) -> str:
    (message,) = case.messages(1)
    assert case.post(message).status == 202
    forged = json.loads(message.body)
    forged["data"]["totals"]["grand"] = "0.01"
    twin = replace(message, body=json.dumps(forged).encode())
    answer = case.post(twin)
    assert (answer.status, answer.content["code"]) == (409, "RET-1301"), answer
    case.asked.add(message.id)
    case.settle()
    return "409 RET-1301, the first one counts"


@row(
    3,
    "signatures from beyond the tolerance, past and future",
    expected="401, nothing stored",
    quick=True,
)
def replayed_signature(case: Case) -> str:
    hours = (-48, -1, 1, 48)
    messages = case.messages(len(hours))
    for offset_hours, message in zip(hours, messages, strict=True):
        at = datetime.now(timezone.utc) + timedelta(hours=offset_hours)
        headers = standard_webhook_headers(
            case.stage.hub.secret, message.id, message.body, at
        )
        with case.sender() as sender:
            reply = sender.post(EVENTS, message.body, headers | _JSON)
        assert reply.status == 401, (offset_hours, reply)
    assert case.stage.hub.states([message.id for message in messages]) == []
    case.settle()
    return f"{len(hours)} × 401, no row"


@row(
    4,
    "the secret is rotated during traffic",
    expected="no refusal",
    quick=True,
)
def rotation(case: Case) -> str:
    hub = case.stage.hub
    messages = case.messages(120)
    (backend_id,) = hub.call("retail.backend", "search", [[["code", "=", TILLS]]])
    secrets = [hub.secret]

    def rotate() -> None:
        values = {"purpose": "webhook_in", "secret": NEW_SECRET}
        values["backend_id"] = backend_id
        # Rotation with overlap, as the runbook says: the new one is added first.
        hub.call("retail.credential", "create", [[values]])
        secrets.append(NEW_SECRET)

    rotation_at, statuses = len(messages) // 3, Counter()
    with case.sender() as sender:
        for number, message in enumerate(messages):
            if number == rotation_at:
                rotate()
            sender.secret = secrets[number % len(secrets)]
            statuses[sender.send_once(message).status] += 1
            case.acked[message.id] = json.loads(message.body)["data"]
    assert statuses == {202: len(messages)}, statuses
    (added,) = hub.call(
        "retail.credential",
        "search",
        [[["backend_id", "=", backend_id], ["purpose", "=", "webhook_in"]], 0, 1],
    )
    hub.call("retail.credential", "write", [[added], {"active": False}])
    case.settle()
    return f"{len(messages)} × 202 with two live secrets"


@row(
    5,
    "the client is gone before the answer",
    expected="stored or not; the repetition makes it exactly one",
    quick=True,
)
def lost_answer(case: Case) -> str:
    messages = case.messages(12)
    with case.stage.door.during(Weather(answers=False)), case.sender() as sender:
        statuses = Counter(sender.send_once(message).status for message in messages)
    assert statuses == {0: len(messages)}, statuses
    case.fault_over()
    stored = len(case.stage.hub.states([message.id for message in messages]))
    case.send(messages)
    case.settle()
    return f"{stored} of {len(messages)} were stored, all once after the repetition"


@row(
    6,
    "bodies that stall in the middle",
    expected="workers are free again, nothing stored",
    quick=True,
)
def stalled_bodies(case: Case) -> str:
    *stalled, honest = case.messages(STALLED + 1)
    with ExitStack() as stack:
        for message in stalled:
            connection = stack.enter_context(_connect(case))
            half = message.body[: len(message.body) // 2]
            connection.sendall(_head(case, message) + half)
        started = time.monotonic()
        assert case.post(honest).status == 202
        waited_s = time.monotonic() - started
    # A worker gives a silent connection 2 s; there may be two rounds of them.
    assert waited_s < 15, waited_s
    assert case.stage.hub.states([message.id for message in stalled]) == []
    case.settle()
    return f"an honest sender waited {waited_s:.1f} s"


@row(
    7,
    "hostile bodies: huge, deep, not UTF-8, NaN, keys twice, NUL",
    expected="4xx, never 500, nothing stored",
    quick=True,
)
def hostile_bodies(case: Case) -> str:
    (template,) = case.messages(1)
    text = template.body.decode()
    bodies = {
        "deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "not UTF-8": text.replace("specversion", "sp\xe9", 1).encode("latin-1"),
        "NaN": text.replace('"1.0"', "NaN", 1).encode(),
        "key twice": text.replace("{", '{"id": "twice",', 1).encode(),
        "NUL": text.replace("retail.pos", "retail.\\u0000pos", 1).encode(),
        "huge integer": text.replace('"1.0"', "9" * 5000, 1).encode(),
        "lone surrogate": text.replace("retail.pos", "\\ud800", 1).encode(),
        "nothing": b"",
        "too much": b'{"a": "' + b"x" * 20_000_000 + b'"}',
    }
    before = case.stage.hub.sql("SELECT count(*) FROM retail_inbox_event")
    answers = {name: _post_raw(case, name, body) for name, body in bodies.items()}
    # 401 would mean that our own signature was wrong and the body never read.
    bad = {name: code for name, code in answers.items() if code not in (400, 413, 422)}
    assert not bad, bad
    assert case.stage.hub.sql("SELECT count(*) FROM retail_inbox_event") == before
    (honest,) = case.messages(1)
    assert case.post(honest).status == 202
    case.settle()
    return ", ".join(f"{name} {status}" for name, status in answers.items())


_JSON = {"Content-Type": "application/json"}


def _post_raw(case: Case, name: str, body: bytes) -> int:
    """Send any bytes with a right signature; return the status."""
    message = Message(f"hostile-{name.replace(' ', '-')}", body, ())
    head = _signed_head(case, message)
    with _connect(case) as connection:
        # Whoever refuses a body does not read it: sending must not block the reading.
        sending = threading.Thread(target=_send, args=(connection, head + body))
        sending.start()
        answer = connection.recv(4096)
        connection.shutdown(socket.SHUT_RDWR)
        sending.join()
    return int(answer.split()[1])


def _send(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return  # refused in the middle: what the answer says is what counts


def _connect(case: Case) -> socket.socket:
    return socket.create_connection(("127.0.0.1", case.stage.system.odoo.port), 30)


def _head(case: Case, message: Message) -> bytes:
    return _lines(message.signed_headers(case.stage.hub.secret), len(message.body))


def _signed_head(case: Case, message: Message) -> bytes:
    try:
        headers = message.signed_headers(case.stage.hub.secret)
    except UnicodeDecodeError:
        # The published package signs text only; a wrong signature would be refused
        # before the body is read.
        headers = _sign_bytes(case.stage.hub.secret, message)
    return _lines(headers, len(message.body))


def _sign_bytes(secret: str, message: Message) -> dict[str, str]:
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message.id}.{stamp}.".encode() + message.body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message.id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        **_JSON,
    }


def _lines(headers: dict[str, str], length: int) -> bytes:
    lines = [f"POST {EVENTS} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in (_JSON | headers).items()]
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()
