"""Errors as callers see them."""

from __future__ import annotations

import json

import pytest
from pure_factories import line, make_order, make_receipt

from retail_integration_base.schemas import registry
from retail_integration_base.tools import errors
from retail_integration_base.tools.problem import ERRORS_MAX, json_pointer, problem

RECEIPT = "retail.pos.receipt.v1"


def refusal(data, topic=RECEIPT):
    with pytest.raises(errors.PayloadInvalid) as caught:
        registry.validate(topic, data)
    return caught.value


def test_a_problem_has_the_members_of_rfc_9457():
    error = errors.PayloadInvalid("/data/lines/3/qty", "negative")
    assert problem(error, instance="/retail/v1/x", correlation_id="c-1") == {
        "type": "/retail/v1/errors/RET-1104",
        "title": "Payload invalid",
        "status": 422,
        "detail": "/data/lines/3/qty: negative",
        "instance": "/retail/v1/x",
        "code": "RET-1104",
        "correlation_id": "c-1",
        "errors": [{"pointer": "/data/lines/3/qty", "detail": "negative"}],
    }


def test_what_is_ours_stays_inside():
    for error in (
        errors.HandlerFailed("psycopg2: secret values"),
        errors.ConfigurationError("the key in /etc/odoo.conf"),
        errors.KeyRingMissing("set RETAIL_SECRET_KEYS"),
    ):
        body = problem(error)
        assert body["detail"] == body["title"] == error.title
        assert error.message not in json.dumps(body)


def test_an_authentication_problem_tells_no_reason():
    body = problem(errors.AuthenticationError("no", context={"reason": "stale"}))
    assert "stale" not in json.dumps(body)


def test_every_finding_has_a_pointer():
    data = make_receipt(lines=2, sequence="160")
    data["lines"][1]["qty"] = 2
    del data["totals"]["grand"]
    error = refusal(data)
    assert [found["pointer"] for found in error.errors] == [
        "/data/sequence",
        "/data/lines/1/qty",
        "/data/totals/grand",
    ]
    assert error.pointer == "/data/sequence"
    assert "(and 2 more)" in error.message


def test_the_offending_value_is_shown_where_it_helps():
    error = refusal(make_receipt(lines=1, type="refund"))
    assert "(got 'refund')" in error.errors[0]["detail"]
    assert "'sale'" in error.errors[0]["detail"]


def test_long_values_are_cut():
    error = refusal(make_receipt(store="x" * 5000))
    assert len(error.errors[0]["detail"]) < 200


@pytest.mark.parametrize(
    ("data", "topic"),
    [
        (make_receipt(customer={"email": 4711_4711}), RECEIPT),
        (make_receipt(customer={"phone": "4711" * 20}), RECEIPT),
        (make_receipt(operator=4711), RECEIPT),
        (make_order(billing={"name": 4711}), "retail.order.placed.v1"),
        (make_order(customer="4711"), "retail.order.placed.v1"),
    ],
)
def test_personal_values_are_never_shown(data, topic):
    error = refusal(data, topic)
    assert "4711" not in json.dumps(problem(error))


def test_no_more_than_twenty_findings_are_told():
    error = refusal(make_receipt(lines=1) | {"lines": [line(0) for _ in range(50)]})
    body = problem(error)
    assert len(body["errors"]) == ERRORS_MAX
    assert "(and 49 more)" in body["detail"]


def test_something_else_than_an_object_is_refused():
    for value in (None, [], "x", 1):
        assert refusal(value).pointer == "/data"


def test_pointers_are_escaped():
    assert json_pointer(("a/b", "m~n", 0), "/data") == "/data/a~1b/m~0n/0"


def test_given_findings_win():
    body = problem(errors.MalformedBody("x"), errors=[{"pointer": "", "detail": "y"}])
    assert body["errors"] == [{"pointer": "", "detail": "y"}]
