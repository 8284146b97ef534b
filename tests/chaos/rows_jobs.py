"""Rows 13 to 15: messages that kill, stop or overload whoever works them."""

from __future__ import annotations

from ..shop.processes import wait_until
from .case import Case
from .matrix import row
from .stage import LIMIT_TIME_REAL_S

#: A lost batch, three lost tries alone, each noticed within a minute.
GIVEN_UP_S = 400.0


@row(
    13,
    "a message that kills its worker every time",
    expected="given up with an exception, all others unaffected",
)
def killer(case: Case) -> str:
    hits, others_s = _poisoned(case, "kill", "RET-2301")
    assert hits == 4, hits
    return f"4 workers lost, the others through after {others_s:.0f} s, then dead"


@row(
    14,
    f"a message that exceeds limit_time_real ({LIMIT_TIME_REAL_S} s)",
    expected="as row 13",
)
def endless(case: Case) -> str:
    hits, others_s = _poisoned(case, "sleep 3600", "RET-2301")
    assert hits == 4, hits
    return f"4 workers killed by Odoo, others after {others_s:.0f} s, then dead"


@row(
    15,
    "a message that eats all memory",
    expected="as row 13, or a MemoryError that is retried and given up",
)
def glutton(case: Case) -> str:
    hits, others_s = _poisoned(case, "memory", None)
    return f"{hits} tries, others through after {others_s:.0f} s, then dead"


def _poisoned(case: Case, action: str, code: str | None) -> tuple[int, float]:
    """Send a batch with one poisoned message.

    :return: tries of it, and the seconds after which all others were through
    """
    messages = case.messages(24)
    poison = messages[5]
    behind = [m.id for m in messages[6:] if m.stream == poison.stream]
    case.stage.traps.set("apply", poison.id, action)
    case.send(messages)
    case.fault_over()
    case.dead, case.held = {poison.id}, set(behind)
    others = [m.id for m in messages if m.id not in case.dead | case.held]
    wait_until(
        lambda: len(case.stage.hub.effects(others)) == len(others),
        "the others are through",
        GIVEN_UP_S,
    )
    others_s = case.since_fault_s
    case.settle(GIVEN_UP_S)
    if code:
        rows = case.stage.hub.sql(
            "SELECT error_code FROM retail_inbox_event WHERE event_key = %s", poison.id
        )
        assert rows == [(code,)], rows
    return case.stage.traps.hits("apply", poison.id), others_s
