"""Statement values stay out of the log."""

from __future__ import annotations

import logging

import pytest

from retail_integration_base.tools.log_guard import QueryValueFilter, SqlValueFilter


class UniqueViolation(Exception):
    """Looks like an error of the database driver."""


def logged(msg, *args: object, name="odoo.sql_db"):
    record = logging.LogRecord(name, logging.ERROR, "p", 1, msg, args, None)
    assert SqlValueFilter().filter(record) is True
    return record.getMessage()


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (
            b"INSERT INTO \"retail_identity\" VALUES ('ada@example.com')",
            "retail_identity",
        ),
        ("update retail_store set name = 'ada@example.com'", "retail_store"),
        ("SELECT 'ada@example.com' FROM x", "x"),
        ("CALL secret('ada@example.com')", "?"),
        (None, "?"),
    ],
)
def test_a_failed_statement_is_named_without_its_values(statement, table):
    error = UniqueViolation("DETAIL: Key (value)=(ada@example.com) already exists.")
    text = logged("bad query: %s\nERROR: %s", statement, error)
    assert text == f"bad query on {table}: UniqueViolation (values withheld)"


def test_other_records_pass_untouched():
    assert logged("bad query: %s", "x", name="odoo.addons") == "bad query: x"
    assert logged("connected to %s", "db") == "connected to db"
    assert logged(ValueError("boom")) == "boom"


def test_a_record_without_arguments_is_kept():
    assert "values withheld" in logged("bad query")


def served(line: str, name: str = "werkzeug") -> str:
    record = logging.LogRecord(
        name, logging.INFO, "", 0, '1.2.3.4 - - "%s" %s %s', (line, "200", "-"), None
    )
    assert QueryValueFilter().filter(record) is True
    return record.getMessage()


def test_values_of_our_addresses_are_not_logged():
    line = "GET /retail/v1/loyalty/members?phone=+32470123456&program=club HTTP/1.1"
    logged = served(line)
    assert "470" not in logged
    assert "/members?phone=***&program=*** HTTP/1.1" in logged


def test_values_with_odd_characters_are_not_logged():
    for value in ("a=b", "\x1b[31m470", "%2B32470", "a;470", "é470"):
        logged = served(f"GET /retail/v1/loyalty/members?card={value} HTTP/1.1")
        assert "470" not in logged
        assert "=b" not in logged


def test_other_lines_of_the_web_server_stay_as_they_are():
    for line in ("GET /web?db=x HTTP/1.1", "GET /retail/v1/topics HTTP/1.1"):
        assert line in served(line)
    assert "x=1" in served("GET /retail/v1/topics?x=1 HTTP/1.1", "odoo.http")
