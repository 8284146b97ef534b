"""Chapters about a member at the till: join, earn, pay with points, and a cut line.

Called by ``programme`` in its order; each takes the day and tells itself.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tests.simulators.events import event_message

from .cast_loyalty import STORE, order_progress
from .setting import FRIENDS, WEBSHOP

if TYPE_CHECKING:
    from .day import Day

BASKET = {"TEE-M": 2, "BEANS-1000": 1}
HOLD_POINTS = 500
HOLD_AMOUNT = "5.00"
#: A till that dies leaves its hold behind; this one ends after seconds, not minutes.
DEAD_TILL_TTL_S = 5
JOB_TIMEOUT_S = 100.0


def join(day: Day) -> None:
    """Somebody becomes a member at the till, over the API; asking twice is harmless."""
    tell, desk = day.narrator, day.desk
    tell.chapter("Loyalty: somebody joins at the till")
    email = f"member{day.play_number}@example.com"
    body = {"program": FRIENDS, "email": email, "card": f"T-{day.play_number:06d}"}
    key = str(uuid.uuid4())
    first = desk.post("/members", body, key)
    again = desk.post("/members", body, key)
    tell.sent(
        f"POST /retail/v1/loyalty/members with an e-mail and a card, twice: answered"
        f" {first.status} and {again.status}"
    )
    tell.check("Joining is answered with", 201, first.status)
    tell.check("The same request again is the same member", first["id"], again["id"])
    day.member = desk.member(str(first["number"]))
    day.customer = {"email": email}
    found = desk.get("/members", email=email.upper(), program=FRIENDS)
    items = found["items"] or [{}]
    tell.check("Found by e-mail, however written", first["id"], items[0].get("id"))
    tell.holds(f"member {first['number']} of {FRIENDS}, with an empty account")
    tell.look(day.hub.url("retail-loyalty-members", day.member.get("id")))


def earn(day: Day) -> None:
    """What a quote says is what the receipt brings, in its own transaction."""
    tell, desk = day.narrator, day.desk
    tell.chapter("A purchase in the store earns what the quote said")
    event = day.points_till.sale(BASKET, day.customer)
    receipt = event["data"]
    quoted = desk.post(
        "/quotes",
        {
            "program": FRIENDS,
            "member_id": day.member["uuid"],
            "store": STORE,
            "channel": "pos",
            "currency": receipt["currency"],
            "at": receipt["ended_at"],
            "lines": receipt["lines"],
        },
    )
    promised = sum((quoted["earned"] or {}).values())
    for part in quoted["parts"] or []:
        tell.plain(f"{part['points']:>4}  {part['rule']:<22} {part['why']['detail']}")
    sales = _ring_up(day, event)
    tell.sent(
        f"a quote for {receipt['totals']['grand']} {receipt['currency']}, then the"
        f" receipt: {promised} points promised"
    )
    day.check_recorded("The member's receipt is in Odoo", sales)
    points = _points(day, event)
    tell.check("Points earned, as quoted", [("done", promised)], points)
    balance = desk.balance(day.member["uuid"])
    tell.check("The member has them at once", promised, balance.get("available"))
    tell.holds(f"{promised} points, posted with the receipt, with the reason of each")
    tell.look(day.hub.url("retail-loyalty-points"))


def earn_online(day: Day) -> None:
    """An order is promised points; payment and delivery let them be spent."""
    tell, desk = day.narrator, day.desk
    tell.chapter("A web order earns when it is delivered, whatever comes first")
    before = desk.balance(day.member["uuid"]).get("available", 0)
    order = day.shop.order()
    order["email"] = day.customer["email"]
    order["created_at"] = order["updated_at"] = f"{day.date.isoformat()}T09:30:00Z"
    order["customer"] = {"id": 990_000 + day.play_number, "email": order["email"]}
    news = order_progress(WEBSHOP, str(order["id"]), is_paid=True, is_fulfilled=True)
    reply = day.till_sender.send_once(event_message(news))
    tell.sent(
        f"a store hands over order {order['name']} (click and collect) before Odoo"
        f" knows it: retail.order.progressed.v1, answered {reply.status}"
    )
    tell.check("News before the order is accepted", 202, reply.status)
    _wait_done(day, news["id"])
    placed = day.shop_sender.send_once(day.shop.message(order))
    story = str((placed.content or {}).get("correlation_id", ""))
    tell.sent(f"then the order itself: {placed.status}")
    day.check_recorded(
        "The member's order is in Odoo", [day.oracle.expect_order(order, story)]
    )
    rows = desk.points_of(story)
    earned = sum(row["points"] for row in rows)
    tell.check("Its points were posted", ["done"], [row["state"] for row in rows])
    after = desk.balance(day.member["uuid"]).get("available", 0)
    tell.check("Points of the order can be spent", earned, after - before)
    tell.holds(f"{earned} points for {order['total_price']} {order['currency']}")
    tell.look(day.hub.url("retail-order-progress"))


def pay(day: Day) -> None:
    """Points are reserved, the receipt names the reservation, and it is spent once."""
    tell, desk = day.narrator, day.desk
    tell.chapter("A member pays with points: reserve, then spend with the receipt")
    day.rich = day.known_member(9)
    before = desk.balance(day.rich["uuid"])
    hold_id = str(uuid.uuid4())
    reply = _hold(day, day.rich, hold_id)
    tell.sent(
        f"POST …/holds: {HOLD_POINTS} points of {day.rich['number']}, who has"
        f" {before.get('available')}: {reply.status}, worth {reply['value']}"
        f" {reply['currency']}"
    )
    tell.check("Reserving is answered with", 201, reply.status)
    held = desk.balance(day.rich["uuid"])
    left = before.get("available", 0) - HOLD_POINTS
    tell.check("Reserved points are not available", left, held.get("available"))
    day.paid_event = day.points_till.sale(
        {"TEE-M": 2},
        {"loyalty_id": day.rich["number"]},
        points_amount=HOLD_AMOUNT,
        hold_id=hold_id,
    )
    sales = _ring_up(day, day.paid_event)
    day.check_recorded("The receipt paid with points is in Odoo", sales)
    tell.check("The hold was spent with it", "captured", desk.hold(hold_id))
    (row,) = desk.points_of(day.paid_event["correlationid"]) or [{}]
    tell.check("Points spent", HOLD_POINTS, row.get("points_spent"))
    tell.holds(
        f"a hold that is captured, {HOLD_POINTS} points spent,"
        f" {row.get('points')} earned on what was paid by card"
    )
    tell.look(day.hub.url("retail-loyalty-entries"))


def line_cut(day: Day) -> None:
    """The answer to a capture is lost; another till dies with points reserved."""
    tell, desk = day.narrator, day.desk
    tell.chapter("The line is cut between reserving and spending")
    before = desk.balance(day.rich["uuid"]).get("available", 0)
    dead = str(uuid.uuid4())
    _hold(day, day.rich, dead, ttl_s=DEAD_TILL_TTL_S)
    tell.happened(
        f"a till reserves {HOLD_POINTS} points for {DEAD_TILL_TTL_S} s and loses power"
    )
    _capture_and_hang_up(day)
    wanted = before - HOLD_POINTS

    def freed() -> int:
        return int(desk.balance(day.rich["uuid"]).get("available") == wanted)

    tell.wait("the dead till's points free again", 1, freed, JOB_TIMEOUT_S)
    tell.check("The dead till's hold ended by itself", "expired", desk.hold(dead))
    late = desk.post(f"/holds/{dead}/capture", {}, str(uuid.uuid4()))
    tell.check("Spending it afterwards is refused with", 410, late.status)
    found = desk.balance(day.rich["uuid"]).get("available")
    tell.check("The member lost what was paid, and nothing else", wanted, found)
    tell.holds("one hold captured, one expired; no point is held any more")
    tell.look(day.hub.url("retail-loyalty-holds"))


def _capture_and_hang_up(day: Day) -> None:
    """Spend a hold, lose the line before the answer, and ask again."""
    tell, desk = day.narrator, day.desk
    hold_id, key = str(uuid.uuid4()), str(uuid.uuid4())
    _hold(day, day.rich, hold_id)
    path = f"/holds/{hold_id}/capture"
    desk.post_and_hang_up(path, {}, key)
    tell.sent("another till spends its hold and loses the line before the answer")
    tell.wait(
        "capture committed", 1, lambda: desk.hold(hold_id) == "captured", JOB_TIMEOUT_S
    )
    tell.check("Odoo did it although nobody heard", "captured", desk.hold(hold_id))
    again = desk.post(path, {}, key)
    fresh = desk.post(path, {}, str(uuid.uuid4()))
    tell.sent(
        f"the same request again, with the same key and with a new one: {again.status}"
        f" and {fresh.status}, both {again['state']}"
    )
    tell.check("Repeated captures", (200, 200), (again.status, fresh.status))
    spent = desk.spent(hold_id)
    tell.check("Spent once, not three times", [-HOLD_POINTS], spent)


def _hold(day: Day, member: dict[str, Any], hold_id: str, **values: Any) -> Any:
    body = {"hold_id": hold_id, "member_id": member["uuid"], "points": HOLD_POINTS}
    source = {"channel": "pos", "store": STORE}
    return day.desk.post(
        "/holds", {**body, "source": source, **values}, str(uuid.uuid4())
    )


def _ring_up(day: Day, event: dict[str, Any]) -> list[Any]:
    day.play_messages(day.till_sender, [event_message(event)])
    return day.oracle.expect_receipts([event])


def _points(day: Day, event: dict[str, Any]) -> list[tuple[str, int]]:
    rows = day.desk.points_of(event["correlationid"])
    return [(row["state"], row["points"]) for row in rows]


def _wait_done(day: Day, event_key: str) -> None:
    day.narrator.wait(
        "news worked",
        1,
        lambda: day.hub.message(event_key).get("state") == "done",
        day.effects_timeout_s,
    )
