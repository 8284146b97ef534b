"""A load generator: prepared requests, fired by a few processes at once.

Lives here: sockets, processes and the clock. Not here: what is sent (``supply``).

Requests are complete before the clock starts (body, signature, headers), and lie in a
file that all processes read; the next one goes to whoever is free. A connection per
request, because Odoo's prefork workers speak HTTP/1.0 and close it.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
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
    """How a volley went; seconds from the first request to the last answer."""

    requests: int
    seconds: float
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def http_request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return a whole POST request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close"]
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

    def fire(self, requests: Sequence[bytes]) -> Volley:
        """Send all requests, ``SHOOTERS`` at a time, and wait for their answers."""
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
                    _shoot, self._port, Path(magazine.name), spans, start_at
                )
                for _n in range(SHOOTERS)
            ]
            results = [shot.result() for shot in shots]
        statuses: Counter[int] = Counter()
        for answered, _begun, _ended in results:
            statuses.update(answered)
        begun = min(begun for _answered, begun, _ended in results)
        ended = max(ended for _answered, _begun, ended in results)
        return Volley(len(requests), ended - begun, dict(statuses))


def _share(counter: Any) -> None:
    global _next
    _next = counter


def _shoot(
    port: int, magazine: Path, spans: Sequence[tuple[int, int]], start_at: float
) -> tuple[Counter[int], float, float]:
    """Send requests until none is left; return statuses, first and last moment."""
    statuses: Counter[int] = Counter()
    handle = os.open(magazine, os.O_RDONLY)
    # CLOCK_MONOTONIC is the same in all processes of a machine.
    time.sleep(max(0.0, start_at - time.monotonic()))
    begun = time.monotonic()
    try:
        while (position := _take()) < len(spans):
            offset, length = spans[position]
            statuses[_send(port, os.pread(handle, length, offset))] += 1
    finally:
        os.close(handle)
    return statuses, begun, time.monotonic()


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
