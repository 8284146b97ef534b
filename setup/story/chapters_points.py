"""Chapters about points that come back, lapse, or wait for a platform that is away.

Called by ``programme`` in its order; each takes the day and tells itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulators.events import event_message

from .loyalty_desk import ORDER
from .setting import (
    CLUB_MEMBERS,
    FRIENDS,
    LAPSING,
    LAPSING_POINTS,
    SOON_POINTS,
    SOON_TO_LAPSE,
)

if TYPE_CHECKING:
    from .day import Day

JOB_TIMEOUT_S = 100.0
CLUB_BASKET = {"KETTLE": 1}
#: A known customer with some points, who spends them before goods come back.
SPENDER, KETTLES = 15, 3
#: The kind of entry of points that a smaller refund paid for.
PAID = "adjustment"
OUTAGE_RECEIPTS = 4
FIELDS = ("state", "kind", "points")


def goods_back(day: Day) -> None:
    """Half of what was paid with points comes back: points both ways, to their lots."""
    tell, desk = day.narrator, day.desk
    tell.chapter("One of two T-shirts comes back, and half of the points with it")
    before = desk.balance(day.rich["uuid"])
    (sold,) = desk.points_of(day.paid_event["correlationid"])
    event = day.points_till.take_back(day.paid_event, 1, 1, "2.50")
    day.play_messages(day.till_sender, [event_message(event)])
    receipt = event["data"]
    tell.sent(
        f"a return of {receipt['totals']['grand']} {receipt['currency']}: 2.50 back as"
        " points, the rest to the card"
    )
    sales = day.oracle.expect_receipts([event])
    day.check_recorded("The return of goods paid with points is in Odoo", sales)
    (row,) = desk.points_of(event["correlationid"]) or [{}]
    tell.check("Points given back", 250, row.get("points_restored"))
    taken = -row.get("points", 0)
    half = {sold["points"] // 2, (sold["points"] + 1) // 2}
    tell.check("Half of what it earned was taken back", True, taken in half)
    after = desk.balance(day.rich["uuid"])
    change = after.get("available", 0) - before.get("available", 0)
    tell.check("The member's balance moved by", 250 - taken, change)
    lots = day.hub.client.read(
        "retail.loyalty.lot",
        [("account_id.member_id", "=", day.rich["id"]), ("remaining", ">", 0)],
        ["remaining"],
    )
    left = sum(lot["remaining"] for lot in lots)
    tell.check("The lots hold the balance again", after.get("posted"), left)
    tell.holds(f"250 points back in the lots they came from, {taken} taken back")
    tell.look(day.hub.url("retail-loyalty-members", day.rich["id"]))


def spent_points(day: Day) -> None:
    """Goods come back, their points are gone: the till keeps what they are worth."""
    tell, desk = day.narrator, day.desk
    tell.chapter("Goods come back whose points are spent: the refund is less")
    member = day.known_member(SPENDER)
    bought = _buy_and_spend(day, member)
    before = desk.balance(member["uuid"]).get("available", 0)
    event = day.points_till.take_back(bought, 1, KETTLES)
    quoted = _quote(day, event["data"])
    missing = sum(quoted["taken"].values()) - before
    refund = quoted["refund"]
    tell.check("Missing points, as the quote says", missing, quoted["missing"])
    worth = f"{missing / 100:.2f}"
    tell.check("The refund is less by", worth, refund["reduction"])
    day.points_till.keep(event, refund["reduction"])
    day.play_messages(day.till_sender, [event_message(event)])
    tell.sent(
        f"a quote for {refund['amount']} of goods that come back: {missing} of their"
        f" points are spent, keep {worth}; then the return with {refund['pay_out']} to"
        " the card"
    )
    sales = day.oracle.expect_receipts([event])
    day.check_recorded("The return with less money back is in Odoo", sales)
    _check_paid(day, member, event, missing)


def _quote(day: Day, receipt: dict[str, Any]) -> dict[str, Any]:
    """Return what a quote says of goods that come back."""
    body = {name: receipt[name] for name in ("store", "currency", "lines")}
    answer = day.desk.post(
        "/quotes", {"program": FRIENDS, "at": receipt["ended_at"], **body}
    )
    return answer["returned"]


def _check_paid(
    day: Day, member: dict[str, Any], event: dict[str, Any], missing: int
) -> None:
    """Check that the missing points were paid for, and say where to see it."""
    tell, desk = day.narrator, day.desk
    (row,) = desk.points_of(event["correlationid"]) or [{}]
    tell.check("Points paid for with it", missing, row.get("points_settled"))
    after = desk.balance(member["uuid"]).get("posted")
    tell.check("The member owes nothing, and kept nothing", 0, after)
    paid = [one["amount"] for one in desk.entries(member) if one["kind"] == PAID][:1]
    tell.check("The ledger says so", [missing], paid)
    tell.holds(f"all points of the goods taken back, {missing} of them paid for")
    tell.look(day.hub.url("retail-loyalty-members", member["id"]))


def _buy_and_spend(day: Day, member: dict[str, Any]) -> dict[str, Any]:
    """Let a member buy, then spend all that can be spent; return what was bought."""
    customer = {"loyalty_id": member["number"]}
    bought = day.points_till.sale({"KETTLE": KETTLES}, customer)
    day.play_messages(day.till_sender, [event_message(bought)])
    day.wait_recorded(day.oracle.expect_receipts([bought]))
    points = day.desk.balance(member["uuid"]).get("available", 0) // 100
    amount = f"{points}.00"
    spent = day.points_till.sale({"TEE-M": 1}, customer, points_amount=amount)
    day.play_messages(day.till_sender, [event_message(spent)])
    day.wait_recorded(day.oracle.expect_receipts([spent]))
    day.narrator.happened(
        f"{member['number']} buys {KETTLES} kettles, and pays a T-shirt with {points}00"
        " points"
    )
    return bought


def expiry(day: Day) -> None:
    """Points past their end cannot be spent, before any job has written that down."""
    tell, desk = day.narrator, day.desk
    tell.chapter("Points come to the end of their life")
    member = day.known_member(LAPSING)
    spendable = desk.balance(member["uuid"]).get("available", 0)
    tell.happened(
        f"{LAPSING_POINTS} points that {member['number']} earned nearly two years ago"
        " ended a moment ago"
    )
    # The hourly job may have been there already.
    earned = sum(row["amount"] for row in desk.entries(member) if row["amount"] > 0)
    lost = sum(row["amount"] for row in desk.entries(member) if row["amount"] < 0)
    ended = day.play_number * LAPSING_POINTS
    tell.check("Not spendable from that second on", earned - ended, spendable)
    tell.check("Nothing else was lost", True, -lost in (ended, ended - LAPSING_POINTS))
    desk.run_job("cron_loyalty_mature")
    newest = (desk.entries(member) or [{}])[0]
    found = (newest.get("kind"), newest.get("amount"))
    tell.check("The job writes the entry", ("expiry", -LAPSING_POINTS), found)
    posted = desk.balance(member["uuid"]).get("posted")
    tell.check("The balance is what could be spent", spendable, posted)
    tell.look(day.hub.url("retail-loyalty-members", member["id"]))
    _warn(day)


def _warn(day: Day) -> None:
    """Let those be told whose points end in some days, and nobody twice."""
    tell, desk = day.narrator, day.desk
    soon = day.known_member(SOON_TO_LAPSE)
    for _again in range(2):
        desk.run_job("cron_loyalty_warn")
    warnings = day.hub.client.read(
        "retail.loyalty.warning",
        [("member_id", "=", soon["id"])],
        ["points", "last_date", "days_before"],
        order="id desc",
    )
    tell.check(
        "Others are warned", SOON_POINTS, warnings[0]["points"] if warnings else 0
    )
    dates = [(one["last_date"], one["days_before"]) for one in warnings]
    tell.check("Nobody is told twice", len(set(dates)), len(dates))
    tell.holds(
        f"{soon['number']} has {SOON_POINTS} points until {warnings[0]['last_date']}"
        if warnings
        else "no warning"
    )


def platform_outage(day: Day) -> None:
    """Square is away for a while: sales go on, and it hears of each point once."""
    tell, desk = day.narrator, day.desk
    tell.chapter("The loyalty platform (Square) is away while members buy")
    number = next(iter(CLUB_MEMBERS))
    member = desk.member(number)
    before = desk.balance(member["uuid"]).get("posted", 0)
    after = before + _buy_without_square(day, number)
    found = desk.balance(member["uuid"]).get("posted")
    tell.check("Points counted here although Square is away", after, found)
    desk.run_job("cron_loyalty_tell_platforms")
    waiting = _orders(day, member, "waiting")
    tell.check("Orders that wait for Square", OUTAGE_RECEIPTS, len(waiting))
    tell.check("Square knows of", before, day.club.points(number))
    tell.holds(f"{after} points in our ledger, {len(waiting)} orders to Square waiting")
    tell.look(day.hub.url("retail-loyalty-platform-orders"))
    day.club.platform.outage = False
    tell.happened("Square is back; what waits is told in order, by itself")
    tell.wait(
        "points at Square", after, lambda: _tell_again(day, number), JOB_TIMEOUT_S
    )
    tell.check("Square has what our ledger has", after, day.club.points(number))
    left = _orders(day, member, "waiting") + _orders(day, member, "sending")
    tell.check("Orders still waiting", 0, len(left))
    tell.check("What Square objects to in our requests", [], day.club.platform.problems)
    tell.holds("every point told once: neither lost in the outage nor told twice")


def _buy_without_square(day: Day, number: str) -> int:
    """Let a club member buy while Square does not answer; return the points earned."""
    tell = day.narrator
    day.club.platform.outage = True
    events = [
        day.points_till.sale(CLUB_BASKET, {"loyalty_id": number})
        for _n in range(OUTAGE_RECEIPTS)
    ]
    day.play_messages(day.till_sender, map(event_message, events), 1)
    tell.happened("Square does not answer")
    tell.sent(f"{len(events)} receipts of {number} meanwhile")
    sales = day.oracle.expect_receipts(events)
    day.check_recorded("The club member's receipts are in Odoo", sales)
    rows = [
        row for event in events for row in day.desk.points_of(event["correlationid"])
    ]
    return sum(row["points"] for row in rows)


def _tell_again(day: Day, number: str) -> int:
    """Let the job run that runs every minute by itself; return Square's balance."""
    day.desk.run_job("cron_loyalty_tell_platforms")
    return day.club.points(number)


def _orders(day: Day, member: dict[str, Any], state: str) -> list[dict[str, Any]]:
    return day.hub.client.read(
        ORDER, [("member_id", "=", member["id"]), ("state", "=", state)], FIELDS
    )
