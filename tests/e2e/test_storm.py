"""A busy day on which everything breaks: afterwards each sale counts exactly once.

2,000 receipts with duplicates and out of order, a partner that fails every fifth
time, a worker killed in the middle of a job, PostgreSQL restarted. The oracle is what
the simulators wrote down themselves; Odoo is only compared with it.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from runtime import odoo_log

from ..shop.processes import wait_until, worker_in_a_job
from ..simulators.events import Message, disordered
from ..simulators.faults import RandomFaults
from ..simulators.partner import Partner
from ..simulators.sender import Ack, Sender, Summary
from .conftest import FOLDER, STORES, TILLS, Receipts
from .hub import Answer, Hub

SEED = 19
EVENTS = 2000
DUPLICATES = 0.10
OUT_OF_ORDER = 0.05
SENDERS = 4
KILL_AFTER = 500
RESTART_AFTER = 1000
#: A killed worker's job is taken up again after a minute, by the job runner or the
#: sweep; then it may have to wait for a partner's pauses.
SETTLED_S = 240.0
LOOKED_S = 5.0
#: Together every fifth attempt fails; some answers are slow on top. The asked pauses
#: are few: each of them holds all messages to the partner for a second or two.
FAULTS = {
    "500": 0.11,
    "429=1": 0.01,
    "503=1": 0.005,
    "drop_before_accept": 0.02,
    "drop_after_accept": 0.05,
    "slow=0.3": 0.02,
}
# The hub gives up after eight attempts, of which the killed worker may cost one.
FAILURES_IN_A_ROW_MAX = 5


@dataclass
class Storm:
    """What happened, as told from outside Odoo."""

    messages: list[Message]
    summary: Summary = field(default_factory=Summary)
    verdicts: dict[str, str] = field(default_factory=dict)
    killed_pid: int = 0
    exceptions_before: set[tuple[Any, ...]] = field(default_factory=set)
    at_the_door: list[Message] = field(default_factory=list)
    knocks: list[Answer] = field(default_factory=list)
    faults: RandomFaults = field(
        default_factory=lambda: RandomFaults(
            FAULTS, seed=SEED, in_a_row_max=FAILURES_IN_A_ROW_MAX
        )
    )

    @property
    def ids(self) -> list[str]:
        """The ids of all events, each once, in the order of the tills."""
        return [message.id for message in self.messages]

    @property
    def documents(self) -> dict[str, dict[str, Any]]:
        """Event id -> receipt."""
        return {m.id: json.loads(m.body)["data"] for m in self.messages}


@pytest.fixture(scope="module")
def storm(hub: Hub, partner: Partner, receipts: Receipts) -> Storm:
    """Play the day, break things on the way, and wait until all is settled."""
    # These tills are the storm's alone: another test's receipts have the same ids.
    storm = Storm(receipts(EVENTS, stores=STORES[10:], registers=5))
    storm.exceptions_before = set(hub.open_exceptions())
    storm.at_the_door = [
        *receipts(1, stores=["S05"]),
        *receipts(1, stores=["S05"], door="webhook"),
    ]
    partner.faults = storm.faults
    acks = threading.Semaphore(0)

    def on_ack(ack: Ack) -> None:
        for event_id, verdict in ack.verdicts.items():
            storm.verdicts.setdefault(event_id, verdict)
        acks.release()

    journal = FOLDER / "acks.jsonl"
    journal.unlink(missing_ok=True)
    sender = Sender(hub.system.base_url, TILLS, hub.secret, journal_path=journal)
    noisy = disordered(
        storm.messages, duplicates=DUPLICATES, out_of_order=OUT_OF_ORDER, seed=SEED
    )
    with closing(sender.journal), ThreadPoolExecutor(1) as pool:
        breaking = pool.submit(_break_things, hub, storm, acks)
        storm.summary = sender.play(noisy, workers=SENDERS, on_ack=on_ack)
        breaking.result()
    hub.system.wait_ready()
    hub.wait_settled(SETTLED_S)
    return storm


def _break_things(hub: Hub, storm: Storm, acks: threading.Semaphore) -> None:
    for _n in range(KILL_AFTER):
        acks.acquire()
    storm.killed_pid = worker_in_a_job(hub.sql, timeout_s=30)
    os.kill(storm.killed_pid, signal.SIGKILL)
    for _n in range(RESTART_AFTER - KILL_AFTER):
        acks.acquire()
    with ThreadPoolExecutor(1) as pool:
        restart = pool.submit(_restart_postgres, hub)
        # Odoo is away for most of the time; as long as it answers, it has to be honest.
        while not restart.done():
            storm.knocks += [hub.post(TILLS, message) for message in storm.at_the_door]
        restart.result()


def _restart_postgres(hub: Hub) -> None:
    postgres = hub.system.odoo.postgres
    hub.system.stop_postgres()
    wait_until(postgres.is_ready, "PostgreSQL is started again", 60)
    # Odoo's server ends when its master meets the gap. One that is over before the
    # master looks is survived, which is as well; it has looked after some seconds.
    time.sleep(LOOKED_S)
    hub.system.wait_ready()


def test_every_event_was_acknowledged(storm: Storm):
    assert storm.summary.lost == storm.summary.refused == 0
    assert set(storm.verdicts) == set(storm.ids)
    assert storm.summary.verdicts["accepted"] >= 0.9 * EVENTS
    assert storm.killed_pid


def test_restarting_database_is_answered_with_503_or_not_at_all(storm: Storm):
    # 0: Odoo itself was away. 404 or 500 would make a sender give up.
    assert {answer.status for answer in storm.knocks} <= {0, 200, 202, 503}
    refused = [answer for answer in storm.knocks if answer.status == 503]
    assert all(answer.retry_after_s > 0 for answer in refused)


def test_every_acknowledged_event_has_exactly_one_effect(hub: Hub, storm: Storm):
    assert hub.effects(storm.ids) == dict.fromkeys(storm.ids, 1)
    assert sorted(hub.states(storm.ids)) == sorted((key, "done") for key in storm.ids)


def test_books_agree_with_the_tills(hub: Hub, storm: Storm):
    rows = hub.sql(
        "SELECT e.event_key, t.ref, t.kind, t.amount_total, t.amount_tax,"
        "       (SELECT count(*) FROM retail_transaction_line l"
        "         WHERE l.transaction_id = t.id),"
        "       (SELECT COALESCE(sum(amount), 0) FROM retail_transaction_tender p"
        "         WHERE p.transaction_id = t.id)"
        "  FROM retail_transaction t"
        "  JOIN retail_inbox_event e ON e.id = t.inbox_event_id"
        " WHERE e.event_key = ANY (%s)",
        storm.ids,
    )
    recorded = {key: (kind, *amounts) for key, _ref, kind, *amounts in rows}
    assert recorded == {
        event_id: (
            receipt["type"],
            Decimal(receipt["totals"]["grand"]),
            Decimal(receipt["totals"]["tax"]),
            len(receipt["lines"]),
            sum((Decimal(t["amount"]) for t in receipt["tenders"]), Decimal(0)),
        )
        for event_id, receipt in storm.documents.items()
    }


def test_every_message_was_delivered_and_applied_once(
    hub: Hub, partner: Partner, storm: Storm
):
    keys = hub.delivery_keys(storm.ids)
    assert len(keys) == len(set(keys)) == EVENTS
    applied = [effect for effect in partner.effects_in_order() if effect.key in keys]
    assert len(applied) == EVENTS
    # One effect per sale, whatever the ids of the messages were.
    assert len({effect.document["data"]["uuid"] for effect in applied}) == EVENTS
    assert partner.counts["conflict"] == partner.counts["refused"] == 0
    # The partner has seen weather, else this test proves nothing.
    failures = partner.counts["none"] + partner.counts["fault:drop_after_accept"]
    assert failures > 0.1 * EVENTS
    assert partner.duplicates > 0


def test_partner_heard_of_each_till_in_order(hub: Hub, partner: Partner, storm: Storm):
    emitted = defaultdict(list)
    for till, key in hub.sql(
        "SELECT partition_key, event_key FROM retail_outbox_event"
        " WHERE causation_id = ANY (%s) ORDER BY id",
        storm.ids,
    ):
        emitted[till].append(key)
    heard = [effect.key for effect in partner.effects_in_order()]
    position = {key: n for n, key in enumerate(heard)}
    for till, keys in emitted.items():
        assert keys == sorted(keys, key=position.__getitem__), till


def test_nothing_is_stuck_and_nobody_is_asked(hub: Hub, storm: Storm):
    assert hub.unfinished() == {}
    # Earlier tests leave conflicts that a person would have to settle.
    assert set(hub.open_exceptions()) - storm.exceptions_before == set()


def test_own_modules_logged_no_complaint(hub: Hub, storm: Storm):
    with hub.system.odoo.log.open(encoding="utf-8", errors="replace") as lines:
        complaints = [
            record.text
            for record in odoo_log.records(lines)
            if record.is_complaint and ".retail_" in record.logger
        ]
    assert complaints == []
