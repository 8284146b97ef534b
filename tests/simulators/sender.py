"""Tills and webshops that send to the hub until it says that it has the message.

Lives here: signing at send time, retries with the same id, the acknowledgements as an
oracle outside Odoo. Not here: what is sent (``receipts``, ``orders``, ``events``).
Called by end-to-end tests, the demo's story and the bench::

    with Sender(base_url, "pos-demo", secret, journal_path=acks) as sender:
        summary = sender.play(disordered(messages, duplicates=0.1), workers=4)
    assert summary.lost == 0

or by hand: ``python -m tests.simulators.sender --help``.
"""

from __future__ import annotations

import argparse
import http.client
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .events import Message, disordered, event_message, receipt_event
from .journal import Journal
from .receipts import ReceiptGenerator

#: Answers after which a sender repeats the same message.
RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
FIRST_DELAY_S = 0.1
DELAY_S_MAX = 2.0


@dataclass(frozen=True)
class Reply:
    """One answer; status 0 stands for a connection that broke or was refused."""

    status: int
    content: Any = None
    retry_after_s: float | None = None
    latency_s: float = 0.0


@dataclass(frozen=True)
class Ack:
    """How a message ended: the last answer and how often it was sent.

    :param verdicts: event id -> ``accepted``, ``duplicate``, ``conflict``, ``refused``,
        or ``lost`` when the hub never answered in time.
    """

    message: Message
    reply: Reply
    attempts: int
    verdicts: dict[str, str]


@dataclass
class Summary:
    """What a play came to; ``verdicts`` counts events, not requests."""

    verdicts: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Events that the hub never acknowledged."""
        return self.verdicts["lost"]

    @property
    def refused(self) -> int:
        """Events that the hub does not want."""
        return self.verdicts["refused"] + self.verdicts["conflict"]

    def add(self, ack: Ack) -> None:
        """Count one acknowledgement."""
        self.verdicts.update(ack.verdicts.values())
        self.attempts += ack.attempts
        self.latencies_s.append(ack.reply.latency_s)

    def latency_s(self, share: float) -> float:
        """Return the latency that ``share`` (0 to 1) of the requests stay below."""
        ordered = sorted(self.latencies_s) or [0.0]
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class Sender:
    """One system that talks to one backend of the hub.

    :param base_url: of the hub, ``http://host:port``.
    :param secret: the webhook secret of the backend.
    :param api_key: if given, the events door is opened by it instead of a signature.
    :param retry_for_s: how long a message is repeated before it counts as lost.
    """

    def __init__(
        self,
        base_url: str,
        backend: str,
        secret: str = "",
        *,
        api_key: str | None = None,
        journal_path: Path | None = None,
        timeout_s: float = 30.0,
        retry_for_s: float = 120.0,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"expected http://host:port, not {base_url!r}")
        self.host, self.port = parts.hostname, parts.port or 80
        self.path = f"{parts.path.rstrip('/')}/retail/v1/backends/{backend}"
        self.secret = secret
        self.api_key = api_key
        self.journal = Journal(journal_path)
        self.timeout_s = timeout_s
        self.retry_for_s = retry_for_s
        self._local = threading.local()

    def play(
        self,
        messages: Sequence[Message],
        *,
        workers: int = 4,
        on_ack: Callable[[Ack], None] | None = None,
    ) -> Summary:
        """Send all messages, those of one stream one after the other.

        :param on_ack: called after each message, from any worker, one at a time.
        """
        queues: list[list[Message]] = [[] for _n in range(workers)]
        for message in messages:
            queues[zlib.crc32(message.stream.encode()) % workers].append(message)
        summary, lock = Summary(), threading.Lock()

        def work(queue: list[Message]) -> None:
            for message in queue:
                ack = self.send(message)
                with lock:
                    summary.add(ack)
                    if on_ack is not None:
                        on_ack(ack)
            self.disconnect()

        started = time.monotonic()
        with ThreadPoolExecutor(workers, thread_name_prefix="sender") as pool:
            for future in [pool.submit(work, queue) for queue in queues]:
                future.result()
        summary.seconds = time.monotonic() - started
        return summary

    def send(self, message: Message) -> Ack:
        """Send one message until the hub has it, refuses it, or time is over."""
        give_up_at = time.monotonic() + self.retry_for_s
        delay_s = FIRST_DELAY_S
        attempts = 0
        while True:
            attempts += 1
            reply = self.send_once(message)
            final = reply.status not in RETRYABLE_STATUS and reply.status != 0
            if final or time.monotonic() + delay_s > give_up_at:
                break
            time.sleep(min(reply.retry_after_s or delay_s, DELAY_S_MAX))
            delay_s = min(delay_s * 2, DELAY_S_MAX)
        verdicts = _verdicts(message, reply, final)
        for event_id, verdict in verdicts.items():
            self.journal.write(
                "ack",
                id=event_id,
                delivery=message.id,
                verdict=verdict,
                status=reply.status,
                attempts=attempts,
            )
        return Ack(message, reply, attempts, verdicts)

    def send_once(self, message: Message) -> Reply:
        """Send one message once, signed now; a broken connection is a reply of 0."""
        if self.api_key and message.door == "events":
            headers = {
                "Content-Type": message.content_type,
                "Authorization": f"Bearer {self.api_key}",
                **message.headers,
            }
        else:
            headers = message.signed_headers(self.secret)
        return self.post(f"{self.path}/{message.door}", message.body, headers)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send any body with any headers: for what no honest sender would send."""
        started = time.monotonic()
        connection = self._connection()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self.disconnect()
            return Reply(0, latency_s=time.monotonic() - started)
        return Reply(
            response.status,
            _parsed(raw),
            _seconds(response.getheader("Retry-After")),
            time.monotonic() - started,
        )

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self.disconnect()
        self.journal.close()

    def disconnect(self) -> None:
        """Close this thread's connection; the next message opens one."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> http.client.HTTPConnection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(
                self.host, self.port, timeout=self.timeout_s
            )
            self._local.connection = connection
        return connection


def _verdicts(message: Message, reply: Reply, final: bool) -> dict[str, str]:
    if not final:
        return dict.fromkeys(message.event_ids, "lost")
    content = reply.content if isinstance(reply.content, dict) else {}
    if reply.status >= 300:
        word = "conflict" if reply.status == 409 else "refused"
        verdicts = dict.fromkeys(message.event_ids, word)
    else:
        word = {200: "duplicate"}.get(reply.status, "accepted")
        verdicts = dict.fromkeys(message.event_ids, content.get("status", word))
    verdicts |= {
        result["id"]: result["status"]
        for result in content.get("results", ())
        if result["id"] in verdicts
    }
    return verdicts


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Send made-up receipts once. Returns 0 if the hub took every one of them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulators.sender",
        description="Tills that send receipts to a running hub.",
    )
    parser.add_argument("--base-url", default="http://localhost:8069")
    parser.add_argument("--backend", required=True, help="code of the backend")
    parser.add_argument("--secret", required=True, help="its webhook secret")
    parser.add_argument("--store", action="append", help="store codes")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--duplicates", type=float, default=0.0)
    parser.add_argument("--out-of-order", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    tills = ReceiptGenerator(seed=options.seed, stores=options.store or ("S01",))
    messages = disordered(
        [event_message(receipt_event(r)) for r in tills.receipts(options.count)],
        duplicates=options.duplicates,
        out_of_order=options.out_of_order,
        seed=options.seed,
    )
    with Sender(options.base_url, options.backend, options.secret) as sender:
        summary = sender.play(messages)
    print(json.dumps({**summary.verdicts, "requests": summary.attempts}))
    return 1 if summary.lost or summary.refused else 0


if __name__ == "__main__":
    raise SystemExit(main())
