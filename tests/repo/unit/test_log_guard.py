"""Statement values stay out of the log."""

from __future__ import annotations

import logging

import pytest

from retail_integration_base.tools.log_guard import SqlValueFilter


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
