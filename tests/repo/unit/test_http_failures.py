"""The HTTP client where it fails: what is known afterwards, and how long it took."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest
from misbehaving_partner import failure, send


def test_a_closed_port_was_certainly_not_reached(partner):
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
        error, _ = failure(partner, "/ok", url=f"http://127.0.0.1:{port}/ok")
    assert error.context["unknown_outcome"] is False
    assert "cannot be reached" in error.message


def test_a_full_backlog_ends_in_the_connect_timeout(partner):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}/"
        error, spent_s = failure(partner, "/", url=url, timeout_connect_s=0.3)
        for filler in fillers:
            filler.close()
    assert error.context["unknown_outcome"] is False
    assert spent_s < 2


def test_an_unknown_host_was_certainly_not_reached(partner, monkeypatch):
    def resolve(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    error, _ = failure(partner, "/", url="http://nobody.invalid/")
    assert error.context["unknown_outcome"] is False


@pytest.mark.parametrize(
    "path", ["/slow", "/drop", "/reset", "/short", "/contradict", "/junk"]
)
def test_after_the_request_went_out_the_outcome_is_unknown(partner, path):
    error, spent_s = failure(partner, path, timeout_read_s=0.3)
    assert error.context["unknown_outcome"] is True
    assert error.context["deadline_exceeded"] is False
    assert error.retry
    assert spent_s < 2
    assert len(partner.seen) == 1


@pytest.mark.parametrize("path", ["/drip", "/drip_body", "/drip_until_close"])
def test_a_drip_ends_at_the_deadline(partner, path):
    error, spent_s = failure(partner, path, deadline_s=0.5)
    assert error.context["unknown_outcome"] is True
    assert error.context["deadline_exceeded"] is True
    assert "within 0.5 s" in error.message
    assert 0.4 < spent_s < 1.5


def test_the_deadline_also_bounds_the_single_timeouts(partner):
    error, spent_s = failure(partner, "/slow", timeout_read_s=60, deadline_s=0.4)
    assert error.context["unknown_outcome"] is True
    assert spent_s < 1.5


def test_a_deadline_that_was_met_leaves_the_connection_alone(partner):
    send(partner, "/ok", deadline_s=0.3)
    time.sleep(0.5)
    send(partner, "/ok", deadline_s=0.3)
    assert len(set(partner.ports)) == 1


def test_a_kept_connection_that_the_partner_closed_is_replaced(partner):
    send(partner, "/ok")
    send(partner, "/until_close")
    assert send(partner, "/ok").status == 200


def test_watchdogs_end_with_their_exchange(partner):
    for _ in range(3):
        send(partner, "/ok")
        failure(partner, "/drop")
    time.sleep(0.1)
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only on Linux")
def test_no_descriptor_is_left_behind(partner):
    send(partner, "/ok")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("/ok", "/large", "/until_close"):
        for _ in range(10):
            send(partner, path, response_bytes_max=10)
    for _ in range(10):
        failure(partner, "/drop")
    send(partner, "/ok")
    time.sleep(0.2)
    assert len(os.listdir("/proc/self/fd")) <= before + 4
