"""A chapter about the books: what points are worth at the end of a month.

Called by ``programme`` in its order; the chapter takes the day and tells itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulators.events import event_message

from .setting import FRIENDS

if TYPE_CHECKING:
    from .day import Day

TERMS = "retail.loyalty.finance.terms"
BATCH = "retail.loyalty.finance.batch"
#: What a customer bought last month, and one sale that points paid in part.
LAST_MONTH = ({"GRINDER": 1}, {"KETTLE": 2}, {"TEE-L": 3, "BEANS-250": 2})
LAST_MONTH_PAID = "3.00"


def liability(day: Day) -> None:
    """Last month's points enter the books: computed, reviewed, posted once."""
    tell = day.narrator
    tell.chapter("Month's end: what the points of last month are worth in the books")
    (terms,) = day.hub.client.read(
        TERMS, [("program_id.code", "=", FRIENDS)], ["liability_account_id"]
    )
    posted = _batch(day, terms, "posted")
    if posted:
        tell.happened("posted on an earlier day of this demo; a month is posted once")
    else:
        _sell_last_month(day)
        posted = _close_month(day, terms)
    tell.check("The month is posted", "posted", posted["state"])
    agree = posted["points_change"] + posted["points_elsewhere"]
    tell.check("Its points are those of the ledger", posted["points_entries"], agree)
    tell.check("Something was deferred", True, posted["amount_added"] > 0)
    lines = day.hub.client.read(
        "account.move.line",
        [("move_id.retail_loyalty_batch_id", "=", posted["id"])],
        ["account_id", "balance"],
    )
    owed = sum(
        line["balance"]
        for line in lines
        if line["account_id"] == terms["liability_account_id"]
    )
    tell.check("The liability account holds", -posted["amount_closing"], round(owed, 2))
    total = round(sum(line["balance"] for line in lines), 2)
    tell.check("Debit and credit differ by", 0.0, total)
    tell.holds(
        f"{posted['points_outstanding']} points outstanding; deferred"
        f" {posted['amount_added']:.2f}, released {posted['amount_revenue']:.2f},"
        f" liability {posted['amount_closing']:.2f} EUR"
    )
    tell.look(day.hub.url("retail-loyalty-periods", posted["id"]))


def _sell_last_month(day: Day) -> None:
    """Let a till that was offline tell its sales of last month."""
    till = day.late_till
    customer = {"loyalty_id": day.known_member(45)["number"]}
    events = [till.sale(goods, customer) for goods in LAST_MONTH]
    events.append(till.sale(LAST_MONTH[0], customer, points_amount=LAST_MONTH_PAID))
    day.play_messages(day.till_sender, map(event_message, events), 1)
    day.narrator.sent(
        f"{len(events)} receipts of {events[0]['data']['business_date']} from a till"
        f" that was offline; one of them took points for {LAST_MONTH_PAID} EUR"
    )
    sales = day.oracle.expect_receipts(events)
    day.check_recorded("Last month's receipts are in Odoo", sales)


def _close_month(day: Day, terms: dict[str, Any]) -> dict[str, Any]:
    day.operator.call(TERMS, "action_prepare", [terms["id"]])
    draft = _batch(day, terms, "draft")
    # The night may have computed it before those sales came.
    day.operator.call(BATCH, "action_compute", [draft["id"]])
    day.narrator.happened("Operator computes the month; Finance reviews and posts it")
    day.finance.call(BATCH, "action_post", [draft["id"]])
    return _batch(day, terms, "posted")


def _batch(day: Day, terms: dict[str, Any], state: str) -> dict[str, Any]:
    fields = (
        "state",
        "points_entries",
        "points_change",
        "points_elsewhere",
        "points_outstanding",
        "amount_added",
        "amount_revenue",
        "amount_closing",
    )
    rows = day.hub.client.read(
        BATCH,
        [("terms_id", "=", terms["id"]), ("state", "=", state)],
        fields,
        limit=1,
    )
    return rows[0] if rows else {}
