"""The day as a whole: who is there, what the chapters share, the last comparison.

Which chapters there are, and their order, is the programme's business; a chapter takes
the day, so the day knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TextIO

from tests.simulators.faults import ScriptedFaults
from tests.simulators.receipts import customer_document
from tests.simulators.sender import Ack, Sender

from .cast import Shop, Subscriber, Tills
from .cast_loyalty import LATE_REGISTER, Club, Moved, PointsTill
from .hub import INBOX, OUTBOX, Hub
from .loyalty_desk import LoyaltyDesk
from .narrator import Narrator
from .odoo_client import OdooClient, StoryFailure
from .oracle import Oracle, Sale
from .setting import (
    ANALYTICS,
    CLUB_MEMBERS,
    CLUB_PLATFORM,
    FINANCE,
    LOYALTY,
    OPERATOR,
    PARTNER_PORTS,
    PLAYS_PARAMETER,
    SHOP,
    TILLS,
)

#: The sweep that finds lost work runs once a minute.
EFFECTS_TIMEOUT_S = 100.0
#: Loyalty Lab's bad morning: errors, then answers that never arrive.
BAD_MORNING = ("500",) * 8 + ("429=1",) * 2 + ("drop_after_accept",) * 4


class Day:
    """One play of the story on the running system."""

    def __init__(self, access: Mapping[str, Any], out: TextIO, system: Any) -> None:
        self.system = system
        self.narrator = Narrator(out)
        self.hub = Hub(self._client(access, access["login"], access["password"]))
        self.operator = self._client(access, OPERATOR, OPERATOR)
        self.finance = self._client(access, FINANCE, FINANCE)
        self.play_number = int(
            self.hub.client.call("ir.config_parameter", "get_param", PLAYS_PARAMETER)
        )
        # A whole day that is over: no receipt lies in the future.
        self.date: date = datetime.now(timezone.utc).date() - timedelta(days=1)
        self.oracle = Oracle()
        self.tills = Tills(self.play_number, self.date)
        self.shop = Shop(self.play_number)
        self.backends: Mapping[str, Any] = access["backends"]
        base_url = str(access["base_url"])
        self.till_sender = self._sender(base_url, TILLS)
        self.shop_sender = self._sender(base_url, SHOP)
        self.insights = self._subscriber(ANALYTICS)
        self.loyalty = self._subscriber(LOYALTY, ScriptedFaults(BAD_MORNING))
        #: The order that comes again and is followed at the end, with its story's id.
        self.last_order: Mapping[str, Any] = {}
        self.followed = ""
        #: The story whose sums are wrong, until two people have decided about it.
        self.disputed = ""
        self.effects_timeout_s = EFFECTS_TIMEOUT_S
        # Where points are concerned.
        self.desk = LoyaltyDesk(self.hub, self.backends[TILLS]["api_key"])
        self.points_till = PointsTill(self.play_number, self.date)
        today = self.date + timedelta(days=1)
        last_month = today.replace(day=1) - timedelta(days=10)
        self.late_till = PointsTill(self.play_number, last_month, LATE_REGISTER)
        self.club = Club()
        #: Who joined today, with the keys that the till reads, and who has many points.
        self.member: dict[str, Any] = {}
        self.customer: dict[str, str] = {}
        self.rich: dict[str, Any] = {}
        self.paid_event: dict[str, Any] = {}

    @staticmethod
    def _client(access: Mapping[str, Any], login: str, password: str) -> OdooClient:
        return OdooClient(access["base_url"], access["database"], login, password)

    def _sender(self, base_url: str, code: str) -> Sender:
        return Sender(base_url, code, self.backends[code]["webhook_secret"])

    def _subscriber(self, code: str, faults: Any = None) -> Subscriber:
        journal = Path(self.system.odoo.folder) / "partners" / f"{code}.jsonl"
        if self.play_number == 1:
            # What another database told this partner is not its past.
            journal.unlink(missing_ok=True)
        return Subscriber(self.backends[code], journal, PARTNER_PORTS[code], faults)

    # --- playing --------------------------------------------------------------------

    def play(self, chapters: Iterable[Callable[[Day], None]]) -> bool:
        """Play the chapters; return whether everything came out as it had to."""
        self._open()
        for chapter in chapters:
            try:
                chapter(self)
            except StoryFailure as failure:
                self.narrator.check(f"Chapter {chapter.__name__}", "played", failure)
        try:
            self._compare_all()
        except StoryFailure as failure:
            self.narrator.check("The day as a whole", "compared", failure)
        return self.narrator.close()

    def stop(self) -> None:
        """Let the partners go away."""
        self.insights.stop()
        self.loyalty.stop()
        self.club.stop()

    def _open(self) -> None:
        for subscriber in (self.insights, self.loyalty):
            subscriber.start()
            self._point_to(subscriber)
        self._open_club()
        self.narrator.open(
            "A day of retail",
            f"Business day {self.date.isoformat()}, play {self.play_number} on this"
            f" database. Odoo: {self.hub.base_url} (admin/admin).",
            f"Partners that listen: Insights {self.insights.page},"
            f" Loyalty Lab {self.loyalty.page}",
        )

    def _point_to(self, subscriber: Subscriber) -> None:
        client = self.hub.client
        domain = [("backend_id.code", "=", subscriber.code)]
        (subscription,) = client.read("retail.subscription", domain, ["url"])
        if subscription["url"] != subscriber.url:
            values = {"url": subscriber.url}
            client.call("retail.subscription", "write", [subscription["id"]], values)

    def _open_club(self) -> None:
        """Let the club's platform listen, and Odoo know where."""
        members = {number: self.desk.member(number) for number in CLUB_MEMBERS}
        numbers = {member["id"]: number for number, member in members.items()}
        self.club.start(
            {
                number: self.desk.balance(member["uuid"]).get("posted", 0)
                for number, member in members.items()
            },
            [
                Moved(ref, numbers[member], points, f"{at.replace(' ', 'T')}Z")
                for ref, member, points, at in self.desk.told(CLUB_PLATFORM)
            ],
        )
        client = self.hub.client
        domain = [("code", "=", CLUB_PLATFORM)]
        (backend,) = client.read("retail.backend", domain, ["id"])
        values = {"api_url": self.club.platform.url}
        client.call("retail.backend", "write", [backend["id"]], values)

    def known_member(self, customer: int) -> dict[str, Any]:
        """Return the member that a customer of the demo is."""
        return self.desk.member(customer_document(customer)["loyalty_id"])

    # --- what chapters share ----------------------------------------------------------

    def play_messages(
        self, sender: Sender, messages: Iterable[Any], workers: int = 4
    ) -> list[Ack]:
        """Send messages, those of one till one after the other; return the answers."""
        acks: list[Ack] = []
        sender.play(list(messages), workers=workers, on_ack=acks.append)
        return acks

    def wait_recorded(self, sales: Iterable[Sale]) -> list[Sale]:
        """Wait until Odoo holds these sales; return what it holds."""
        ids = [sale.correlation_id for sale in sales]
        self.narrator.wait(
            "sales in Odoo",
            len(ids),
            lambda: self.hub.count_sales(ids),
            EFFECTS_TIMEOUT_S,
        )
        return self.hub.sales(ids)

    def wait_delivered(self, subscriber: Subscriber, sales: Iterable[Sale]) -> None:
        """Wait until a subscriber has heard of these sales."""
        wanted = list(sales)
        self.narrator.wait(
            f"sales at {subscriber.code}",
            len(wanted),
            lambda: subscriber.count(wanted),
            EFFECTS_TIMEOUT_S,
        )

    def check_recorded(self, title: str, sales: Iterable[Sale]) -> list[Sale]:
        """Wait for these sales and check them one by one; return what Odoo holds."""
        wanted = list(sales)
        held = self.wait_recorded(wanted)
        wrong = self.oracle.differences(held, wanted)
        found = f"{len(wanted) - len(wrong)} of {len(wanted)}"
        self.narrator.check(title, f"{len(wanted)} of {len(wanted)}", found)
        for difference in wrong[:5]:
            self.narrator.happened(difference)
        return held

    def check_delivered(
        self, title: str, subscriber: Subscriber, sales: Iterable[Sale]
    ) -> None:
        """Wait for these sales at a subscriber and check them one by one."""
        wanted = list(sales)
        self.wait_delivered(subscriber, wanted)
        wrong = self.oracle.differences(subscriber.sales(), wanted)
        found = f"{len(wanted) - len(wrong)} of {len(wanted)}"
        self.narrator.check(title, f"{len(wanted)} of {len(wanted)}", found)

    # --- the day as a whole -----------------------------------------------------------

    def _compare_all(self) -> None:
        sales = list(self.oracle.sales.values())
        ids = [sale.correlation_id for sale in sales]
        self.check_recorded("The whole day: sales in Odoo, once, to the cent", sales)
        for subscriber in (self.insights, self.loyalty):
            title = f"The whole day: sales at {subscriber.code}, once, to the cent"
            self.check_delivered(title, subscriber, sales)
        open_in = self.hub.states(INBOX, ids)
        stuck = sum(count for state, count in open_in.items() if state != "done")
        self.narrator.check("Incoming messages of these sales not done", 0, stuck)
        states = self.hub.states(OUTBOX, ids)
        self.narrator.wait(
            "messages sent",
            sum(states.values()),
            lambda: self.hub.states(OUTBOX, ids)["sent"],
            EFFECTS_TIMEOUT_S,
        )
        states = self.hub.states(OUTBOX, ids)
        unsent = sum(count for state, count in states.items() if state != "sent")
        self.narrator.check("Outgoing messages of these sales not sent", 0, unsent)
