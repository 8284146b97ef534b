"""What two lists are compared by: columns, their kinds and tolerances. Pure.

Called by ``retail.reconciliation.*``. The comparison itself is one SQL statement
(``models/reconciliation_compare.py``); nothing here sees a row.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal

from .errors import ReconciliationUnreadable

#: in the order in which they matter to people
CLASSES = (
    "missing_here",
    "missing_there",
    "differs",
    "duplicate_here",
    "duplicate_there",
)
DELIMITERS = ",;\t|"
HEADER_BYTES_MAX = 64 * 1024
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Column:
    """One column of both lists.

    :param kind: ``text``, ``number`` or ``date`` (the day only)
    :param role: ``key`` (identifies a row), ``compare``, or ``info`` (shown only)
    :param path: what it is called there: a header, or a dotted path into an object
    :param tolerance_abs: numbers may differ by this much …
    :param tolerance_pct: … or by this share of our value, whichever is more
    """

    name: str
    kind: str = "text"
    role: str = "compare"
    path: str = ""
    tolerance_abs: Decimal = Decimal(0)
    tolerance_pct: Decimal = Decimal(0)

    @property
    def path_there(self) -> str:
        """Their name of the column; ours unless they have another."""
        return self.path or self.name


def keys_of(columns: list[Column]) -> list[Column]:
    """Return the columns that identify a row.

    :raises ReconciliationUnreadable: there is none, or two share a name
    """
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        raise ReconciliationUnreadable("a column is named twice in the rule")
    keys = [column for column in columns if column.role == "key"]
    if not keys:
        raise ReconciliationUnreadable("the rule names no key column")
    return keys


def read_header(head: bytes) -> tuple[list[str], str]:
    """Return the column names of a CSV file and its delimiter.

    :param head: the first bytes of the file, with the whole first line
    :raises ReconciliationUnreadable: no header, not UTF-8, or a name twice
    """
    line = head[:HEADER_BYTES_MAX].partition(b"\n")[0]
    try:
        text = line.decode().removeprefix(BYTE_ORDER_MARK).rstrip("\r")
    except UnicodeDecodeError as error:
        raise ReconciliationUnreadable("the file is not UTF-8") from error
    delimiter = max(DELIMITERS, key=text.count)
    fields = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    names = [name.strip() for name in fields]
    if not any(names):
        raise ReconciliationUnreadable("the file has no header line")
    doubles = {name for name in names if names.count(name) > 1}
    if doubles:
        raise ReconciliationUnreadable(f"columns named twice: {', '.join(doubles)}")
    return names, delimiter


def check_header(names: list[str], columns: list[Column]) -> None:
    """See to it that a file has every column that the rule names.

    :raises ReconciliationUnreadable: names those that are missing
    """
    missing = [c.path_there for c in columns if c.path_there not in names]
    if missing:
        raise ReconciliationUnreadable(
            f"the file has no column {', '.join(missing)}; it has {', '.join(names)}"
        )
