"""Keeps statement values out of the log.

Odoo logs a failing SQL statement with its values at ERROR, so one serialization
conflict would print a customer's data. Installed on the log handlers by ``hooks.py``.
"""

from __future__ import annotations

import logging
import re

_TABLE = re.compile(r"\b(INTO|UPDATE|FROM)\s+\"?(\w+)", re.IGNORECASE)


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
