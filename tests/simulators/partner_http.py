"""The partner's wire: reads requests, answers them, and breaks off where it should.

Lives here: the HTTP server and how each fault looks to the client. Not here: what the
partner decides (``partner``) and its readable pages (``partner_pages``).
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from .faults import ACCEPT, Fault
from .journal import sha256_hex
from .partner_pages import page_of

BODY_BYTES_MAX = 16 * 1024 * 1024
GARBAGE = b"<html><body>\x00\xff proxy says hello"


@dataclass(frozen=True)
class Answer:
    """How to answer: status and JSON body, unless the fault says otherwise."""

    status: int
    content: Mapping[str, Any]
    fault: Fault = ACCEPT

    @property
    def label(self) -> str:
        """The fault's name, or the status of a plain answer."""
        if self.fault.kind in ("accept", "status"):
            return str(self.status)
        return self.fault.kind


@dataclass(frozen=True)
class Request:
    """One message as it came over the wire."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The idempotency key; empty if the sender gave none."""
        return self.headers.get("webhook-id") or self.headers.get("Idempotency-Key", "")

    @cached_property
    def body_sha256(self) -> str:
        """What the body is compared by."""
        return sha256_hex(self.body)


class Receiver(Protocol):
    """What the server needs of a partner."""

    effects: Mapping[str, Any]

    def receive(self, request: Request) -> Answer:
        """Judge one message and say how to answer."""

    def stats(self) -> dict[str, int]:
        """Return the counters."""


class PartnerServer(ThreadingHTTPServer):
    """A loopback server that can be cut off in the middle of everything."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, partner: Receiver, port: int) -> None:
        super().__init__(("127.0.0.1", port), PartnerHandler)
        self.partner = partner
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="partner", daemon=True
        )

    def start(self) -> int:
        """Serve in a thread and return the port."""
        self._thread.start()
        return self.server_address[1]

    def stop(self) -> None:
        """Stop listening and cut every open connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in list(self._connections):
            cut(connection)
        self._thread.join(timeout=5)

    def process_request(self, request: socket.socket, client_address: Any) -> None:
        """Remember the connection, so that ``stop`` can cut it."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket.socket, client_address: Any) -> None:
        """Stay quiet about clients that go away, which they may."""


def cut(connection: socket.socket) -> None:
    """End a connection at once, whatever is under way on it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # The client was faster.


class PartnerHandler(BaseHTTPRequestHandler):
    """One connection; kept alive between requests as real partners do."""

    protocol_version = "HTTP/1.1"
    server_version = "PartnerSimulator"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: PartnerServer

    def do_POST(self) -> None:
        """Take one message."""
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self._send(411, {"error": "Content-Length is missing"}, close=True)
        if not 0 <= length <= BODY_BYTES_MAX:
            return self._send(413, {"error": "too large"}, close=True)
        body = self.rfile.read(length)
        request = Request(self.path, self.headers, body)
        return self._carry_out(self.server.partner.receive(request))

    def do_GET(self) -> None:
        """Show what the partner holds: ``/``, ``/stats``, ``/effects[/<key>]``."""
        status, media_type, body = page_of(self.path, self.server.partner)
        self._send_bytes(status, media_type, body)

    def log_message(self, *_args: Any) -> None:
        """The journal says more than an access log."""

    # --- answers ------------------------------------------------------------------

    def _carry_out(self, answer: Answer) -> None:
        fault = answer.fault
        if fault.kind in ("drop_after_accept", "drop_before_accept"):
            return self._cut()
        if fault.kind == "hang":
            self.server.stopping.wait(fault.seconds)
            return self._cut()
        if fault.kind == "truncate":
            return self._truncate()
        if fault.kind == "garbage":
            return self._send_bytes(200, "application/json", GARBAGE)
        if fault.kind == "redirect":
            return self._send(307, {}, {"Location": "/elsewhere"})
        if fault.kind == "slow":
            self.server.stopping.wait(fault.seconds)
        return self._send(answer.status, answer.content, _retry_after(fault))

    def _cut(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def _truncate(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"status": "app')
        self.wfile.flush()
        self._cut()

    def _send(
        self,
        status: int,
        content: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        close: bool = False,
    ) -> None:
        body = b"" if status == 204 else json.dumps(content).encode()
        self.close_connection = self.close_connection or close
        self._send_bytes(status, "application/json", body, headers)

    def _send_bytes(
        self,
        status: int,
        media_type: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _retry_after(fault: Fault) -> dict[str, str]:
    if fault.retry_after_s is None:
        return {}
    if not fault.retry_as_date:
        return {"Retry-After": f"{fault.retry_after_s:g}"}
    moment = datetime.now(timezone.utc) + timedelta(seconds=fault.retry_after_s)
    return {"Retry-After": format_datetime(moment, usegmt=True)}
