"""One running system for all scenarios, with tills that send and a partner that hears.

Scenarios use stores of their own, so that none meets another's receipts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest

from runtime import paths
from runtime.system import System

from ..chaos.stage import STORES as ROW_STORES
from ..shop import SECRET, Backend, open_shop
from ..shop.processes import runner_pid
from ..simulators.events import Message, event_message, receipt_event
from ..simulators.faults import RandomFaults
from ..simulators.partner import Partner
from ..simulators.receipts import ReceiptGenerator
from .hub import Hub

pytest_plugins = ["runtime.pytest_system"]

TILLS = "tills"
PARTNER = "partner"
RECORDED = "retail.transaction.recorded.v1"
STORES = [f"S{number:02d}" for number in range(1, 21)]
FOLDER = paths.RUN / "e2e"
QUICK_RETRIES = {"retry_base_s": 1, "retry_cap_s": 2, "breaker_open_s": 1}

Receipts = Callable[..., list[Message]]


@pytest.fixture(scope="session")
def partner() -> Iterator[Partner]:
    """The partner that hears of every recorded sale."""
    journal = FOLDER / "partner.jsonl"
    journal.unlink(missing_ok=True)
    with Partner(SECRET, journal_path=journal) as running:
        yield running


@pytest.fixture(scope="session")
def hub(system: System, partner: Partner) -> Hub:
    """The running hub, its job runner at work, with the tills' backend and the
    partner's."""
    hears = {
        "phase_events": True,
        "timeout_connect_s": 2,
        "timeout_read_s": 3,
        "deadline_s": 6,
        "breaker_open_s": 5,
        **QUICK_RETRIES,
    }
    open_shop(
        system,
        stores=[*STORES, *ROW_STORES],
        backends=[
            Backend(TILLS, fields=QUICK_RETRIES),
            Backend(PARTNER, [RECORDED], partner.url, fields=hears),
        ],
    )
    running = Hub(system, SECRET)
    runner_pid(running.sql)
    return running


@pytest.fixture(autouse=True)
def reliable(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the partner behave again after each scenario."""
    yield
    if "partner" in request.fixturenames:
        request.getfixturevalue("partner").faults = RandomFaults({})


@pytest.fixture(scope="session")
def receipts() -> Receipts:
    """Return a maker of messages: ``receipts(count, store=…)``, one receipt each.

    Receipts of one call and store are of one till unless ``registers`` says otherwise.
    """
    generators: dict[tuple[str, ...], ReceiptGenerator] = {}

    def make(
        count: int, *, stores: Sequence[str], registers: int = 1, door: str = "events"
    ) -> list[Message]:
        generator = generators.setdefault(
            tuple(stores),
            ReceiptGenerator(seed=2026, stores=stores, registers=registers),
        )
        return [
            event_message(receipt_event(r), door=door)
            for r in generator.receipts(count)
        ]

    return make
