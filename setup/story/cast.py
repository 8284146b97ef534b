"""Who plays: tills that send, a webshop that orders, subscribers that listen.

Lives here: the simulators set up for the demo's retailer. Not here: what they do in
which chapter (``chapters_*``), how documents and signatures are made
(``tests/simulators``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from tests.simulators.documents import Money
from tests.simulators.events import receipt_event, shopify_message
from tests.simulators.faults import FaultPlan
from tests.simulators.orders import OrderGenerator
from tests.simulators.partner import Partner
from tests.simulators.receipts import Mix, ReceiptGenerator, customer_document

from .oracle import Sale, sale_of_partner
from .setting import KNOWN_CUSTOMERS, REGISTERS_PER_STORE, STORES, WEBSHOP

#: Numbers that one day may use; the next day goes on behind them.
NUMBERS_PER_PLAY = 1000


class Tills:
    """The tills of all stores; each numbers its receipts without gaps."""

    def __init__(self, play: int, day: date) -> None:
        self._generator = ReceiptGenerator(
            seed=play,
            stores=list(STORES),
            registers=REGISTERS_PER_STORE,
            day=day,
            # Returns have a chapter of their own.
            mix=Mix(returns=0, exchanges=0),
            first_sequence=play * NUMBERS_PER_PLAY + 1,
        )

    def events(
        self,
        count: int,
        *,
        till: tuple[str, str] | None = None,
        kind: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the envelopes of the next receipts, of any till or of one.

        `till` is (store, register); `kind` a receipt type, "sale" by the mix.
        """
        generator, registers = self._generator, self._generator.registers
        if till:
            wanted = [one for one in registers if (one.store, one.code) == till]
            generator.registers = wanted
        try:
            return [receipt_event(generator.receipt(kind)) for _n in range(count)]
        finally:
            generator.registers = registers

    def event_with_customer(self) -> dict[str, Any]:
        """Return a receipt whose customer Odoo knows."""
        receipt = self._generator.receipt("sale")
        return receipt_event(
            {**receipt, "customer": customer_document(KNOWN_CUSTOMERS[0])}
        )


class Shop:
    """The webshop; it writes its orders as Shopify does, in euro or dollar."""

    def __init__(self, play: int) -> None:
        self._generators = {
            currency: OrderGenerator(
                seed=play * NUMBERS_PER_PLAY + first,
                store=WEBSHOP,
                money=Money(currency, tax_included=False),
                first_number=first + play * NUMBERS_PER_PLAY,
            )
            for currency, first in (("EUR", 1), ("USD", 501))
        }

    def order(self, currency: str = "EUR") -> dict[str, Any]:
        """Return the body of the next ``orders/create`` webhook."""
        generator = self._generators[currency]
        return generator.shopify(generator.order())

    @staticmethod
    def message(order: Mapping[str, Any]) -> Any:
        """Return the webhook that carries an order."""
        return shopify_message(order, shop="acme-eu.myshopify.com")


class Subscriber:
    """A partner system that keeps what it is told, on a port of the loopback."""

    def __init__(
        self,
        entry: Mapping[str, Any],
        journal_path: Path,
        port: int,
        faults: FaultPlan | None = None,
    ) -> None:
        self.code = str(entry["code"])
        self._partner = Partner(
            entry["delivery_secret"],
            port=port,
            journal_path=journal_path,
            faults=faults,
        )

    @property
    def url(self) -> str:
        """Where Odoo has to send messages."""
        return self._partner.url

    @property
    def page(self) -> str:
        """A readable list of what it applied."""
        return self._partner.base_url

    def start(self) -> None:
        """Listen, on the port it had before if that is free."""
        try:
            self._partner.start()
        except OSError:
            self._partner.port = 0
            self._partner.start()

    def stop(self) -> None:
        """Go away, as a crashed system does; what it applied is kept."""
        with suppress(OSError):
            self._partner.stop()

    def count(self, sales: Iterable[Sale]) -> int:
        """Return how many of these sales it heard of."""
        wanted = {sale.correlation_id for sale in sales}
        return sum(sale.correlation_id in wanted for sale in self.sales())

    def sales(self) -> list[Sale]:
        """Return the sales that it applied since it was started, one per message."""
        return [
            sale_of_partner(effect.document)
            for effect in self._partner.effects_in_order()
            if effect.document
        ]

    def effect(self, correlation_id: str) -> Any:
        """Return what a story changed at this partner, None if nothing."""
        for effect in self._partner.effects_in_order():
            if effect.facts.get("correlationid") == correlation_id:
                return effect
        return None

    def stats(self) -> dict[str, int]:
        """Return its counters."""
        return {"refused": 0, "duplicate": 0, "requests": 0, **self._partner.stats()}


def in_batches(
    events: Sequence[Mapping[str, Any]], size: int
) -> list[Sequence[Mapping[str, Any]]]:
    """Return the events in slices of `size`."""
    return [events[start : start + size] for start in range(0, len(events), size)]
