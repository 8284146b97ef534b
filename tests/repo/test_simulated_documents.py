"""The simulators' documents are valid under the suite's contracts, to the last cent.

Two implementations that share no line meet here: made-up documents with their own
arithmetic, and the schemas and sums of the suite.
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from retail_integration_base.schemas import registry
from retail_integration_base.schemas.envelope import EventEnvelope
from retail_integration_base.tools import shopify, signing, strict_json, sums
from retail_integration_base.tools.clock import utc_now
from tests.simulators.documents import Money
from tests.simulators.events import (
    ORDER_TOPIC,
    RECEIPT_TOPIC,
    event_message,
    order_event,
    receipt_event,
    shopify_message,
)
from tests.simulators.orders import OrderGenerator
from tests.simulators.receipts import Mix, ReceiptGenerator

MONIES = [Money("EUR", 2, True), Money("USD", 2, False), Money("JPY", 0, True)]
EVERY_KIND = Mix(returns=0.1, exchanges=0.1, voids=0.05, no_sales=0.05, training=0.05)


def over_the_wire(data: dict, parse_float=float) -> dict:
    """Return what the gateway reads from the bytes of ``data``."""
    return strict_json.loads(json.dumps(data).encode(), parse_float=parse_float)


def translated(order: dict) -> dict:
    """Return Shopify's ``order`` in canonical words."""
    return shopify.order_to_canonical(over_the_wire(order, Decimal), "WEB")


def check(topic: str, data: dict, money: Money) -> None:
    """Validate as the gateway does: the contract, then the sums."""
    document = registry.validate(topic, over_the_wire(data))
    sums.check_sums(document.to_transaction(), money.decimals)


@pytest.mark.parametrize("money", MONIES, ids=lambda money: money.currency)
def test_made_up_receipts_keep_the_contract(money):
    tills = ReceiptGenerator(money=money, mix=EVERY_KIND)
    for receipt in tills.receipts(300):
        check(RECEIPT_TOPIC, receipt, money)


@pytest.mark.parametrize("money", MONIES, ids=lambda money: money.currency)
def test_made_up_orders_keep_the_contract(money):
    for order in OrderGenerator(money=money).orders(200):
        check(ORDER_TOPIC, order, money)


@pytest.mark.parametrize("money", MONIES, ids=lambda money: money.currency)
def test_made_up_shopify_orders_translate_into_the_contract(money):
    for order in OrderGenerator(money=money).shopify_orders(200):
        check(ORDER_TOPIC, translated(order), money)


def test_one_order_says_the_same_in_both_shapes():
    shop = OrderGenerator()
    for _n in range(50):
        order = shop.order()
        ours = shop.canonical(order)["order"]
        theirs = translated(shop.shopify(order))["order"]
        assert theirs["totals"]["grand"] == ours["totals"]["grand"]
        assert [line["total"] for line in theirs["lines"]] == [
            line["total"] for line in ours["lines"]
        ]


def test_envelopes_and_signatures_are_accepted():
    receipt = next(ReceiptGenerator().receipts(1))
    order = next(OrderGenerator().orders(1))
    for event in (receipt_event(receipt), order_event(order)):
        EventEnvelope.model_validate(event)
        accepts("standard-webhooks", "whsec_c2ltdWxhdG9ycw==", event_message(event))
    body = next(OrderGenerator().shopify_orders(1))
    accepts("shopify", "hush", shopify_message(body))


def accepts(scheme: str, secret: str, message) -> None:
    """Verify a simulator's signature with the suite's own verifier."""
    verified = signing.verify(
        signing.SCHEMES[scheme],
        [signing.Secret(secret, None, None)],
        headers=message.signed_headers(secret),
        body=message.body,
        url="http://localhost/",
        now=utc_now(),
    )
    assert verified.delivery_id == message.id
