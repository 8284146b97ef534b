"""A TCP proxy that breaks connections on purpose.

Lives here: forwarding bytes between a client and a server, and every way in which that
can go wrong. It stands between Odoo and PostgreSQL, the job runner and Odoo, a sender
and Odoo, Odoo and a partner. Not here: who breaks what, and when (``rows_*.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 65_536
POLL_S = 0.02
START_TIMEOUT_S = 10.0
#: SO_LINGER with no time left: closing sends a reset instead of a goodbye
RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Weather:
    """What happens to bytes from now on; the default is nothing.

    :param latency_s: each chunk waits that long, in both directions.
    :param drip_bytes_s: answers come with so many bytes per second.
    :param is_blackhole: bytes are taken and kept until the weather changes.
    :param refuses: new connections are reset.
    :param answers: ``False`` cuts the connection when the answer begins: the server
        has worked, the client never hears of it.
    :param answer_bytes_max: the answer is cut off after so many bytes.
    :param corrupts: one bit of each chunk of the answer is turned.
    """

    latency_s: float = 0.0
    drip_bytes_s: float = 0.0
    is_blackhole: bool = False
    refuses: bool = False
    answers: bool = True
    answer_bytes_max: int | None = None
    corrupts: bool = False


CALM = Weather()


class FaultProxy:
    """Listens on a port of its own and forwards to ``target``.

    :param target: ``(host, port)``, or the path of a unix socket.
    :param host: the address to listen on.
    """

    def __init__(
        self, target: tuple[str, int] | Path, *, host: str = "127.0.0.1"
    ) -> None:
        self.target = target
        self.host = host
        self.weather = CALM
        self.port = 0
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._open: set[_Link] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy")

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> FaultProxy:
        """Listen; returns once clients can connect.

        :raises TimeoutError: the loop did not start.
        """
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise TimeoutError("the fault proxy does not listen")
        return self

    def stop(self) -> None:
        """End everything."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def __enter__(self) -> FaultProxy:
        return self.start()

    def __exit__(self, *_exc_info: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def during(self, weather: Weather) -> Iterator[FaultProxy]:
        """Have this weather for the block."""
        self.weather = weather
        try:
            yield self
        finally:
            self.weather = CALM

    def cut(self) -> None:
        """Reset every open connection, on both sides."""
        self._in_loop(lambda link: link.cut())

    def freeze(self) -> None:
        """Never forward a byte again on what is open now; new connections work.

        What a firewall does that forgets a connection: nobody is told.
        """
        self._in_loop(lambda link: link.freeze())

    def _in_loop(self, action: Callable[[_Link], None]) -> None:
        done = threading.Event()

        def act() -> None:
            for link in list(self._open):
                action(link)
            done.set()

        self._loop.call_soon_threadsafe(act)
        done.wait(START_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self.host, 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        if self.weather.refuses:
            _reset(writer)
            return
        try:
            if isinstance(self.target, Path):
                upstream = await asyncio.open_unix_connection(str(self.target))
            else:
                upstream = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)
            return
        link = _Link(self, (reader, writer), upstream)
        self._open.add(link)
        try:
            await link.forward()
        finally:
            self._open.discard(link)


class _Link:
    """One connection of a client and its continuation to the server."""

    def __init__(self, proxy: FaultProxy, client: tuple, server: tuple) -> None:
        self.proxy = proxy
        self.client_reader, self.client_writer = client
        self.server_reader, self.server_writer = server
        self.is_frozen = False
        self.answered_bytes = 0

    async def forward(self) -> None:
        """Forward both directions until one of them ends."""
        ways = [
            asyncio.create_task(self._requests()),
            asyncio.create_task(self._answers()),
        ]
        _done, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in pending:
            way.cancel()
        for writer in (self.client_writer, self.server_writer):
            with contextlib.suppress(OSError):
                writer.close()

    def cut(self) -> None:
        """Reset both sides."""
        _reset(self.client_writer)
        _reset(self.server_writer)

    def freeze(self) -> None:
        """Stop forwarding, for good and without a word."""
        self.is_frozen = True

    async def _requests(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := await self.client_reader.read(CHUNK_BYTES):
                await self._passing()
                self.server_writer.write(chunk)
                await self.server_writer.drain()
        # The end of a request is not the end of its answer; a dead client is.
        if not self.proxy.weather.answers or self.client_writer.is_closing():
            return
        with contextlib.suppress(OSError):
            if self.server_writer.can_write_eof():
                self.server_writer.write_eof()
            await self.server_writer.wait_closed()

    async def _answers(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := await self.server_reader.read(CHUNK_BYTES):
                await self._passing()
                weather = self.proxy.weather
                if not weather.answers:
                    self.cut()
                    return
                if weather.corrupts:
                    chunk = bytes([chunk[0] ^ 0x40]) + chunk[1:]
                if weather.answer_bytes_max is not None:
                    rest = max(weather.answer_bytes_max - self.answered_bytes, 0)
                    self.client_writer.write(chunk[:rest])
                    await self.client_writer.drain()
                    self.answered_bytes += len(chunk)
                    if self.answered_bytes >= weather.answer_bytes_max:
                        self.cut()
                        return
                    continue
                await self._send(chunk, weather)

    async def _send(self, chunk: bytes, weather: Weather) -> None:
        if not weather.drip_bytes_s:
            self.client_writer.write(chunk)
            await self.client_writer.drain()
            return
        for byte in chunk:
            self.client_writer.write(bytes([byte]))
            await self.client_writer.drain()
            await asyncio.sleep(1 / weather.drip_bytes_s)

    async def _passing(self) -> None:
        """Wait as long as the weather, or the end of the world, demands."""
        if self.proxy.weather.latency_s:
            await asyncio.sleep(self.proxy.weather.latency_s)
        while self.is_frozen or self.proxy.weather.is_blackhole:
            await asyncio.sleep(POLL_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
