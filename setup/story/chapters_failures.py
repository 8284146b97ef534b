"""Chapters about bad input: refused, held for a person, or never booked.

Called by ``programme`` in its order; each takes the day and tells itself.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.simulators.events import event_message
from tests.simulators.sender import Sender

from .setting import OLD_SKU, OLD_SKU_MEANS

if TYPE_CHECKING:
    from .day import Day

#: Well-formed and wrong; nobody's secret.
WRONG_SECRET = "whsec_d3JvbmcgYnV0IHdlbGwgZm9ybWVkIHNlY3JldCE="
BUSY_TILL = ("12", "2")
OTHER_TILLS = (("12", "1"), ("17", "1"), ("17", "2"))


def forged_signature(day: Day) -> None:
    """Who cannot prove who they are leaves nothing behind but a count."""
    tell = day.narrator
    tell.chapter("A forged signature, and a backend that does not exist")
    message = event_message(day.tills.events(1)[0])
    headers = message.signed_headers(WRONG_SECRET)
    forged = day.till_sender.post(
        f"{day.till_sender.path}/events", message.body, headers
    )
    with Sender(day.hub.base_url, "nobody-here") as stranger:
        unknown = stranger.post(f"{stranger.path}/events", message.body, headers)
    tell.sent("a receipt signed with a wrong secret, and to an unknown address")
    statuses = (forged.status, unknown.status)
    tell.check("Forged signature, unknown backend", (401, 401), statuses)
    same = _without_id(forged.content) == _without_id(unknown.content)
    tell.check("Both answers are the same words", True, same)
    tell.check("Stored of the forged message", {}, day.hub.message(message.id))
    tell.holds("nothing but a counter per hour and reason, written every few seconds")
    tell.look(day.hub.url("retail-refused"))


def unknown_article(day: Day) -> None:
    """One till waits for a person, the others go on; then everything goes through."""
    tell = day.narrator
    tell.chapter("A till uses an article number that nobody knows here")
    first, *behind = day.tills.events(3, till=BUSY_TILL, kind="sale")
    line = first["data"]["lines"][0]
    line["sku"] = OLD_SKU
    line.pop("gtin", None)  # else the barcode would tell
    others = [event for till in OTHER_TILLS for event in day.tills.events(2, till=till)]
    messages = [event_message(event) for event in (first, *behind, *others)]
    day.play_messages(day.till_sender, messages)
    tell.sent(
        f"a receipt of till {'/'.join(BUSY_TILL)} with article {OLD_SKU}, two more of"
        f" that till, {len(others)} of other tills"
    )
    sales = day.oracle.expect_receipts(others)
    day.check_recorded("Other tills go on meanwhile", sales)
    _wait_state(day, first["id"], "dead")
    waiting = [day.hub.message(event["id"]).get("state") for event in (first, *behind)]
    tell.check("The till waits in order", ["dead", "held", "held"], waiting)
    exceptions = day.hub.exceptions(first["correlationid"], "RET-1202")
    tell.check("Exceptions opened for it", 1, len(exceptions))
    if not exceptions:
        return
    exception = exceptions[0]
    owner = exception["user_id"][1] if exception["user_id"] else "nobody"
    tell.holds(
        f"an exception for {owner}, due {exception['deadline_at']} UTC:"
        f" {exception['summary']}"
    )
    tell.look(day.hub.url("retail-exceptions", exception["id"]))
    _map_and_replay(day, exception["id"])
    tell.happened(
        f"{owner} presses Map and replay and says that {OLD_SKU} is {OLD_SKU_MEANS}"
    )
    held = day.oracle.expect_receipts([first, *behind])
    day.check_recorded("After mapping, all three go through", held)
    resolved = day.hub.exceptions(first["correlationid"], "RET-1202")
    found = [one["resolution"] for one in resolved]
    tell.check("The exception is resolved as", ["mapped"], found)


def wrong_sums(day: Day) -> None:
    """What does not add up is a decision for finance, and never half a booking."""
    tell = day.narrator
    tell.chapter("An order whose sums do not add up")
    order = day.shop.order()
    right = Decimal(order["total_price"])
    order["total_price"] = str(right + 1)
    message = day.shop.message(order)
    reply = day.shop_sender.send_once(message)
    story = str((reply.content or {}).get("correlation_id", ""))
    tell.sent(
        f"order {order['name']}: its lines make {right}, it says"
        f" {order['total_price']} {order['currency']}; answered {reply.status}"
    )
    _wait_exception(day, story, "RET-1201")
    exceptions = day.hub.exceptions(story, "RET-1201")
    tell.check("Exceptions for the wrong sums", 1, len(exceptions))
    day.disputed = story
    tell.check("Booked of the wrong order", 0, day.hub.count_sales([story]))
    for exception in exceptions:
        owner = exception["user_id"][1] if exception["user_id"] else "nobody"
        tell.holds(f"no transaction, an exception for {owner}: {exception['summary']}")
        tell.look(day.hub.url("retail-exceptions", exception["id"]))


def _map_and_replay(day: Day, exception_id: int) -> None:
    """Do what the button and its dialogue do, as the operator."""
    person = day.operator
    action = person.call("retail.exception", "action_map_and_replay", [exception_id])
    (product,) = person.read(
        "product.product", [("default_code", "=", OLD_SKU_MEANS)], ["id"]
    )
    (wizard_id,) = person.call(
        action["res_model"],
        "create",
        [{"exception_id": exception_id, "product_id": product["id"]}],
    )
    person.call(action["res_model"], "action_apply", [wizard_id])


def _wait_state(day: Day, event_key: str, state: str) -> None:
    day.narrator.wait(
        f"message to be {state}",
        1,
        lambda: int(day.hub.message(event_key).get("state") == state),
        day.effects_timeout_s,
    )


def _wait_exception(day: Day, correlation_id: str, code: str) -> None:
    day.narrator.wait(
        "exception",
        1,
        lambda: len(day.hub.exceptions(correlation_id, code)),
        day.effects_timeout_s,
    )


def _without_id(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
    return {key: text for key, text in content.items() if key != "correlation_id"}
