"""Who plays where points are concerned: a till that takes them, and a platform.

Lives here: receipts whose goods, member and payments a chapter chooses, and Square as
it is simulated. Not here: what the chapters do with them (``chapters_loyalty*``).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from tests.simulators.catalogue import CATALOGUE
from tests.simulators.documents import (
    Line,
    Money,
    price_line,
    return_line,
    totals_document,
)
from tests.simulators.events import receipt_event
from tests.simulators.loyalty.square import SquarePlatform
from tests.simulators.loyalty.square_state import PROGRAM_ID

from .cast import NUMBERS_PER_PLAY
from .setting import CLUB_MEMBERS, PLATFORM_TOKEN

STORE, REGISTER, LATE_REGISTER = "12", "9", "8"
ITEMS = {item.sku: item for item in CATALOGUE}
PROGRESS_TOPIC = "retail.order.progressed.v1"


class PointsTill:
    """A till of store 12 whose customers are members; it numbers without gaps."""

    def __init__(self, play: int, day: date, register: str = REGISTER) -> None:
        self.money = Money()
        self._register = register
        self._sequence = play * NUMBERS_PER_PLAY + 1
        self._clock = datetime.combine(day, time(10), tzinfo=timezone.utc)
        self._sold: dict[int, list[Line]] = {}

    def sale(
        self,
        goods: Mapping[str, int],
        customer: Mapping[str, str],
        *,
        points_amount: str = "",
        hold_id: str = "",
    ) -> dict[str, Any]:
        """Return the envelope of a receipt, paid with points and by card.

        :param hold_id: what the points were reserved under; an offline till has none
        """
        lines = [
            price_line(ITEMS[sku], Decimal(qty), self.money)
            for sku, qty in goods.items()
        ]
        self._sold[self._sequence] = lines
        due = sum(line.total for line in lines) - Decimal(points_amount or 0)
        tenders = [{"type": "card", "amount": self.money.text(due)}]
        if points_amount:
            points = {"type": "points", "amount": points_amount}
            tenders.insert(0, points | ({"reference": hold_id} if hold_id else {}))
        return self._receipt("sale", lines, tenders, customer)

    def take_back(
        self, sold: Mapping[str, Any], line: int, qty: int, points_amount: str = ""
    ) -> dict[str, Any]:
        """Return the envelope that takes back pieces of a line of a sale of today.

        :param points_amount: how much of the refund goes back as points
        """
        receipt = sold["data"]
        original = self._sold[receipt["sequence"]][line - 1]
        back = return_line(original, Decimal(qty), Decimal(0), self.money)
        keys = ("store", "register", "sequence", "business_date")
        reference = {**{key: receipt[key] for key in keys}, "line": line}
        document = back.document(self.money) | {"original": reference}
        money = back.total + Decimal(points_amount or 0)
        tenders = [{"type": "card", "amount": self.money.text(money)}]
        if points_amount:
            tenders.insert(0, {"type": "points", "amount": f"-{points_amount}"})
        return self._receipt("return", [back], tenders, {}, [document])

    def keep(self, returned: dict[str, Any], amount: str) -> None:
        """Keep a part of the refund by card, for points that are spent."""
        tenders = returned["data"]["tenders"]
        money = Decimal(tenders[-1]["amount"]) + Decimal(amount)
        tenders[-1]["amount"] = self.money.text(money)
        tenders.append({"type": "points_settlement", "amount": f"-{amount}"})

    def _receipt(
        self,
        kind: str,
        lines: list[Line],
        tenders: list[dict[str, str]],
        customer: Mapping[str, str],
        documents: list[dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        self._clock += timedelta(minutes=7)
        at = self._clock.isoformat(timespec="seconds").replace("+00:00", "Z")
        documents = documents or [line.document(self.money) for line in lines]
        receipt = {
            "store": STORE,
            "register": self._register,
            "sequence": self._sequence,
            "business_date": self._clock.date().isoformat(),
            "type": kind,
            "currency": self.money.currency,
            "ended_at": at,
            "tax_included": self.money.tax_included,
            "lines": [{"n": n, **one} for n, one in enumerate(documents, 1)],
            "tenders": tenders,
            "totals": totals_document(lines, self.money),
            **({"customer": dict(customer)} if customer else {}),
        }
        self._sequence += 1
        return receipt_event(receipt)


class Moved(NamedTuple):
    """A movement that Square has told or heard on an earlier play."""

    ref: str
    number: str
    points: int
    at: str


class Lost(NamedTuple):
    """A movement that Square does not know any more."""

    event: dict[str, Any]
    number: str
    points: int


class Club:
    """Square, which runs the Partner Club and knows its members by phone."""

    def __init__(self) -> None:
        self.platform = SquarePlatform(PLATFORM_TOKEN)
        self._accounts: dict[str, str] = {}

    def start(self, known: Mapping[str, int], past: Iterable[Moved] = ()) -> None:
        """Listen, and know the members.

        :param known: what they had when the demo was last stopped; Square is simulated
            in memory, so somebody has to remember it.
        :param past: the movements that led there
        """
        self.platform.__enter__()
        seller = self.platform.seller
        for number, phone in CLUB_MEMBERS.items():
            mapping = {"phone_number": phone}
            account = seller.enrol({"program_id": PROGRAM_ID, "mapping": mapping})
            seller.accounts.pop(account["id"])
            account["id"] = str(uuid.uuid5(uuid.NAMESPACE_URL, f"square:{phone}"))
            account["balance"] = account["lifetime_points"] = known.get(number, 0)
            seller.accounts[account["id"]] = account
            self._accounts[number] = account["id"]
        seller.events += [
            {
                "id": one.ref,
                "type": "ADJUST_POINTS",
                "created_at": one.at,
                "loyalty_account_id": self._accounts[one.number],
                "source": "SQUARE",
                "adjust_points": {
                    "loyalty_program_id": PROGRAM_ID,
                    "points": one.points,
                },
            }
            for one in sorted(past, key=lambda one: one.at)
        ]

    def stop(self) -> None:
        """Go away."""
        self.platform.__exit__(None, None, None)

    def adjust(self, number: str, points: int) -> None:
        """Let the seller's staff give points by hand; nobody hears of it."""
        change = {"points": points, "reason": "A present of the house"}
        account = self.platform.seller.account(self._accounts[number])
        self.platform.seller.adjust(account, change, True, source="SQUARE")

    def lose(self, number: str) -> Lost:
        """Forget the last points that a member was given, as if they never came."""
        account_id = self._accounts[number]
        seller = self.platform.seller
        event = next(
            one
            for one in reversed(seller.events)
            if one["loyalty_account_id"] == account_id and "accumulate_points" in one
        )
        lost = Lost(event, number, int(event["accumulate_points"]["points"]))
        seller.events.remove(event)
        seller.account(account_id)["balance"] -= lost.points
        return lost

    def restore(self, lost: Lost) -> None:
        """Know again what was lost."""
        self.platform.seller.events.append(lost.event)
        self.platform.seller.account(self._accounts[lost.number])["balance"] += (
            lost.points
        )

    def points(self, number: str) -> int:
        """Return what Square says that a member has."""
        account = self.platform.seller.account(self._accounts[number])
        return int(account["balance"])


def order_progress(store: str, external_id: str, **facts: Any) -> dict[str, Any]:
    """Return what whoever hands it over says about an order of the webshop."""
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    order = {"channel": "web", "store": store, "external_id": external_id, "at": at}
    event_id = str(uuid.uuid4())
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "collection-desk",
        "type": PROGRESS_TOPIC,
        "time": at,
        "subject": f"order/{store}/{external_id}",
        "correlationid": f"c-{event_id[:16]}",
        "data": {"order": {**order, **facts}},
    }
