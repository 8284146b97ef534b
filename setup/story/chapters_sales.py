"""Chapters in which everything goes well: sales come in, once each, and come back.

Called by ``programme`` in its order; each takes the day and tells itself.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.simulators.events import batch_message, event_message

from .cast import in_batches
from .oracle import totals_text

if TYPE_CHECKING:
    from .day import Day

SINGLE_RECEIPTS = 12
BATCHED_RECEIPTS = 60
RECEIPTS_PER_BATCH = 20


def morning(day: Day) -> None:
    """Tills send receipts, one by one and in batches."""
    tell = day.narrator
    tell.chapter("Morning: the tills send their receipts")
    singles = [*day.tills.events(SINGLE_RECEIPTS - 1), day.tills.event_with_customer()]
    batched = day.tills.events(BATCHED_RECEIPTS)
    acks = day.play_messages(day.till_sender, map(event_message, singles))
    batches = in_batches(batched, RECEIPTS_PER_BATCH)
    acks += day.play_messages(
        day.till_sender, [batch_message(batch, ndjson=True) for batch in batches], 1
    )
    tell.sent(
        f"{len(singles)} receipts of stores 12 and 17, one signed request each; then"
        f" {len(batched)} more as NDJSON, {len(batches)} signed requests of"
        f" {RECEIPTS_PER_BATCH}"
    )
    verdicts = Counter(verdict for ack in acks for verdict in ack.verdicts.values())
    total = len(singles) + len(batched)
    tell.check("Receipts accepted with 202", total, verdicts["accepted"])
    sales = day.oracle.expect_receipts([*singles, *batched])
    day.check_recorded("Receipts in Odoo, each amount to the cent", sales)
    tell.holds(f"{len(sales)} transactions, {totals_text(sales)}")
    tell.look(day.hub.url("retail-transactions"))
    known = singles[-1]["correlationid"]
    rows = day.hub.client.read(
        "retail.transaction", [("correlation_id", "=", known)], ["partner_id"]
    )
    customer = rows[0]["partner_id"] if rows else False
    tell.check("A known customer is recognised", True, bool(customer))
    if customer:
        number = day.hub.transaction_id(known)
        tell.holds(f"the loyalty number on one of them is known: {customer[1]}")
        tell.look(day.hub.url("retail-transactions", number))


def webshop_order(day: Day) -> None:
    """Orders arrive in the vendor's own format and words."""
    tell = day.narrator
    tell.chapter("A webshop order arrives as a Shopify webhook")
    held = []
    for currency in ("USD", "EUR"):
        order = day.shop.order(currency)
        reply = day.shop_sender.send_once(day.shop.message(order))
        story = _correlation(reply)
        tell.sent(
            f"order {order['name']}, {order['total_price']} {currency}, as"
            f" orders/create, signed as Shopify signs; answered {reply.status} in"
            f" {reply.latency_s * 1000:.0f} ms"
        )
        tell.check(f"The {currency} order is accepted", 202, reply.status)
        held.append(day.oracle.expect_order(order, story))
        # The euro order is the one that comes again, and that is followed at the end.
        day.last_order, day.followed = order, story
    day.check_recorded("Orders in Odoo, in their own currency", held)
    tell.holds(
        f"transactions {' and '.join(sale.ref for sale in held)}: {totals_text(held)}"
    )
    number = day.hub.transaction_id(day.followed)
    tell.look(day.hub.url("retail-transactions", number))


def same_message_again(day: Day) -> None:
    """The same message changes nothing; the same id with other content is seen."""
    tell = day.narrator
    tell.chapter("The same message again, then the same id with other content")
    message = day.shop.message(day.last_order)
    reply = day.shop_sender.send_once(message)
    verdict = (reply.content or {}).get("status")
    tell.sent(f"order {day.last_order['name']} once more: {reply.status} {verdict}")
    tell.check("The second delivery", (200, "duplicate"), (reply.status, verdict))
    # Another body under the same delivery id: a sender's mistake, or worse.
    altered = day.shop.message({**day.last_order, "total_price": "0.01"})
    reply = day.shop_sender.send_once(altered)
    tell.sent(f"the same id with another total: {reply.status}")
    tell.check("Same id, other content", 409, reply.status)
    count = day.hub.count_sales([day.followed])
    tell.check("Transactions of that order", 1, count)
    tell.holds("still one transaction, and an exception for a person (RET-1301)")
    tell.look(day.hub.url("retail-exceptions"))


def goods_come_back(day: Day) -> None:
    """A return names the receipt that it takes back; amounts are negative."""
    tell = day.narrator
    tell.chapter("A return at the till")
    event = day.tills.events(1, kind="return")[0]
    receipt = event["data"]
    original = receipt["lines"][0]["original"]
    reply = day.till_sender.send_once(event_message(event))
    tell.sent(
        f"receipt {receipt['store']}/{receipt['register']}/{receipt['sequence']} takes"
        f" back line {original['line']} of receipt {original['store']}/"
        f"{original['register']}/{original['sequence']}: {receipt['totals']['grand']}"
        f" {receipt['currency']}; answered {reply.status}"
    )
    sales = day.oracle.expect_receipts([event])
    day.check_recorded("The return is in Odoo, negative", sales)
    day.check_delivered("The return is at insights", day.insights, sales)
    tell.holds(f"a return of {totals_text(sales)}, linked to its sale")
    number = day.hub.transaction_id(event["correlationid"])
    tell.look(day.hub.url("retail-transactions", number))


def _correlation(reply: Any) -> str:
    content = reply.content if isinstance(reply.content, dict) else {}
    return str(content.get("correlation_id", ""))
