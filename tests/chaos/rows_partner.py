"""Rows 27 to 29 and 31: what partners do, and what comes out of order."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..shop.processes import wait_until
from ..simulators.faults import Fault, ScriptedFaults
from ..simulators.journal import Journal
from .case import Case
from .lists import TillsList, ref_of
from .matrix import row
from .proxy import Weather
from .stage import DEADLINE_S

YEARS_S = 10 * 365 * 86_400
HANG_S = 8.0
#: The breaker and the backoff of several failures in a row.
SETTLED_S = 180.0


@row(
    27,
    "a partner that fails in every known way",
    expected="repeated or refused by the table, one effect each",
    quick=True,
)
def bad_partner(case: Case) -> str:
    faults = [
        Fault("status", 500),
        Fault("status", 503, retry_after_s=1),
        Fault("status", 429, retry_after_s=2),
        Fault("status", 429, retry_after_s=3, retry_as_date=True),
        Fault("status", 503, retry_after_s=-5),
        Fault("drop_before_accept"),
        Fault("drop_after_accept"),
        Fault("truncate"),
        Fault("garbage"),
    ]
    partner = case.stage.partner
    partner.faults = ScriptedFaults(faults)
    messages = case.messages(len(faults))
    case.send(messages)
    case.settle(SETTLED_S)
    keys = case.stage.hub.delivery_keys([message.id for message in messages])
    facts = [
        fact
        for fact in Journal(partner.journal.path).read("request")
        if fact["key"] in keys
    ]
    assert len(facts) > len(keys), "the partner did not fail at all"
    return f"{len(facts)} calls for {len(keys)} messages, each applied once"


@row(
    28,
    "a partner whose answer drips at 1 byte per second",
    expected=f"given up after the deadline ({DEADLINE_S} s), sent again",
)
def dripping_partner(case: Case) -> str:
    (message,) = case.messages(1)
    with case.stage.wire.during(Weather(drip_bytes_s=1)):
        case.send([message])
        wait_until(lambda: _attempts(case, message.id), "an attempt is recorded", 60)
    case.fault_over()
    case.settle(SETTLED_S)
    outcome, latency_ms = _attempts(case, message.id)[0]
    assert outcome == "unknown", outcome
    assert latency_ms < (DEADLINE_S + 3) * 1000, latency_ms
    return f"cut after {latency_ms / 1000:.1f} s, then delivered"


def _attempts(case: Case, event_id: str) -> list[tuple[str, int]]:
    return case.stage.hub.sql(
        "SELECT a.outcome, a.latency_ms FROM retail_event_attempt a"
        " JOIN retail_outbox_event e ON e.id = a.outbox_event_id"
        " WHERE e.causation_id = %s ORDER BY a.id",
        event_id,
    )


@row(
    29,
    "a partner acts and the connection breaks before its answer",
    expected="unknown outcome, same key again, one effect",
    quick=True,
)
def lost_partner_answer(case: Case) -> str:
    # One of each till: the second of a till would wait behind its first.
    messages = list({message.stream: message for message in case.messages(20)}.values())
    with case.stage.wire.during(Weather(answers=False)):
        case.send(messages)
        wait_until(
            lambda: all(_attempts(case, message.id) for message in messages),
            "all were tried",
            60,
        )
    case.fault_over()
    case.settle(SETTLED_S)
    outcomes = [_attempts(case, message.id)[0][0] for message in messages]
    assert set(outcomes) == {"unknown"}, outcomes
    return f"{len(messages)} unknown outcomes, each applied once"


@row(
    31,
    "events arrive out of order, twice, and late; two never arrive",
    expected="each counts once; the comparison with the tills' list finds exactly what"
    " is missing, and nothing once it came",
    quick=True,
)
def disorder(case: Case) -> str:
    messages = case.messages(62)
    rng = random.Random(f"disorder/{case.stage.seed}")
    lost, altered, unknown = messages[20:41:20], messages[10], messages[50]
    sent = [message for message in messages if message not in lost]
    shuffled = sent + rng.sample(sent, 20)
    rng.shuffle(shuffled)
    case.send(shuffled)
    case.settle()
    receipts = [case.event_of(message)["data"] for message in messages]
    tills = TillsList(case.stage.hub, receipts[0]["store"])
    compared = tills.compare(
        [
            _one_more(receipt) if message is altered else receipt
            for message, receipt in zip(messages, receipts, strict=True)
            if message is not unknown
        ]
    )
    injected = {ref_of(case.event_of(m)["data"]): "missing_here" for m in lost}
    injected[ref_of(case.event_of(altered)["data"])] = "differs"
    injected[ref_of(case.event_of(unknown)["data"])] = "missing_there"
    assert compared == injected, f"I12: {compared}"
    case.send(lost)
    case.settle()
    left = tills.compare(receipts)
    assert left == {}, f"I12: {left}"
    return (
        f"{len(shuffled)} deliveries of {len(sent)} sales in random order;"
        f" {len(injected)} differences found, none after the {len(lost)} came"
    )


def _one_more(receipt: dict[str, Any]) -> dict[str, Any]:
    grand = Decimal(receipt["totals"]["grand"]) + 1
    return receipt | {"totals": receipt["totals"] | {"grand": str(grand)}}


@row(
    36,
    "a partner that is silent until the time-out",
    expected="unknown outcome, other messages go on, sent again",
)
def silent_partner(case: Case) -> str:
    first, *others = case.messages(8)
    case.stage.partner.faults = ScriptedFaults([Fault("hang", seconds=HANG_S)])
    case.send([first, *others])
    started = datetime.now()
    case.settle(SETTLED_S)
    took_s = (datetime.now() - started).total_seconds()
    return f"all delivered after {took_s:.0f} s"
