"""Chapters in which machines fail: a partner, a worker, the database.

Called by ``programme`` in its order; each takes the day and tells itself.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import psutil

from tests.simulators.events import Message, event_message
from tests.simulators.sender import Ack

from .cast import in_batches
from .hub import OUTBOX
from .odoo_client import OdooUnavailable

if TYPE_CHECKING:
    from .day import Day

RECEIPTS_WHILE_DOWN = 20
BURST = 300
KILL_AFTER_ACKS = 60
FIND_WORKER_TIMEOUT_S = 5.0
RECEIPTS_IN_RESTART = 60
PACE_S = 0.05
RETRY_DELAY_S = 0.25
GIVE_UP_S = 90.0


def partner_down(day: Day) -> None:
    """Odoo goes on selling while a subscriber is away, and delivers afterwards."""
    tell = day.narrator
    tell.chapter("The analytics partner hears of every sale, and is down for a while")
    so_far = list(day.oracle.sales.values())
    day.check_delivered("Sales so far at insights, once", day.insights, so_far)
    tell.holds(
        f"{len(so_far)} messages to Insights sent, each signed, each applied once"
    )
    tell.look(day.hub.url("retail-outgoing"))
    day.insights.stop()
    events = day.tills.events(RECEIPTS_WHILE_DOWN)
    day.play_messages(day.till_sender, map(event_message, events))
    sales = day.oracle.expect_receipts(events)
    ids = [sale.correlation_id for sale in sales]
    tell.happened("Insights goes down")
    tell.sent(f"{len(events)} receipts meanwhile")
    day.check_recorded("Sales in Odoo while the partner is down", sales)
    tell.wait(
        "failed attempts", 3, lambda: day.hub.failed_attempts("insights", ids), 20
    )
    states = day.hub.states(OUTBOX, ids, "insights")
    waiting = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    tell.holds(f"the sales are booked; messages to Insights: {waiting}")
    day.insights.start()
    tell.happened("Insights is back; what waits goes out in order, by itself")
    day.check_delivered(
        "After the outage, each sale at insights once", day.insights, sales
    )
    failed = day.hub.failed_attempts("insights", ids)
    tell.check("Attempts failed and were retried", True, failed > 0)
    tell.check("Signatures refused by insights", 0, day.insights.stats()["refused"])
    _loyalty_recovers(day)


def _loyalty_recovers(day: Day) -> None:
    tell = day.narrator
    sales = list(day.oracle.sales.values())
    day.check_delivered("Each sale at loyalty-lab once", day.loyalty, sales)
    stats = day.loyalty.stats()
    again = stats["duplicate"]
    tell.happened(
        f"Loyalty Lab had a bad morning: {stats['requests']} requests for"
        f" {len(sales)} sales, {again} came again after an answer that got lost"
    )
    tell.check("Lost answers at loyalty-lab led to repeats", True, again > 0)
    tell.check("Signatures refused by loyalty-lab", 0, stats["refused"])
    tell.look(day.loyalty.page)


def worker_killed(day: Day) -> None:
    """A process dies in the middle of its work; its transaction never happened."""
    tell = day.narrator
    tell.chapter(f"A worker is killed (SIGKILL) in the middle of {BURST} receipts")
    events = day.tills.events(BURST)
    sales = day.oracle.expect_receipts(events)
    burst = _Burst(day, [event_message(event) for event in events])
    burst.start()
    burst.reached.wait(GIVE_UP_S)
    pid = _kill_worker(day)
    burst.join()
    tell.sent(
        f"{BURST} signed receipts in {burst.seconds:.1f} s; after {KILL_AFTER_ACKS} of"
        f" them, worker {pid} was killed while it worked a lane"
    )
    tell.check("A working process was killed", True, pid > 0)
    lost = burst.verdicts["lost"]
    tell.check("Receipts that Odoo did not take", 0, lost + burst.verdicts["refused"])
    day.check_recorded("After the kill, each receipt in Odoo once", sales)
    day.check_delivered(
        "After the kill, each sale at insights once", day.insights, sales
    )
    tell.holds(f"{BURST} receipts, {BURST} transactions: none lost, none twice")
    tell.look(day.hub.url("retail-incoming"))


def database_restarts(day: Day) -> None:
    """Without a database nothing is taken, and nothing that was taken is lost."""
    tell = day.narrator
    if day.system.cluster is None:
        tell.chapter("PostgreSQL restarts: left out, the server is yours, not ours")
        return
    tell.chapter("PostgreSQL restarts while the tills are sending")
    events = day.tills.events(RECEIPTS_IN_RESTART)
    sales = day.oracle.expect_receipts(events)
    halves = in_batches([event_message(event) for event in events], len(events) // 2)
    refusals: Counter[str] = Counter()
    before = day.system.odoo_starts
    senders = [
        threading.Thread(
            target=_send_stubbornly, args=(day, messages, refusals), daemon=True
        )
        for messages in halves
    ]
    for sender in senders:
        sender.start()
    time.sleep(PACE_S * 10)
    day.system.stop_postgres()
    for sender in senders:
        sender.join()
    day.system.wait_ready()
    turned_away = ", ".join(
        f"{count} {word}" for word, count in sorted(refusals.items())
    )
    tell.sent(
        f"{len(events)} receipts; tries turned away meanwhile: {turned_away or 'none'};"
        " each was sent again until it was taken"
    )
    restarts = day.system.odoo_starts - before
    tell.happened(
        f"the supervisor started PostgreSQL again, and Odoo {restarts} time(s)"
    )
    day.check_recorded("After the restart, each receipt in Odoo once", sales)
    day.check_delivered(
        "After the restart, each sale at insights once", day.insights, sales
    )
    tell.look(day.hub.url("retail-incoming"))


class _Burst(threading.Thread):
    """Sends messages as fast as several tills do, and says how far it is."""

    def __init__(self, day: Day, messages: list[Message]) -> None:
        super().__init__(name="burst", daemon=True)
        self._day = day
        self._messages = messages
        self._acks = 0
        self.reached = threading.Event()
        self.verdicts: Counter[str] = Counter()
        self.seconds = 0.0

    def run(self) -> None:
        """Send everything; a broken connection makes the till try again."""
        summary = self._day.till_sender.play(
            self._messages, workers=4, on_ack=self._count
        )
        self.verdicts = summary.verdicts
        self.seconds = summary.seconds

    def _count(self, _ack: Ack) -> None:
        self._acks += 1
        if self._acks >= KILL_AFTER_ACKS:
            self.reached.set()


def _kill_worker(day: Day) -> int:
    """Kill the process that works a lane right now; return its id, 0 if none did."""
    end = time.monotonic() + FIND_WORKER_TIMEOUT_S
    domain = [("state", "=", "started"), ("model_name", "=", "retail.lane")]
    while time.monotonic() < end:
        try:
            jobs = day.hub.client.read("queue.job", domain, ["worker_pid"])
        except OdooUnavailable:
            continue
        for job in jobs:
            if _is_worker(day.system, job["worker_pid"]):
                os.kill(job["worker_pid"], signal.SIGKILL)
                return job["worker_pid"]
    return 0


def _is_worker(system: Any, pid: int) -> bool:
    """Tell whether a process is a living worker of the demo's Odoo, and only that."""
    try:
        return bool(pid) and psutil.Process(pid).ppid() == system.odoo_pid
    except psutil.NoSuchProcess:
        return False


def _send_stubbornly(day: Day, messages: list[Message], refusals: Counter[str]) -> None:
    """Send one after the other, each until it is taken, and count the refusals."""
    end = time.monotonic() + GIVE_UP_S
    for message in messages:
        while time.monotonic() < end:
            reply = day.till_sender.send_once(message)
            if reply.status in (200, 202):
                break
            word = f"with {reply.status}" if reply.status else "without an answer"
            refusals[word] += 1
            time.sleep(RETRY_DELAY_S)
        time.sleep(PACE_S)
    day.till_sender.disconnect()
