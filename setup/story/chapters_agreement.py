"""A chapter about two ledgers: what Square has lost or kept to itself comes to light.

Called by ``programme`` in its order; the chapter takes the day and tells itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .hub import EXCEPTION
from .setting import CLUB_MEMBERS, CLUB_PLATFORM

if TYPE_CHECKING:
    from .cast_loyalty import Lost
    from .day import Day

RULE = "retail.reconciliation.rule"
RUN = "retail.reconciliation.run"
LINE = "retail.reconciliation.line"
PRESENT = 25
REASON = "Square lost a receipt that it had confirmed; its support puts it back."
DRIFT = "RET-1605"
JOB_TIMEOUT_S = 100.0
COUNTS = ("state", "matched_count", "difference_count", "open_count", "error_message")


def agree(day: Day) -> None:
    """Two differences: one is taken over by itself, one is a person's to explain."""
    tell, desk = day.narrator, day.desk
    tell.chapter("Our ledger and Square's are compared until both agree")
    number = next(iter(CLUB_MEMBERS))
    member = desk.member(number)
    rules = _rules(day)
    ours = desk.balance(member["uuid"]).get("posted", 0)
    lost = _misbehave(day, number)
    apart = day.club.points(number) - ours
    tell.check("Square and Odoo differ by", PRESENT - lost.points, apart)
    _compare_all(day, rules)
    found = sorted(line["kind"] for line in _open_lines(day, rules["movements"]))
    tell.check("Movements that differ", ["missing_here", "missing_there"], found)
    differ = [_number(line) for line in _open_lines(day, rules["balances"])]
    tell.check("Members whose balances differ", [number], differ)
    _heal(day, member, ours + PRESENT)
    _explain(day, rules)
    day.club.restore(lost)
    tell.happened("Square's support puts the receipt back; all is compared again")
    runs = _compare_all(day, rules)
    left = [run.get("difference_count") for run in runs.values()]
    tell.check("Differences left, of balances and of movements", [0, 0], left)
    after = day.club.points(number)
    tell.check("Square has what our ledger has again", ours + PRESENT, after)
    tell.check("Matters of drift still open", 0, _count_alarms(day))
    tell.look(day.hub.url("retail-reconciliations", runs["movements"].get("id")))


def _misbehave(day: Day, number: str) -> Lost:
    """Let Square keep one movement to itself, and forget another."""
    day.club.adjust(number, PRESENT)
    lost = day.club.lose(number)
    day.narrator.happened(
        f"Square's staff gives {number} {PRESENT} points, and nobody hears of it; and"
        f" Square forgets a receipt of {lost.points} points that it had confirmed"
    )
    return lost


def _heal(day: Day, member: dict[str, Any], wanted: int) -> None:
    """Wait until what only Square knew is in our ledger."""
    tell, desk = day.narrator, day.desk

    def posted() -> int:
        desk.run_job("cron_loyalty_platform_settle")
        return int(desk.balance(member["uuid"]).get("posted") == wanted)

    tell.wait("the unheard movement in our ledger", 1, posted, JOB_TIMEOUT_S)
    found = desk.balance(member["uuid"]).get("posted")
    tell.check("The movement missing here is taken over by itself", wanted, found)
    newest = (desk.entries(member) or [{}])[0]
    tell.holds(f"an entry of {newest.get('amount')} points that came from Square")
    tell.look(day.hub.url("retail-loyalty-members", member["id"]))


def _explain(day: Day, rules: dict[str, int]) -> None:
    """Let the operator say why the rest differs; what is explained stays listed."""
    tell = day.narrator
    tell.check("Matters of drift put before somebody", True, _count_alarms(day) > 0)
    lines = [
        line
        for rule in rules.values()
        for line in _open_lines(day, rule)
        if line["kind"] != "missing_here"
    ]
    ids = [line["id"] for line in lines]
    wizard = "retail.reconciliation.decide"
    values = {
        "line_ids": [(6, 0, ids)],
        "decision": "explained",
        "reason": REASON,
    }
    (wizard_id,) = day.operator.call(wizard, "create", [values])
    day.operator.call(wizard, "action_apply", [wizard_id])
    decided = day.hub.client.read(
        LINE, [("id", "in", ids)], ["state", "decided_by_id"], order="id"
    )
    people = [(one["state"], one["decided_by_id"][1]) for one in decided]
    tell.check("Explained by", [("explained", "Operator")] * 2, people)
    tell.holds(f"two differences that Operator explained: {REASON}")
    tell.look(day.hub.url("retail-differences"))


def _rules(day: Day) -> dict[str, int]:
    """Return the ids of the club's rules, by the name of Square's list."""
    rows = day.hub.client.read(
        RULE,
        [("backend_id.code", "=", CLUB_PLATFORM), ("state", "=", "active")],
        ["resource"],
    )
    return {row["resource"]: row["id"] for row in rows}


def _compare(day: Day, rule_id: int) -> dict[str, Any]:
    """Press *Compare now* and wait for the end; return the run."""
    day.operator.call(RULE, "action_run_now", [rule_id])

    def newest() -> dict[str, Any]:
        domain = [("rule_id", "=", rule_id)]
        rows = day.hub.client.read(RUN, domain, COUNTS, order="id desc", limit=1)
        return rows[0] if rows else {}

    day.narrator.wait(
        "comparison", 1, lambda: int(newest().get("state") != "running"), JOB_TIMEOUT_S
    )
    return newest()


def _open_lines(day: Day, rule_id: int) -> list[dict[str, Any]]:
    domain = [("rule_id", "=", rule_id), ("state", "=", "open")]
    return day.hub.client.read(LINE, domain, ["kind", "key", "here"], order="id")


def _number(line: dict[str, Any]) -> str:
    return str((line["here"] or {}).get("number"))


def _compare_all(day: Day, rules: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Compare all lists, say what came out, and return the runs by list."""
    runs = {name: _compare(day, rules[name]) for name in sorted(rules)}
    for name, run in runs.items():
        day.narrator.sent(
            f"Operator compares {name} with Square's list: {run.get('matched_count')}"
            f" agree, {run.get('difference_count')} do not"
        )
    return runs


def _count_alarms(day: Day) -> int:
    domain = [
        ("backend_id.code", "=", CLUB_PLATFORM),
        ("code", "=", DRIFT),
        ("state", "!=", "resolved"),
    ]
    return day.hub.client.count(EXCEPTION, domain)
