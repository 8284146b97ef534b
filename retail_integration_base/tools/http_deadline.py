"""A total deadline for one HTTP exchange, and whether the request went out.

Lives here: connection classes for urllib3 that report to the running exchange and
connect to checked addresses only, and the watchdog that ends it. Called by
``tools/http_client.py`` only.

Why: a read timeout counts per read, so a partner that drips one byte per second holds
a worker for ever; and after an error only the connection knows whether the partner may
have seen the request.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError

from .address_guard import checked_addresses
from .http_trust import Trust, tls_context

_running = threading.local()


class Exchange:
    """One request and its answer, watched from connect to last byte.

    ``sent`` turns True when the first byte of the request is handed to a connection;
    ``expired`` when the deadline cut the connection.
    """

    def __init__(self, deadline_s: float, trust: Trust) -> None:
        self.trust = trust
        self.ends_at_s = time.monotonic() + deadline_s
        self.sent = False
        self.expired = False
        self._lock = threading.Lock()
        self._wire: socket.socket | None = None
        self._fileno = -1
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Exchange:
        _running.exchange = self
        self._timer.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        _running.exchange = None
        with self._lock:
            self._let_go()

    def watch(self, sock: socket.socket) -> None:
        """Take over the connection that the exchange uses from now on."""
        if sock.fileno() == self._fileno:
            return
        with self._lock:
            self._let_go()
            # A second handle: TLS detaches the first one from its descriptor.
            self._fileno = sock.fileno()
            self._wire = socket.fromfd(self._fileno, sock.family, sock.type)
            if self.expired:
                self._cut()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._cut()

    def _cut(self) -> None:
        if self._wire is not None:
            # The partner may have closed it in the meantime.
            with contextlib.suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None
            self._fileno = -1


def _current() -> Exchange | None:
    return getattr(_running, "exchange", None)


class _Watched(HTTPConnection):
    """Reports to the exchange that runs in this thread."""

    def _new_conn(self) -> socket.socket:
        exchange = _current()
        if exchange is None:
            raise RuntimeError("a connection outside an exchange has no guard")
        name, limit_s = self._dns_host, self.timeout
        trust = exchange.trust
        try:
            addresses = checked_addresses(name, self.port, trust.networks, trust.lookup)
        except socket.gaierror as error:
            raise NameResolutionError(name, self, error) from error
        try:
            sock = self._connect_to_any(addresses, exchange, limit_s)
        finally:
            self._dns_host, self.timeout = name, limit_s
        exchange.watch(sock)
        return sock

    def _connect_to_any(
        self, addresses: list[str], exchange: Exchange, limit_s: float
    ) -> socket.socket:
        """Connect to the first address that answers, and to nothing else.

        The name is not looked up again: a second answer could differ (rebinding).
        TLS still checks the name.
        """
        for position, address in enumerate(addresses, start=1):
            left_s = max(exchange.ends_at_s - time.monotonic(), 0.001)
            self._dns_host, self.timeout = address, min(limit_s, left_s)
            try:
                return HTTPConnection._new_conn(self)
            except HTTPError:
                if position == len(addresses) or exchange.expired:
                    raise
        raise RuntimeError("a checked name has an address")

    def send(self, data: Any) -> None:
        """Send bytes of the request, after noting that they go out."""
        if self.sock is None:
            self.connect()
        exchange = _current()
        if exchange:
            exchange.watch(self.sock)
            exchange.sent = True
        return super().send(data)


class _WatchedHTTPS(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


class WatchedAdapter(HTTPAdapter):
    """A requests adapter whose connections report to the running exchange."""

    def __init__(self, trust: Trust, **kwargs: Any) -> None:
        self._context = tls_context(trust)
        super().__init__(**kwargs)

    def cert_verify(self, conn: Any, *args: Any, **kwargs: Any) -> None:
        """Leave the context alone: it holds the authorities and always verifies."""
        conn.cert_reqs = "CERT_REQUIRED"

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools with our connection classes and the partner's context."""
        built = super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolHTTPS}
        return built
