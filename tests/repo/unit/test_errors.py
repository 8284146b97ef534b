"""The error tree: codes, decisions, classification."""

from __future__ import annotations

import re

import psycopg2
import pytest
import requests

from retail_integration_base.tools import errors
from retail_integration_base.tools.error_subscription import SubscriptionRefused
from retail_integration_base.tools.errors import ALL_CODES, RetailError

HTTP_STATUS = {
    "RET-1001": 401,
    "RET-1002": 503,
    "RET-1101": 400,
    "RET-1102": 415,
    "RET-1103": 413,
    "RET-1104": 422,
    "RET-1105": 422,
    "RET-1201": 422,
    "RET-1202": 422,
    "RET-1203": 422,
    "RET-1301": 409,
    "RET-1801": 500,
    "RET-1802": 503,
    "RET-2001": 503,
    "RET-2002": 429,
    "RET-2003": 503,
    "RET-2004": 503,
    "RET-2010": 500,
    "RET-2101": 422,
    "RET-2102": 422,
    "RET-3001": 500,
    "RET-3002": 500,
    "RET-3003": 500,
}
WITH_OWN_ARGUMENTS = {
    errors.PayloadInvalid: ("/data/lines/3/qty", "negative"),
    errors.MappingMissing: ("sku", "MUG-9"),
    SubscriptionRefused: ("/url", "no address of the outside"),
    errors.ConnectorNotImplemented: ("retail.connector.x", "send"),
}


def make(cls: type[RetailError]) -> RetailError:
    return cls(*WITH_OWN_ARGUMENTS.get(cls, ("what happened",)))


def test_every_code_has_one_class_and_one_status():
    known = {code: cls.http_status for code, cls in ALL_CODES.items()}
    assert {code: known[code] for code in HTTP_STATUS} == HTTP_STATUS


@pytest.mark.parametrize("cls", ALL_CODES.values(), ids=lambda cls: cls.code)
def test_every_error_explains_itself(cls):
    error = make(cls)
    assert re.fullmatch(r"RET-\d{4}", error.code)
    assert error.title != RetailError.title
    assert error.problem_type == f"/retail/v1/errors/{error.code}"
    assert error.code in str(error)
    assert error.retry is issubclass(cls, errors.RetryableError)
    assert error.category


@pytest.mark.parametrize(
    "abstract", [RetailError, errors.RetryableError, errors.PermanentError]
)
def test_abstract_errors_cannot_be_raised(abstract):
    with pytest.raises(TypeError, match="abstract"):
        abstract("what happened")


def test_a_code_belongs_to_one_class():
    with pytest.raises(TypeError, match="RET-1104 belongs to PayloadInvalid"):

        class Twin(errors.PermanentError):
            """Takes a code that is in use."""

            code = "RET-1104"


def test_an_instance_may_decide_otherwise():
    error = errors.RejectedByRemote(
        "refused", code="RET-2199", retry=True, retry_after_s=5, context={"status": 409}
    )
    assert (error.code, error.retry, error.retry_after_s) == ("RET-2199", True, 5)
    assert error.context == {"status": 409}
    assert errors.RejectedByRemote.code == "RET-2101"
    assert errors.RejectedByRemote.retry is False


def test_context_is_not_shared_between_errors():
    facts = {"a": 1}
    error = errors.Conflict("x", context=facts)
    error.context["b"] = 2
    assert facts == {"a": 1}
    assert errors.Conflict("y").context == {}


def test_invalid_payload_names_the_field():
    error = errors.PayloadInvalid("/data/lines/3/qty", "negative: -2")
    assert error.message == "/data/lines/3/qty: negative: -2"
    assert error.errors == [{"pointer": "/data/lines/3/qty", "detail": "negative: -2"}]
    assert isinstance(error, ValueError)


def test_missing_mapping_says_what_to_do():
    error = errors.MappingMissing("sku", "MUG-9")
    assert "map it, then replay" in error.message
    assert error.context == {"kind": "sku", "value": "MUG-9"}


class PgError(Exception):
    """Looks like an error of the database driver."""

    def __init__(self, pgcode: str) -> None:
        super().__init__("could not serialize access: secret row values")
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("foreign", "ours", "unknown_outcome"),
    [
        (requests.exceptions.ConnectTimeout(), errors.RemoteUnavailable, False),
        (ConnectionRefusedError(), errors.RemoteUnavailable, False),
        (requests.exceptions.ReadTimeout(), errors.RemoteUnavailable, True),
        (requests.exceptions.ConnectionError(), errors.RemoteUnavailable, True),
        (requests.exceptions.ChunkedEncodingError(), errors.RemoteUnavailable, True),
        (TimeoutError(), errors.RemoteUnavailable, True),
        (ConnectionResetError(), errors.RemoteUnavailable, True),
        (PgError("40001"), errors.ConcurrentUpdate, None),
        (PgError("40P01"), errors.ConcurrentUpdate, None),
        (PgError("23505"), errors.ConcurrentUpdate, None),
        (PgError("23514"), errors.HandlerFailed, None),
        (KeyError("x"), errors.HandlerFailed, None),
        (ValueError("hush"), errors.HandlerFailed, None),
        (RecursionError(), errors.HandlerFailed, None),
    ],
)
def test_foreign_exceptions_become_ours(foreign, ours, unknown_outcome):
    error = errors.classify(foreign)
    assert type(error) is ours
    assert error.__cause__ is foreign
    assert error.retry
    assert error.context["exception"] == type(foreign).__name__
    assert error.context.get("unknown_outcome") is unknown_outcome
    assert "hush" not in str(error)
    assert "secret" not in str(error)


def test_our_own_pass_untouched():
    error = errors.Conflict("x")
    assert errors.classify(error) is error


@pytest.mark.parametrize(
    ("pgcode", "lost"),
    [
        ("08006", True),
        ("57P01", True),
        ("53100", True),  # no space left on device
        ("53300", True),  # too many connections
        ("58030", True),  # input or output error
        ("22001", False),
        ("40001", False),
        ("55P03", False),
    ],
)
def test_database_that_cannot_record_is_told_from_a_faulty_statement(pgcode, lost):
    refused = type("Refused", (psycopg2.OperationalError,), {"pgcode": pgcode})
    assert errors.connection_lost(refused()) is lost
