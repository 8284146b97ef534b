"""A partner on loopback that misbehaves in every way, for tests of the HTTP client.

Lives here: the server, one path per behaviour, and how the tests call it. Lives
elsewhere: the full simulators of partner systems (``tests/simulators``).
"""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from retail_integration_base.tools import http_client
from retail_integration_base.tools.address_guard import parse_networks
from retail_integration_base.tools.errors import RemoteUnavailable
from retail_integration_base.tools.http_client import OutboundRequest, OutboundResponse
from retail_integration_base.tools.http_trust import Trust

LOOPBACK = Trust(networks=parse_networks("127.0.0.0/8"), plain_http=True)


class Partner(http.server.BaseHTTPRequestHandler):
    """Does what the path says: each path is one way to behave."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((dict(self.headers), self.rfile.read(length)))
        self.server.ports.append(self.client_address[1])
        getattr(self, self.path.strip("/").partition("?")[0])()

    do_GET = do_POST

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def ok(self) -> None:
        self.answer(200, b'{"ok":true}', X_Request_Id="r-1", Set_Cookie="a=b; Path=/")

    def empty(self) -> None:
        self.answer(204)

    def redirect(self) -> None:
        self.answer(302, Location="/ok")

    def large(self) -> None:
        self.answer(200, b"x" * 1_000_000)

    def exact(self) -> None:
        self.answer(200, b"x" * 1000)

    def gzipped(self) -> None:
        self.answer(200, b"\x1f\x8b" + b"\0" * 50, Content_Encoding="gzip")

    def until_close(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall there is")
        self.close_connection = True

    def chunked(self) -> None:
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
        )

    def slow(self) -> None:
        self.server.released.wait(5)
        self.close_connection = True

    def drop(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        linger = b"\x01\0\0\0\0\0\0\0"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def short(self) -> None:
        self.answer(200, b"half", **{"Content-Length": "100"})
        self.close_connection = True

    def contradict(self) -> None:
        self.answer(200, b"half", Content_Length="100")
        self.close_connection = True

    def large_redirect(self) -> None:
        self.answer(302, b"x" * 1_000_000, Location="/ok")

    def junk(self) -> None:
        self.wfile.write(b"\x00\x01\x02 no HTTP at all\r\n\r\n")
        self.close_connection = True

    def drip(self, prefix: bytes = b"HTTP/1.1 200 OK\r\nX-Slow: ") -> None:
        self.close_connection = True
        try:
            self.wfile.write(prefix)
            while not self.server.released.wait(0.05):
                self.wfile.write(b"x")
        except OSError:
            return

    def drip_body(self) -> None:
        self.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")

    def drip_until_close(self) -> None:
        self.drip(b"HTTP/1.1 200 OK\r\n\r\n")


class Server(http.server.ThreadingHTTPServer):
    """A partner and what it saw."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Partner)
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.ports: list[int] = []
        self.released = threading.Event()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are the point of these tests."""


def serve(server: Server) -> Iterator[Server]:
    """Yield the server while it runs."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


def request(server: Server, path: str, **changes: Any) -> OutboundRequest:
    """Return a request to the server, with short timeouts."""
    scheme = "https" if isinstance(server.socket, ssl.SSLSocket) else "http"
    return OutboundRequest(
        **{
            "method": "POST",
            "url": f"{scheme}://127.0.0.1:{server.server_address[1]}{path}",
            "body": b'{"a":1}',
            "timeout_connect_s": 1.0,
            "timeout_read_s": 1.0,
            "deadline_s": 3.0,
            **changes,
        }
    )


def send(server: Server, path: str, **changes: Any) -> OutboundResponse:
    """Return the server's answer."""
    trust = changes.pop("trust", LOOPBACK)
    return http_client.send(request(server, path, **changes), "backend", trust)


def failure(
    server: Server, path: str, **changes: Any
) -> tuple[RemoteUnavailable, float]:
    """Return how a request failed and how many seconds that took."""
    started = time.monotonic()
    with pytest.raises(RemoteUnavailable) as caught:
        send(server, path, **changes)
    return caught.value, time.monotonic() - started
