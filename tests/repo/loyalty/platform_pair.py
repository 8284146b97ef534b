"""A loyalty platform's client and its simulator, as the test kit drives them.

Lives here: carrying operations out over real HTTP on loopback, and what tests need of a
member. Not here: the tests (``contract_*.py``), how a vendor's pair is made
(``test_<vendor>_contract.py``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import pytest

from retail_integration_base.tools import http_client
from retail_integration_base.tools.address_guard import parse_networks
from retail_integration_base.tools.errors import RetailError
from retail_integration_base.tools.http_trust import Trust
from retail_loyalty_connector.tools.platform import (
    Balance,
    Hold,
    Movement,
    MovementPage,
)
from retail_loyalty_connector.tools.platform_client import PlatformClient
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Capture,
    Identity,
    MovementQuery,
    Reservation,
)
from retail_loyalty_connector.tools.platform_transport import (
    Connection,
    Steps,
    carry_out,
)
from tests.simulators.faults import ScriptedFaults
from tests.simulators.loyalty.platform_http import Platform

T = TypeVar("T")
#: Points that every platform of the kit can hold, tiers or not.
HELD = 100
LOOPBACK = Trust(networks=parse_networks("127.0.0.0/8"), plain_http=True)
#: Faults after which the platform has acted, and the caller does not know it.
UNKNOWN_FAULTS = ("drop_after_accept", "truncate", "garbage")


def new_key() -> str:
    """Return the uuid of an order of ours."""
    return str(uuid.uuid4())


def expect(kind: type[T], found: Any) -> T:
    """Return what an operation gave, if it is what the test goes on with."""
    if not isinstance(found, kind):
        pytest.fail(f"expected {kind.__name__}, not {found}")
    return found


@dataclass
class Pair:
    """A client and the platform that it talks to.

    :param enrol: makes a member with so many points and returns its id.
    :param identity: what a member of the platform is looked for by.
    :param webhook_secret: what its webhooks are proven with.
    """

    client: PlatformClient
    platform: Platform
    enrol: Callable[[int], str]
    identity: Callable[[str], Identity]
    stranger: Identity
    webhook_url: str = ""
    webhook_secret: str = ""
    _session: str = field(default_factory=new_key)

    def do(self, steps: Steps[Any]) -> Any:
        """Carry out an operation over HTTP."""
        send = partial(http_client.send, session_key=self._session, trust=LOOPBACK)
        return carry_out(steps, send)

    def points(self, member_id: str) -> int:
        """Return what a member can spend."""
        balance = self.do(self.client.balance(member_id))
        expect(Balance, balance)
        return balance.points

    def accrue(self, member_id: str, points: int, key: str | None = None) -> Movement:
        """Give points and return the entry."""
        order = Accrual(key=key or new_key(), member_id=member_id, points=points)
        movement = self.do(self.client.accrue(order))
        expect(Movement, movement)
        return movement

    def reserve(self, member_id: str, key: str | None = None) -> Hold:
        """Hold ``HELD`` points and return the hold."""
        order = reservation(member_id, key)
        hold = self.do(self.client.reserve(order))
        expect(Hold, hold)
        return hold

    def capture(self, member_id: str, key: str | None = None) -> tuple[Capture, Any]:
        """Take ``HELD`` points, from a hold where the platform has holds."""
        hold_id = None
        if self.client.capabilities.holds:
            hold_id = self.reserve(member_id).hold_id
        order = Capture(
            key=key or new_key(),
            member_id=member_id,
            points=HELD,
            hold_id=hold_id,
            held=HELD if hold_id else None,
        )
        return order, self.do(self.client.capture(order))

    def all_movements(self, query: MovementQuery) -> list[Movement]:
        """Return every entry of a list, page after page, as they come."""
        found: list[Movement] = []
        cursor = None
        while True:
            asked = MovementQuery(
                since=query.since,
                until=query.until,
                member_id=query.member_id,
                cursor=cursor,
            )
            page = self.do(self.client.transactions(asked))
            expect(MovementPage, page)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found


def reservation(member_id: str, key: str | None = None) -> Reservation:
    """Return an order to hold ``HELD`` points for a quarter of an hour."""
    return Reservation(
        key=key or new_key(), member_id=member_id, points=HELD, ttl_s=900
    )


def unknown(error: RetailError) -> bool:
    """Tell whether an error leaves open what the platform did."""
    return bool(error.context.get("unknown_outcome"))


class PairCase:
    """What the kit's classes share; a vendor's test class makes pairs."""

    def make_pair(self, **options: Any) -> Pair:
        """Return a pair whose platform is not started yet."""
        raise NotImplementedError

    @pytest.fixture
    def pair(self) -> Iterator[Pair]:
        """A pair without faults; what its description objects to fails the test."""
        with self.started() as pair:
            yield pair

    def started(self, faults: Sequence[str] = (), **options: Any) -> Started:
        """Return a context with a pair whose changes meet ``faults`` in that order."""
        return Started(self.make_pair(**options), faults)


class Started:
    """A pair while its platform runs."""

    def __init__(self, pair: Pair, faults: Sequence[str]) -> None:
        self._pair = pair
        self._faults = faults

    def __enter__(self) -> Pair:
        pair = self._pair
        pair.platform.__enter__()
        pair.client.connection = Connection(
            base_url=pair.platform.url,
            token=pair.platform.token,
            # Judging by a description takes its time on a busy machine.
            timeout_read_s=60.0,
            deadline_s=90.0,
        )
        pair.platform.faults = ScriptedFaults(self._faults)
        return pair

    def __exit__(self, *exc_info: Any) -> None:
        self._pair.platform.__exit__(*exc_info)
