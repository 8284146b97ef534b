"""Receipts as signed requests, as many as needed, none of them twice.

Lives here: what the load generator fires. Not here: how receipts look
(``tests/simulators``), and when they are fired (the measurements).
"""

from __future__ import annotations

from ..shop import SECRET
from ..simulators.events import Message, batch_message, event_message, receipt_event
from ..simulators.receipts import ReceiptGenerator
from .load import http_request

STORES = ("S01", "S02", "S03", "S04", "S05", "S06")
REGISTERS = 4
BATCH_EVENTS = 500


class Supply:
    """Tills that never run out of customers; the same seed sells the same."""

    def __init__(self, *, seed: int = 0) -> None:
        self._tills = ReceiptGenerator(seed=seed, stores=STORES, registers=REGISTERS)

    def singles(self, count: int, backend: str) -> list[bytes]:
        """Return ``count`` requests of one event each, signed now."""
        return [_signed(message, backend) for message in self._messages(count)]

    def bare(self, count: int) -> list[bytes]:
        """Return what ``singles`` returns, for the route that only stores the body."""
        path = "/retail_bench/insert"
        return [
            http_request(path, message.signed_headers(SECRET), message.body)
            for message in self._messages(count)
        ]

    def batches(
        self, events: int, backend: str, *, size: int = BATCH_EVENTS
    ) -> list[bytes]:
        """Return requests of ``size`` events each, ``events`` in all."""
        return [
            _signed(
                batch_message([receipt_event(r) for r in self._tills.receipts(part)]),
                backend,
            )
            for part in _sizes(events, size)
        ]

    def _messages(self, count: int) -> list[Message]:
        return [event_message(receipt_event(r)) for r in self._tills.receipts(count)]


def _signed(message: Message, backend: str) -> bytes:
    path = f"/retail/v1/backends/{backend}/events"
    return http_request(path, message.signed_headers(SECRET), message.body)


def _sizes(events: int, size: int) -> list[int]:
    full, rest = divmod(events, size)
    return [size] * full + ([rest] if rest else [])
