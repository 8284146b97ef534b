"""A total deadline for one HTTP exchange, and whether the request went out.

Lives here: connection classes for urllib3 that report to the running exchange, and the
watchdog that ends it. Called by ``tools/http_client.py`` only.

Why: a read timeout counts per read, so a partner that drips one byte per second holds
a worker for ever; and after an error only the connection knows whether the partner may
have seen the request.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_running = threading.local()


class Exchange:
    """One request and its answer, watched from connect to last byte.

    ``sent`` turns True when the first byte of the request is handed to a connection;
    ``expired`` when the deadline cut the connection.
    """

    def __init__(self, deadline_s: float) -> None:
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
        sock = super()._new_conn()
        exchange = _current()
        if exchange:
            exchange.watch(sock)
        return sock

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

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools with our connection classes."""
        built = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolHTTPS}
        return built
