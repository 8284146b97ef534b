"""The fault proxy does what it says, or the rows would prove nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from .proxy import FaultProxy, Weather

ANSWER = b"answer:"


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Serve one line per connection, with ``ANSWER`` before it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _address = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        # Its client may be cut off at any time: that is what the proxy is for.
        with closing(connection), suppress(OSError):
            while data := connection.recv(1000):
                connection.sendall(ANSWER + data)

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()
    listening.close()


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[FaultProxy]:
    with FaultProxy(echo) as running:
        yield running


def ask(proxy: FaultProxy, timeout_s: float = 5) -> bytes:
    with closing(
        socket.create_connection(("127.0.0.1", proxy.port), timeout_s)
    ) as client:
        client.sendall(b"hello")
        return client.recv(1000)


def test_calm_weather_changes_nothing(proxy: FaultProxy):
    assert ask(proxy) == b"answer:hello"


def test_latency_delays_both_ways(proxy: FaultProxy):
    started = time.monotonic()
    with proxy.during(Weather(latency_s=0.2)):
        assert ask(proxy) == b"answer:hello"
    assert time.monotonic() - started >= 0.4


def test_answers_drip(proxy: FaultProxy):
    with proxy.during(Weather(drip_bytes_s=20)):
        assert len(ask(proxy)) < len("answer:hello")


def test_answer_is_cut_in_the_middle(proxy: FaultProxy):
    with proxy.during(Weather(answer_bytes_max=3)):
        assert ask(proxy) in (b"ans", b"")


def test_request_arrives_and_its_answer_never_does(proxy: FaultProxy):
    with proxy.during(Weather(answers=False)), pytest.raises(ConnectionResetError):
        ask(proxy)


def test_bytes_are_corrupted(proxy: FaultProxy):
    with proxy.during(Weather(corrupts=True)):
        assert ask(proxy) == b"!nswer:hello"


def test_refused_connections_are_reset(proxy: FaultProxy):
    with proxy.during(Weather(refuses=True)), pytest.raises(ConnectionResetError):
        ask(proxy)


def test_blackhole_is_silent_until_it_ends(proxy: FaultProxy):
    with proxy.during(Weather(is_blackhole=True)), pytest.raises(TimeoutError):
        ask(proxy, timeout_s=0.3)
    assert ask(proxy) == b"answer:hello"


def test_frozen_connection_stays_dead_and_new_ones_work(proxy: FaultProxy):
    with closing(socket.create_connection(("127.0.0.1", proxy.port), 0.5)) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"answer:one"
        proxy.freeze()
        client.sendall(b"two")
        with pytest.raises(TimeoutError):
            client.recv(100)
    assert ask(proxy) == b"answer:hello"


def test_cut_resets_open_connections(proxy: FaultProxy):
    with closing(socket.create_connection(("127.0.0.1", proxy.port), 5)) as client:
        client.sendall(b"one")
        assert client.recv(100) == b"answer:one"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(100)
