"""The simulated Voucherify judges by Voucherify's own description."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.simulators.loyalty.voucherify import VoucherifyPlatform


def ask(platform, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", int(platform.url[17:]))
    raw = json.dumps(body) if body is not None else None
    connection.request(method, path, raw, {"X-App-Id": "a", "X-App-Token": "t"})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


@pytest.fixture
def platform():
    with VoucherifyPlatform("t") as platform:
        if not platform.description.is_there:
            pytest.skip("Voucherify's description is absent: shared/specs is not there")
        platform.cards["C"] = 10
        yield platform
        platform.problems.clear()


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/balance", {"source_id": "k"}, "points"),
        ("/balance", {"points": 1.5}, "integer"),
        ("/balance", {"points": 1, "sourceid": "k"}, "sourceid"),
        ("/transactions?page=2", None, "page"),
    ],
)
def test_request_against_the_description_is_refused(platform, path, body, problem):
    method = "POST" if body else "GET"
    status, _content = ask(platform, method, f"/v1/loyalties/members/C{path}", body)
    assert status == 400 and problem in platform.problems[0]
    assert platform.cards["C"] == 10


def test_answer_against_the_description_is_noticed(platform):
    platform.cards["C"] = "ten"
    ask(platform, "GET", "/v1/loyalties/members/C")
    assert "integer" in platform.problems[0]


def test_card_is_not_overdrawn(platform):
    path = "/v1/loyalties/members/C/balance"
    assert ask(platform, "POST", path, {"points": -11})[0] == 400
    assert platform.cards["C"] == 10
