"""The worked example of docs/loyalty-engine.md is what the engine says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from baskets import cents, item, make_basket, make_member, make_program, rule, times

from retail_loyalty_connector.tools.earning_rules import Cap, Conditions, LineFilter
from retail_loyalty_connector.tools.quote import Quote, quote
from retail_loyalty_connector.tools.returns import take_return
from retail_loyalty_connector.tools.sold import ReturnState, sold_order

PAGE = Path(__file__).resolve().parents[3] / "docs" / "loyalty-engine.md"
KITCHEN = frozenset({"kitchen"})
PROGRAM = make_program(
    rule("base", 1, name="1 point per euro"),
    rule("visit", 5, name="Visit", basis="visit"),
    times("1.5", "gold", name="Gold", conditions=Conditions(tiers=frozenset({"gold"}))),
    times(
        "2",
        "kitchen",
        name="Kitchen weeks",
        rules=frozenset({"base"}),
        lines=LineFilter(categories=KITCHEN),
        caps=(Cap("kitchen", 50, "period"),),
    ),
    redemption=(cents(minimum=500, step=100),),
)
BASKET = make_basket(
    item("Mugs", "45.90", 3, categories=KITCHEN),
    item("Coffee", "12.95"),
    item("Gift card", "50.00", kind="gift_card"),
)


def table(answer: Quote) -> list[str]:
    """Return the parts as the rows of the page's table."""
    return [
        f"| {part.line} | {part.name} | {part.why.sentence} | {part.points} |"
        for part in answer.earned.parts
    ]


def test_worked_example_is_what_the_engine_says():
    member = make_member(2345, tier="gold")
    answer = quote(PROGRAM, BASKET, member, points=1000)
    text = PAGE.read_text("utf-8")
    rows = table(answer)
    assert [row for row in rows if row not in text] == []
    total = answer.earned.points()
    assert (
        f"together {float(answer.earned.exact()):g}, that is **{total} points**" in text
    )
    (cut,) = answer.earned.cuts
    assert cut.why.sentence in text
    offer = answer.redeemable
    assert f"{offer.points_min} to {offer.points_max} points" in text
    assert answer.redemption.amount == Decimal("10.00")


def test_worked_return_is_what_the_engine_says():
    member = make_member(2345, tier="gold")
    answer = quote(PROGRAM, BASKET, member, points=1000)
    paid = make_basket(*BASKET.lines, tenders={"points": "10.00"})
    order = sold_order(paid, answer.earned, answer.redemption.points)
    state, rows = ReturnState(), []
    for n in range(1, 4):
        back = take_return(order, state, {"Mugs": Decimal(1)})
        rows.append(
            f"| {n} | {back.amount} | {back.money_amount} | {back.points_amount} | "
            f"{back.points_restored} | {back.taken['main']} |"
        )
        state = back.after
    text = PAGE.read_text("utf-8")
    assert [row for row in rows if row not in text] == []
