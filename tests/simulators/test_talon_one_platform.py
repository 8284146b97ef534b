"""The simulated Talon.One judges by Talon.One's own description."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.simulators.loyalty.talon_one import TalonOnePlatform


def put_session(platform, session, **more):
    connection = http.client.HTTPConnection("127.0.0.1", int(platform.url[17:]))
    body = json.dumps({"customerSession": session, **more})
    headers = {"Authorization": "ApiKey-v1 t"}
    connection.request("PUT", "/v2/customer_sessions/s1", body, headers)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


@pytest.fixture
def platform():
    with TalonOnePlatform("t") as platform:
        if not platform.description.is_there:
            pytest.skip("Talon.One's description is absent: shared/specs is not there")
        yield platform
        platform.problems.clear()


@pytest.mark.parametrize(
    ("session", "more", "problem"),
    [
        ({"state": "finished"}, {}, "finished"),
        ({"cartItems": [{"sku": "MUG"}]}, {}, "quantity"),
        ({"cartItems": [{"sku": "MUG", "quantity": 0}]}, {}, "minimum"),
        ({"profileID": "p"}, {}, "profileID"),
        ({}, {"responseContents": []}, "responseContents"),
        ({}, {"responseContent": ["everything"]}, "everything"),
    ],
)
def test_request_against_the_description_is_refused(platform, session, more, problem):
    status, content = put_session(platform, session, **more)
    assert status == 400 and content["errors"]
    assert problem in "\n".join(platform.problems)
    assert not platform.application.sessions


def test_closed_session_is_not_closed_again(platform):
    session = {"profileId": "p", "state": "closed"}
    assert put_session(platform, session)[0] == 200
    status, content = put_session(platform, session)
    assert status == 400 and "closed to closed" in content["errors"][0]["title"]


def test_rule_that_would_overdraw_has_no_effect(platform):
    session = {
        "profileId": "p",
        "state": "closed",
        "attributes": {"retail_spend_points": 1},
    }
    status, content = put_session(platform, session)
    assert (status, content["effects"]) == (200, [])
