"""Keeps personal values out of the log.

Odoo logs a failing SQL statement with its values at ERROR, so one serialization
conflict would print a customer's data; and the web server logs each address with its
query, which may name a phone. Installed on the log handlers by ``hooks.py``.
"""

from __future__ import annotations

import logging
import re

_TABLE = re.compile(r"\b(INTO|UPDATE|FROM)\s+\"?(\w+)", re.IGNORECASE)

# The value of each parameter of our own addresses; names tell enough.
_OURS = re.compile(r" /retail/[^ ?]*\?")
_VALUE = re.compile(r"(?<==)[^&# ]+")


class SqlValueFilter(logging.Filter):
    """Reduces ``odoo.sql_db``'s "bad query" records to table and error class.

    The database's own message goes too: its DETAIL line repeats the values. Drops no
    record and never raises.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record; always keep it."""
        if record.name == "odoo.sql_db" and str(record.msg).startswith("bad query"):
            statement, error = (*(record.args or ()), None, None)[:2]
            table = _TABLE.search(str(statement))
            record.msg = "bad query on %s: %s (values withheld)"
            record.args = (table[2] if table else "?", type(error).__name__)
        return True


class QueryValueFilter(logging.Filter):
    """Takes the values out of addresses of ours in the web server's lines.

    Drops no record and never raises.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the address; always keep the record."""
        if record.name == "werkzeug" and isinstance(record.args, tuple) and record.args:
            line, *others = record.args
            found = _OURS.search(line) if isinstance(line, str) else None
            if found:
                # What stands behind the address (" HTTP/1.1") holds no "=".
                masked = line[: found.end()] + _VALUE.sub("***", line[found.end() :])
                record.args = (masked, *others)
        return True
