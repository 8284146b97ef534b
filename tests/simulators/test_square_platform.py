"""The simulated Square judges by Square's own description."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.simulators.loyalty.square import SquarePlatform
from tests.simulators.loyalty.square_state import PROGRAM_ID

HEADERS = {"Authorization": "Bearer t", "Square-Version": "2025-08-20"}


def ask(platform, method, path, body=None, headers=HEADERS):
    connection = http.client.HTTPConnection("127.0.0.1", int(platform.url[17:]))
    raw = json.dumps(body) if body is not None else None
    connection.request(method, path, raw, headers)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


@pytest.fixture
def platform():
    with SquarePlatform("t") as platform:
        if not platform.description.is_there:
            pytest.skip("Square's description is absent: shared/specs is not there")
        yield platform
        platform.problems.clear()


def account_of(platform):
    mapping = {"phone_number": "+14155550001"}
    return platform.seller.enrol({"program_id": PROGRAM_ID, "mapping": mapping})


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"idempotency_key": "k", "location_id": "L"}, "accumulate_points"),
        (
            {
                "idempotency_key": "k",
                "location_id": "L",
                "accumulate_points": {"points": "6"},
            },
            '"6"',
        ),
        (
            {
                "idempotency_key": "k" * 129,
                "location_id": "L",
                "accumulate_points": {"points": 6},
            },
            "128",
        ),
        (
            {
                "idempotency_key": "k",
                "location_id": "L",
                "accumulate_points": {"points": 6},
                "locaton_id": "L",
            },
            "locaton_id",
        ),
    ],
)
def test_request_against_the_description_is_refused(platform, body, problem):
    account = account_of(platform)
    path = f"/v2/loyalty/accounts/{account['id']}/accumulate"
    status, _content = ask(platform, "POST", path, body)
    assert status == 400
    assert problem in platform.problems[0]
    assert account["balance"] == 0


def test_operation_that_does_not_exist_is_refused(platform):
    assert ask(platform, "POST", "/v2/loyalty/accounts/x/gift", {})[0] == 400
    assert "no operation" in platform.problems[0]


def test_answer_against_the_description_is_noticed(platform):
    account = account_of(platform)
    account["balance"] = "ten"
    ask(platform, "GET", f"/v2/loyalty/accounts/{account['id']}")
    assert "integer" in platform.problems[0]


def test_objections_fail_the_test_that_caused_them():
    platform = SquarePlatform("t")
    platform.problems.append("POST /x: no")
    with pytest.raises(AssertionError, match="no"), platform:
        pass


def test_stranger_learns_nothing(platform):
    account = account_of(platform)
    headers = HEADERS | {"Authorization": "Bearer x"}
    path = f"/v2/loyalty/accounts/{account['id']}"
    status, content = ask(platform, "GET", path, headers=headers)
    assert (status, content["errors"][0]["code"]) == (401, "UNAUTHORIZED")
