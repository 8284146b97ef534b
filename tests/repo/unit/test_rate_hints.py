"""What partners say about their pace, in all the ways they say it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools.rate_hints import RateHint, hint_of_headers
from retail_integration_base.tools.shopify_rate import (
    graphql_body,
    hint_of_answer,
    is_throttled,
)

NOW = datetime(2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc)
EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"ratelimit": '"default";r=50;t=30'}, RateHint(50.0)),
        ({"ratelimit": '"default";r=0;t=30'}, RateHint(0.0, 30.0)),
        ({"ratelimit": '"burst";r=0;t=5, "day";r=900;t=60000'}, RateHint(0.0, 5.0)),
        ({"ratelimit": '"a";r=0;t=5, "b";r=0;t=50'}, RateHint(0.0, 50.0)),
        ({"ratelimit": "limit=10, remaining=0, reset=7"}, RateHint(0.0, 7.0)),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "7"}, RateHint(0.0, 7.0)),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "7"}, RateHint(3.0)),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 40)},
            RateHint(0.0, 40.0),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH - 40)},
            RateHint(0.0, 0.0),
        ),
        ({"x-ratelimit-remaining": "0"}, RateHint(0.0, None)),
        ({"x-ratelimit-remaining": "-1"}, None),
        ({"x-ratelimit-remaining": "soon"}, None),
        ({"ratelimit": "as fast as you like"}, None),
        ({}, None),
    ],
)
def test_headers_in_use_are_understood(headers, hint):
    assert hint_of_headers(headers, NOW) == hint


@given(st.text(max_size=60), st.text(max_size=20))
def test_nonsense_never_fails_and_never_waits_backwards(text, reset):
    for headers in (
        {"ratelimit": text},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset},
    ):
        hint = hint_of_headers(headers, NOW)
        assert hint is None or hint.wait_s is None or hint.wait_s >= 0


def graphql(available, cost=100, restore=50.0, **more):
    status = {
        "maximumAvailable": 1000.0,
        "currentlyAvailable": available,
        "restoreRate": restore,
    }
    costs = {"requestedQueryCost": cost, "throttleStatus": status}
    return {"extensions": {"cost": costs}, **more}


def test_shopify_costs_make_the_next_query_wait_until_it_is_affordable():
    assert hint_of_answer({}, graphql(900)) == RateHint(900.0, None)
    assert hint_of_answer({}, graphql(20)) == RateHint(20.0, 1.6)
    assert hint_of_answer({}, graphql(20, restore=0)) == RateHint(20.0, None)


def test_shopify_rest_bucket_is_understood():
    header = "x-shopify-shop-api-call-limit"
    assert hint_of_answer({header: "32/40"}, {}) == RateHint(8.0, None)
    assert hint_of_answer({header: "40/40"}, {}) == RateHint(0.0, 0.5)
    assert hint_of_answer({header: "many"}, {}) is None


def test_throttled_shopify_query_is_recognised_behind_its_status_200():
    throttled = {"errors": [{"extensions": {"code": "THROTTLED"}}]}
    assert is_throttled(throttled)
    assert not is_throttled({"errors": "no"})
    assert not is_throttled({"errors": [{"extensions": None}, 7]})
    assert not is_throttled({"data": {}})


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b"7"])
def test_answers_that_are_no_graphql_say_nothing(body):
    assert graphql_body(body) == {}
    assert hint_of_answer({}, graphql_body(body)) is None
