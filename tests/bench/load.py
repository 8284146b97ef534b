"""A load generator: prepared requests, fired by a few processes at once.

Lives here: sockets, processes and the clock. Not here: what is sent (``supply``).

Requests are complete before the clock starts (body, signature, headers), and lie in a
file that all processes read; the next one goes to whoever is free. A connection per
request, because Odoo's prefork workers speak HTTP/1.0 and close it.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import re
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

# Twice the workers: while one request is answered, the next already waits.
SHOOTERS = 4
TIMEOUT_S = 60.0
START_DELAY_S = 0.1
CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")

_next: Synchronized[int]


@dataclass(frozen=True)
class Volley:
    """How a volley went; seconds from the first request to the last answer.

    The latencies are in the order of the requests.
    """

    requests: int
    seconds: float
    statuses: dict[int, int]
    latencies_s: list[float]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def latency_s(self, share: float, *, less: frozenset[int] = frozenset()) -> float:
        """Return the latency that ``share`` (0 to 1) of the requests did not exceed.

        :param less: numbers of the requests that do not count
        """
        counted = sorted(
            latency
            for number, latency in enumerate(self.latencies_s)
            if number not in less
        )
        return counted[math.ceil(share * len(counted)) - 1]


def http_request(
    path: str, headers: dict[str, str], body: bytes, method: str = "POST"
) -> bytes:
    """Return a whole request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


class LoadGenerator:
    """The processes; they stay for the whole run, so that none starts on the clock.

    :param port: of the server on the loopback interface.
    """

    def __init__(self, port: int) -> None:
        # Spawned, not forked: this process has the supervisor's threads.
        context = multiprocessing.get_context("spawn")
        self._port = port
        self._next = context.Value("q", 0)
        self._pool = ProcessPoolExecutor(
            SHOOTERS, context, initializer=_share, initargs=(self._next,)
        )

    def __enter__(self) -> LoadGenerator:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self._pool.shutdown()

    def fire(self, requests: Sequence[bytes], *, interval_s: float = 0.0) -> Volley:
        """Send all requests, ``SHOOTERS`` at a time, and wait for their answers.

        :param interval_s: from one request's moment to the next one's, whoever waits;
            0 sends each as soon as somebody is free. Latencies count from that moment.
        """
        with tempfile.NamedTemporaryFile(prefix="retail-bench-") as magazine:
            spans: list[tuple[int, int]] = []
            for request in requests:
                spans.append((magazine.tell(), len(request)))
                magazine.write(request)
            magazine.flush()
            self._next.value = 0
            start_at = time.monotonic() + START_DELAY_S
            shots = [
                self._pool.submit(
                    _shoot, self._port, Path(magazine.name), spans, start_at, interval_s
                )
                for _n in range(SHOOTERS)
            ]
            results = [shot.result() for shot in shots]
        statuses = sum((each.statuses for each in results), Counter[int]())
        by_number = {n: s for each in results for n, s in each.latencies_s.items()}
        latencies_s = [by_number[number] for number in range(len(requests))]
        begun = min(each.begun for each in results)
        ended = max(each.ended for each in results)
        return Volley(len(requests), ended - begun, dict(statuses), latencies_s)


def _share(counter: Any) -> None:
    global _next
    _next = counter


@dataclass
class Shots:
    """What one process sent; moments of the monotonic clock."""

    begun: float
    ended: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_s: dict[int, float] = field(default_factory=dict)


def _shoot(
    port: int,
    magazine: Path,
    spans: Sequence[tuple[int, int]],
    start_at: float,
    interval_s: float,
) -> Shots:
    """Send requests until none is left."""
    handle = os.open(magazine, os.O_RDONLY)
    # CLOCK_MONOTONIC is the same in all processes of a machine.
    time.sleep(max(0.0, start_at - time.monotonic()))
    shots = Shots(begun=time.monotonic())
    try:
        while (position := _take()) < len(spans):
            offset, length = spans[position]
            due_at = start_at + position * interval_s if interval_s else 0.0
            time.sleep(max(0.0, due_at - time.monotonic()))
            asked_at = due_at or time.monotonic()
            shots.statuses[_send(port, os.pread(handle, length, offset))] += 1
            shots.latencies_s[position] = time.monotonic() - asked_at
    finally:
        os.close(handle)
    shots.ended = time.monotonic()
    return shots


def _take() -> int:
    with _next.get_lock():
        position = _next.value
        _next.value = position + 1
    return position


def _send(port: int, request: bytes) -> int:
    """Send one request; return the status, 0 for a connection that broke.

    Closes as soon as the answer is whole, as HTTP clients do: werkzeug waits 10 ms for
    a client that leaves closing to the server.
    """
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            connection.sendall(request)
            while not _is_whole(answer):
                received = connection.recv(65536)
                if not received:
                    break
                answer += received
    except OSError:
        return 0
    words = answer[:16].split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _is_whole(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = CONTENT_LENGTH.search(head)
    return bool(separator and length and len(body) >= int(length[1]))
