"""A chapter about people: what is worth much takes two of them.

Called by ``programme`` in its order; the chapter takes the day and tells itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .hub import EXCEPTION
from .odoo_client import OdooClient, OdooRefused

if TYPE_CHECKING:
    from .day import Day

REASON = "The shop sent a corrected order."
FIELDS = (
    "state",
    "resolution",
    "resolution_note",
    "resolved_by_id",
    "approved_by_id",
    "amount",
    "currency_id",
)


def second_person(day: Day) -> None:
    """Operator proposes, cannot agree alone, finance agrees, the audit names both."""
    tell = day.narrator
    tell.chapter("Two people end a matter that is worth something")
    found = day.hub.exceptions(day.disputed, "RET-1201")
    tell.check("Open exceptions to decide about", 1, len(found))
    if not found:
        return
    exception_id = found[0]["id"]
    _accept(day.operator, exception_id)
    waiting = _read(day, exception_id)
    tell.happened(
        f"Operator accepts it ({waiting['amount']:.2f} {waiting['currency_id'][1]} at"
        f" stake): {REASON}"
    )
    tell.check("It waits for a second person", "to_approve", waiting["state"])
    tell.check("Operator agrees with himself", "refused", _agree(day.operator, found))
    tell.check("Finance agrees", "agreed", _agree(day.finance, found))
    decided = _read(day, exception_id)
    people = [decided[name] and decided[name][1] for name in FIELDS[3:5]]
    tell.check("Decided and agreed by", ["Operator", "Finance"], people)
    tell.check("Its reason is kept", REASON, decided["resolution_note"])
    actions = [
        entry["action"]
        for entry in day.hub.client.read(
            "retail.audit.entry",
            [("res_model", "=", EXCEPTION), ("res_id", "=", exception_id)],
            ["action"],
            order="id",
        )
    ]
    expected = ["exception.proposed", "exception.accepted"]
    tell.check("The audit chain has", expected, actions)
    tell.look(day.hub.url("retail-exceptions", exception_id))


def _accept(person: OdooClient, exception_id: int) -> None:
    """Do what the button and its dialogue do."""
    action = person.call(EXCEPTION, "action_accept", [exception_id])
    (wizard_id,) = person.call(
        action["res_model"],
        "create",
        [
            {
                "kind": "accept",
                "exception_ids": [(6, 0, [exception_id])],
                "reason": REASON,
            }
        ],
    )
    person.call(action["res_model"], "action_apply", [wizard_id])


def _agree(person: OdooClient, exceptions: list[dict[str, Any]]) -> str:
    try:
        person.call(EXCEPTION, "action_approve", [one["id"] for one in exceptions])
    except OdooRefused:
        return "refused"
    return "agreed"


def _read(day: Day, exception_id: int) -> dict[str, Any]:
    (record,) = day.hub.client.read(EXCEPTION, [("id", "=", exception_id)], FIELDS)
    return record
