"""32 tills spend the points of ten members, while workers die and PostgreSQL restarts.

They also sell and take goods back, so that points are earned and reversed meanwhile.
Afterwards nothing was spent that was not there, no hold was resolved twice, the ledger
confirms every answer, and its chains hold.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import pytest

from ..shop.processes import wait_until
from .conftest import FOLDER, TILLS
from .hub import Hub
from .points import Funded, Till, Told, fund

CLIENTS = 32
MEMBERS = 10
#: little enough that many holds are refused
POINTS = 200
HAMMERED_S = 60.0
#: how long a slow machine may go on until enough of everything happened
ENOUGH_S = 120.0
ENOUGH = 20
KILL_EVERY_S = 10.0
RESTART_AFTER_S = 35.0
SEED = 26
LOOKED_S = 5.0
#: holds of two seconds end by the cron, once a minute
EXPIRED_S = 150.0
BOOKED_S = 120.0
RESOLVED = ("captured", "voided")
NEEDED = ("captured", "voided", "refused", "sale", "return", "repeated")


@dataclass
class Hammered:
    """What happened, as told from outside Odoo."""

    funded: Funded
    tills: list[Till]
    killed: list[int] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Told]:
        """Hold id -> what its till was told last."""
        return {key: told for till in self.tills for key, told in till.told.items()}

    @property
    def counts(self) -> Counter[str]:
        """How often each thing happened: states of holds, sales, returns, repeats."""
        # Tills go on telling meanwhile: copies, made at once.
        states = Counter(
            told.state for till in self.tills for told in list(till.told.values())
        )
        kinds = Counter(
            kind for till in self.tills for kind in list(till.register.told.values())
        )
        repeated = sum(till.repeated for till in self.tills)
        return states + kinds + Counter({"repeated": repeated})

    @property
    def scarce(self) -> dict[str, int]:
        """What did not happen often enough for the rest to mean anything."""
        counts = self.counts
        return {one: counts[one] for one in NEEDED if counts[one] <= ENOUGH}


@pytest.fixture(scope="module")
def hammered(hub: Hub) -> Hammered:
    """Play, break things on the way, and wait until short holds have ended."""
    funded = fund(hub.system, FOLDER, TILLS, members=MEMBERS, points=POINTS)
    port = hub.system.odoo.port
    tills = [Till(port, funded, seed=SEED * 1000 + n) for n in range(CLIENTS)]
    happened = Hammered(funded, tills)
    over = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        playing = [pool.submit(till.play, over) for till in tills]
        try:
            until = time.monotonic() + HAMMERED_S
            _break_things(hub, happened, until)
            time.sleep(max(0.0, until - time.monotonic()))
            # What is still scarce then is named by the first test.
            with suppress(TimeoutError):
                wait_until(lambda: not happened.scarce, "enough has happened", ENOUGH_S)
        finally:
            over.set()
        for one in playing:
            one.result()
    hub.system.wait_ready()
    wait_until(lambda: not _late_holds(hub), "short holds have ended", EXPIRED_S)
    wait_until(
        lambda: not _unbooked(hub, happened), "sales and returns are booked", BOOKED_S
    )
    return happened


def _break_things(hub: Hub, happened: Hammered, until: float) -> None:
    chance = random.Random(SEED)
    with ThreadPoolExecutor(1) as pool:
        restart = pool.submit(_restart_postgres, hub)
        while time.monotonic() + KILL_EVERY_S < until:
            time.sleep(KILL_EVERY_S)
            # While Odoo starts again, there is nobody to kill.
            with suppress(psutil.Error, ProcessLookupError, IndexError):
                pid = chance.choice(_workers(hub))
                os.kill(pid, signal.SIGKILL)
                happened.killed.append(pid)
        restart.result()


def _restart_postgres(hub: Hub) -> None:
    time.sleep(RESTART_AFTER_S)
    hub.system.stop_postgres()
    wait_until(hub.system.odoo.postgres.is_ready, "PostgreSQL is back", 60)
    time.sleep(LOOKED_S)
    hub.system.wait_ready()


def _workers(hub: Hub) -> list[int]:
    children = psutil.Process(hub.system.odoo_pid).children()
    return [child.pid for child in children if "gevent" not in child.cmdline()]


def _late_holds(hub: Hub) -> list[tuple]:
    return hub.sql(
        "SELECT uuid FROM retail_loyalty_hold WHERE state = 'open'"
        " AND expires_at < now() AT TIME ZONE 'UTC' LIMIT 1"
    )


def _unbooked(hub: Hub, happened: Hammered) -> list[tuple]:
    return hub.sql(
        "SELECT event_key FROM retail_inbox_event"
        " WHERE event_key = ANY (%s) AND state <> 'done' LIMIT 1",
        [key for till in happened.tills for key in till.register.told],
    )


def test_much_happened(hammered: Hammered):
    assert len(hammered.killed) >= 3
    assert sum(till.lost for till in hammered.tills) > 0
    assert not hammered.scarce, hammered.counts


def test_no_answer_was_wrong(hammered: Hammered):
    problems = [problem for till in hammered.tills for problem in till.problems]
    assert not problems, problems[:5]


def test_ledger_confirms_every_answer(hub: Hub, hammered: Hammered):
    rows = hub.sql(
        "SELECT uuid, state, captured FROM retail_loyalty_hold WHERE uuid = ANY (%s)",
        list(hammered.told),
    )
    held = {uuid: (state, captured) for uuid, state, captured in rows}
    for hold_id, told in hammered.told.items():
        state, captured = held.get(hold_id, ("unknown", 0))
        if told.state in RESOLVED:
            assert (state, captured) == (told.state, told.captured), hold_id
        elif told.state == "refused":
            assert state == "refused", hold_id
        else:
            # Open holds may have ended by themselves meanwhile.
            assert state in ("open", "expired"), (hold_id, told, state)


def test_each_sale_and_return_moved_its_points_once(hub: Hub, hammered: Hammered):
    told = {key: kind for t in hammered.tills for key, kind in t.register.told.items()}
    moved = hub.sql(
        "SELECT i.event_key, count(e.id), count(e.reverses_id), sum(e.amount),"
        " max(t.amount_total)"
        " FROM retail_inbox_event i"
        " LEFT JOIN retail_transaction t ON t.inbox_event_id = i.id"
        " LEFT JOIN retail_loyalty_entry e ON e.transaction_id = t.id"
        " WHERE i.event_key = ANY (%s) GROUP BY i.id",
        list(told),
    )
    assert len(moved) == len(told)
    for key, entries, reversals, amount, total in moved:
        assert (entries, reversals) == (1, int(told[key] == "return")), (key, told[key])
        assert amount == total, key


def test_nothing_was_spent_that_was_not_there(hub: Hub, hammered: Hammered):
    rows = hub.sql(
        "SELECT m.uuid, a.posted, a.held, a.floor FROM retail_loyalty_account a"
        " JOIN retail_loyalty_member m ON m.id = a.member_id WHERE a.id = ANY (%s)",
        hammered.funded.accounts,
    )
    earned, returned = Counter[str](), Counter[str]()
    for till in hammered.tills:
        earned.update(till.register.earned)
        returned.update(till.register.returned)
    # Only goods that came back after their points were spent make anybody owe.
    assert all(p - h >= floor - returned[one] for one, p, h, floor in rows)
    spent = sum(told.captured for told in hammered.told.values())
    assert sum(posted for _one, posted, *_rest in rows) == (
        MEMBERS * POINTS + earned.total() - returned.total() - spent
    )


def test_each_hold_was_resolved_once_and_balances_are_sums(
    hub: Hub, hammered: Hammered
):
    twice = hub.sql(
        "SELECT h.uuid FROM retail_loyalty_hold h"
        " LEFT JOIN retail_loyalty_entry e ON e.hold_id = h.id"
        " WHERE h.account_id = ANY (%s) GROUP BY h.id"
        " HAVING count(e.id) <> (h.state = 'captured')::int"
        " OR coalesce(sum(e.points), 0) <> h.captured",
        hammered.funded.accounts,
    )
    assert not twice
    broken = hub.sql(
        "SELECT a.id FROM retail_loyalty_account a"
        " JOIN retail_loyalty_entry e ON e.account_id = a.id"
        " WHERE a.id = ANY (%s) GROUP BY a.id"
        " HAVING a.posted <> sum(e.amount) OR a.last_sequence <> count(e.id)",
        hammered.funded.accounts,
    )
    assert not broken
    held = hub.sql(
        "SELECT a.id FROM retail_loyalty_account a LEFT JOIN retail_loyalty_hold h"
        " ON h.account_id = a.id AND h.state = 'open'"
        " WHERE a.id = ANY (%s) GROUP BY a.id"
        " HAVING a.held <> coalesce(sum(h.points), 0)",
        hammered.funded.accounts,
    )
    assert not held


def test_chains_hold(hub: Hub, hammered: Hammered):
    assert hammered.killed
    hub.system.run_shell(VERIFY, "Following the chains of points")


VERIFY = """
findings = globals()["env"]["retail.loyalty.ledger"]._verify()
if findings:
    raise SystemExit(f"broken: {findings}")
"""
