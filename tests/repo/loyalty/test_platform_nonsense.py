"""Whatever a platform answers or sends, a client gives a value or one of our errors.

One field of a real answer is missing or holds what it never should.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import test_square_contract
import test_talon_one_contract
import test_voucherify_contract
from hypothesis import given, settings
from hypothesis import strategies as st
from platform_pair import Pair

from retail_integration_base.tools.errors import RetailError
from retail_integration_base.tools.http_client import OutboundRequest, OutboundResponse
from retail_loyalty_connector.tools.platform_orders import (
    Accrual,
    Basket,
    BasketLine,
    Capture,
    Identity,
    MovementQuery,
    Reservation,
    ReturnedLine,
    Reversal,
)
from retail_loyalty_connector.tools.platform_transport import carry_out
from tests.simulators.partner_http import Request

PAIRS = {
    "square": test_square_contract.make_pair,
    "talon_one": test_talon_one_contract.make_pair,
    "voucherify": test_voucherify_contract.make_pair,
}
#: What a field may hold instead of what it should.
ODD = (None, True, "", "x", 0, -1, 10**17, 0.125, -1e300, [], [7], {}, {"id": 1})
ANYTHING = st.recursive(
    st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(("id", "type", "data", "errors")), inner)
    ),
    max_leaves=5,
)
BASKET = Basket(
    ref="o",
    amount=Decimal(36),
    currency="EUR",
    lines=(BasketLine(line_id="1", sku="S", quantity=1, price=Decimal(36)),),
)
LINE = ReturnedLine(line_id="1", sku="S", position=0, quantity=1)


def _reversal(member_id: str, **more: Any) -> Reversal:
    return Reversal(
        key="k",
        member_id=member_id,
        points=10,
        original_kind=more.pop("kind", "accrual"),
        original_key="o",
        **more,
    )


PHONE = Identity(phone="+14155551234")
OPERATIONS = {
    "member_find": lambda c, m: c.member_find(PHONE),
    "member_by_id": lambda c, m: c.member_find(Identity(member_id=m)),
    "member_enrol": lambda c, m: c.member_enrol("k", PHONE),
    "balance": lambda c, m: c.balance(m),
    "member_erase": lambda c, m: c.member_erase(m),
    "quote": lambda c, m: c.quote(m, BASKET),
    "reserve": lambda c, m: c.reserve(
        Reservation(key="k", member_id=m, points=100, ttl_s=60)
    ),
    "capture": lambda c, m: c.capture(
        Capture(key="k", member_id=m, points=10, hold_id="h", held=10)
    ),
    "take": lambda c, m: c.capture(Capture(key="k", member_id=m, points=9), again=True),
    "void": lambda c, m: c.void("k", "h"),
    "accrue": lambda c, m: c.accrue(Accrual(key="k", member_id=m, points=10)),
    "accrue_basket": lambda c, m: c.accrue(
        Accrual(key="k", member_id=m, basket=BASKET), again=True
    ),
    "reverse": lambda c, m: c.reverse(_reversal(m, whole=True), again=True),
    "reverse_lines": lambda c, m: c.reverse(_reversal(m, lines=(LINE,))),
    "restore": lambda c, m: c.reverse(_reversal(m, kind="redemption")),
    "transactions": lambda c, m: c.transactions(MovementQuery(member_id=m)),
}


def _places(document: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the place of every field and element of a document, and of itself."""
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _places(value, (*path, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _places(value, (*path, index))


def _spoilt(document: Any, choice: int, odd: Any) -> Any:
    """Return a document with one field replaced, or left out if ``odd`` is ``...``."""
    places = list(_places(document))
    path = places[choice % len(places)]
    if not path:
        return [] if odd is ... else odd
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if odd is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = odd
    return document


def _carried_out(pair: Pair, steps: Any, spoil: Callable[[int, Any], Any]) -> None:
    """Carry an operation out against the simulator itself; spoil its answers."""
    count = itertools.count()

    def send(request: OutboundRequest) -> OutboundResponse:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {name.title(): value for name, value in request.headers.items()}
        given = Request(target, headers, request.body)
        answer = pair.platform.receive(given, request.method)
        content = spoil(next(count), json.loads(json.dumps(answer.content)))
        raw = json.dumps(content).encode()
        return OutboundResponse(answer.status, {}, raw, 0.01)

    try:
        carry_out(steps, send)
    except RetailError as error:
        assert error.code


@pytest.mark.parametrize("vendor", PAIRS)
@settings(max_examples=60)
@given(
    operation=st.sampled_from(sorted(OPERATIONS)),
    which=st.integers(0, 2),
    choice=st.integers(0, 60),
    odd=st.sampled_from((..., *ODD)),
)
def test_answer_with_an_odd_field_is_a_value_or_our_error(
    vendor, operation, which, choice, odd
):
    pair = PAIRS[vendor]()
    member_id = pair.enrol(500)

    def spoil(number: int, content: Any) -> Any:
        return _spoilt(content, choice, odd) if number == which else content

    steps = OPERATIONS[operation](pair.client, member_id)
    _carried_out(pair, steps, spoil)
    pair.platform.problems.clear()


@pytest.mark.parametrize("vendor", PAIRS)
@settings(max_examples=40)
@given(operation=st.sampled_from(sorted(OPERATIONS)), content=ANYTHING)
def test_answer_of_another_kind_is_a_value_or_our_error(vendor, operation, content):
    pair = PAIRS[vendor]()
    steps = OPERATIONS[operation](pair.client, pair.enrol(500))
    _carried_out(pair, steps, lambda _number, _content: content)


@pytest.mark.parametrize("vendor", PAIRS)
@settings(max_examples=150)
@given(choice=st.integers(0, 60), odd=st.sampled_from((..., *ODD)))
def test_webhook_with_an_odd_field_is_a_notice_or_our_error(vendor, choice, odd):
    pair = PAIRS[vendor]()
    member_id = pair.enrol(0)
    order = Accrual(key="k", member_id=member_id, points=10)
    _carried_out(pair, pair.client.accrue(order), lambda _number, content: content)
    webhook = pair.platform.take_webhooks()[-1]
    body = json.dumps(_spoilt(json.loads(webhook.body), choice, odd)).encode()
    try:
        notice = pair.client.parse_webhook(webhook.headers, body)
    except RetailError as error:
        assert error.code
    else:
        assert notice.event_id
