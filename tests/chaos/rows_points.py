"""Rows 25 and 26: many at once on one account, and two accounts in opposite order.

Lives here: the storms, and I4 and I5 for the accounts of a row: a balance is the sum of
its entries and the last one's, no point appears or vanishes.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .case import Case
from .matrix import row

STORM = 50
BURN_POINTS = 10
#: enough for a part of the storm
FUNDED = 30
PAIRS = 20
#: Odoo replays a request that was overtaken up to four times, about a second each.
STORM_S_MAX = 60.0

BROKEN_BALANCES = """
    SELECT a.id, a.posted, sum(e.amount), count(e.id), a.last_sequence
      FROM retail_loyalty_account a
      LEFT JOIN retail_loyalty_entry e ON e.account_id = a.id
     WHERE a.id = ANY (%s)
     GROUP BY a.id
    HAVING a.posted <> coalesce(sum(e.amount), 0) OR a.last_sequence <> count(e.id)
        OR a.posted <> coalesce((array_agg(e.balance_after
                                           ORDER BY e.sequence DESC))[1], 0)
        OR a.posted - a.held < a.floor OR a.held <> 0
"""
FLOWS = """
    SELECT coalesce(sum(e.points) FILTER (WHERE o.id = e.debit_account_id), 0)
         - coalesce(sum(e.points) FILTER (WHERE o.id = e.credit_account_id), 0),
           (SELECT sum(posted) FROM retail_loyalty_account WHERE id = ANY (%s))
      FROM retail_loyalty_entry e
      JOIN retail_loyalty_account o
        ON o.member_id IS NULL AND o.id IN (e.debit_account_id, e.credit_account_id)
     WHERE e.account_id = ANY (%s)
"""


@row(
    25,
    f"{STORM} payments with points from one account at once",
    expected="never below the floor, bounded time",
)
def storm_on_a_row(case: Case) -> str:
    (account,) = _open(case, 1, FUNDED * BURN_POINTS)
    ids = [str(uuid.uuid4()) for _number in range(STORM)]
    burn = _caller(case, "burn")
    begun = time.monotonic()
    states = _all_at_once(lambda one: burn(account, BURN_POINTS, one), ids)
    took_s = time.monotonic() - begun
    case.fault_over()
    assert Counter(states) == {"captured": FUNDED, "refused": STORM - FUNDED}, states
    assert took_s < STORM_S_MAX, took_s
    # The same ids once more: the same answers, no second effect.
    assert _all_at_once(lambda one: burn(account, BURN_POINTS, one), ids) == states
    _check_points(case, [account], 0)
    return f"{FUNDED} paid, {STORM - FUNDED} refused, all answered in {took_s:.1f} s"


@row(
    26,
    "two accounts in opposite order",
    expected="retried, sums right",
)
def opposite_order(case: Case) -> str:
    accounts = _open(case, 2, 1000)
    move = _caller(case, "move")
    orders = [accounts if number % 2 else accounts[::-1] for number in range(PAIRS)]
    begun = time.monotonic()
    answers = _all_at_once(
        lambda pair: move([_movement(pair[0], -7), _movement(pair[1], 5)]), orders
    )
    took_s = time.monotonic() - begun
    case.fault_over()
    assert answers == [["posted", "posted"]] * PAIRS, answers
    assert took_s < STORM_S_MAX, took_s
    _check_points(case, accounts, 2 * 1000 - 2 * PAIRS)
    return f"{PAIRS} pairs of movements in both orders, all posted in {took_s:.1f} s"


def _open(case: Case, count: int, points: int) -> list[int]:
    """Return new accounts with so many points each."""
    accounts: list[int] = _caller(case, "open_accounts")(
        f"row-{case.number}-{str(uuid.uuid4())[:8]}", count
    )
    movements = [_movement(account, points) for account in accounts]
    assert set(_caller(case, "move")(movements)) == {"posted"}
    return accounts


def _movement(account: int, points: int) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()),
        "account_id": account,
        "kind": "redemption" if points < 0 else "accrual",
        "points": points,
    }


def _caller(case: Case, method: str) -> Callable[..., Any]:
    def call(*arguments: object) -> Any:
        return case.stage.hub.call("retail.chaos.points", method, list(arguments))

    return call


def _all_at_once(ask: Callable[[Any], Any], questions: Sequence[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(ask, questions))


def _check_points(case: Case, accounts: list[int], wanted: int) -> None:
    hub = case.stage.hub
    broken = hub.sql(BROKEN_BALANCES, accounts)
    assert not broken, f"I4: {broken}"
    ((flow, balance),) = hub.sql(FLOWS, accounts, accounts)
    assert flow == balance == wanted, f"I5: {flow} moved, {balance} there, {wanted}"
    findings = _caller(case, "findings")()
    assert not findings, f"I9: {findings}"
