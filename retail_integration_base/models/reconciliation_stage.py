"""``retail.reconciliation.stage``: the partner's list, in a table of its own per run.

UNLOGGED: it is read once and dropped; after a crash of PostgreSQL it is empty and is
filled again. Rows come by COPY or as one JSON array per page, never one by one.
"""

from typing import BinaryIO

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ..tools.errors import ReconciliationUnreadable
from ..tools.reconciliation import HEADER_BYTES_MAX, Column, check_header, read_header

TYPES = {"text": "text", "number": "numeric", "date": "text"}
NUMBER = r"^[+-]?\d{1,20}(\.\d{1,30})?$"
DAY = r"^\d{4}-\d{2}-\d{2}"
KEY_CHARS_MAX = 255  # keys are indexed
NOTHING = SQL("NULL")
RAW = "retail_reconciliation_raw"


class RetailReconciliationStage(models.AbstractModel):
    _name = "retail.reconciliation.stage"
    _description = "Staging of a Reconciliation"

    @api.model
    def _name_of(self, run_id: int) -> SQL:
        return SQL.identifier(f"retail_reconciliation_stage_{int(run_id)}")

    @api.model
    def _create(self, run_id: int, columns: list[Column]) -> None:
        """Make the run's table anew, empty."""
        self._drop(run_id)
        shown = [
            SQL("%s %s", SQL.identifier(c.name), SQL(TYPES[c.kind])) for c in columns
        ]
        self.env.cr.execute(
            SQL(
                "CREATE UNLOGGED TABLE %s (%s, raw text)",
                self._name_of(run_id),
                SQL(", ").join(shown),
            )
        )

    @api.model
    def _drop(self, run_id: int) -> None:
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", self._name_of(run_id)))

    @api.model
    def _count(self, run_id: int) -> int | None:
        """Return the rows of the run's table, ``None`` if it is gone."""
        rows = self.env.execute_query(
            SQL("SELECT to_regclass(%s)", f"retail_reconciliation_stage_{int(run_id)}")
        )
        if rows[0][0] is None:
            return None
        return self.env.execute_query(
            SQL("SELECT count(*) FROM %s", self._name_of(run_id))
        )[0][0]

    @api.model
    def _select(self, run_id: int, columns: list[Column]) -> SQL:
        """Return the partner's side for the comparison."""
        shown = [SQL.identifier(column.name) for column in columns]
        return SQL("SELECT %s FROM %s", SQL(", ").join(shown), self._name_of(run_id))

    # --- filling --------------------------------------------------------------------

    @api.model
    def _add_items(
        self, run_id: int, columns: list[Column], items: str, *, keep: bool = False
    ) -> int:
        """Add a page of objects.

        :param items: a JSON array, as text
        :param keep: keep each object whole, to fetch what is missing here
        :return: how many values could not be read as what the rule says they are
        """
        source = SQL("jsonb_array_elements(%s::jsonb) AS line(value)", items)
        whole = SQL("line.value::text") if keep else SQL("NULL")
        return self._insert(run_id, columns, source, _of_objects(columns), whole)

    @api.model
    def _add_file(
        self, run_id: int, columns: list[Column], file: BinaryIO, *, comma: bool
    ) -> int:
        """Add a CSV or NDJSON file, streamed into PostgreSQL.

        :param comma: numbers are written 1.234,56
        :return: how many values could not be read as what the rule says they are
        :raises ReconciliationUnreadable: says which column or line is wrong
        """
        head = file.read(HEADER_BYTES_MAX)
        file.seek(0)
        try:
            with self.env.cr.savepoint():
                if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
                    self._copy_lines(file)
                    source = SQL(
                        "(SELECT line::jsonb AS value FROM %s"
                        " WHERE btrim(line) <> '') line",
                        SQL.identifier(RAW),
                    )
                    values = _of_objects(columns)
                else:
                    names = self._copy_csv(file, head, columns)
                    source = SQL("%s line", SQL.identifier(RAW))
                    values = _of_table(columns, names)
                if comma:
                    values = _with_comma(columns, values)
                return self._insert(run_id, columns, source, values)
        except (psycopg2.DataError, psycopg2.errors.ProgramLimitExceeded) as error:
            place = (error.diag.context or "").partition("\n")[0]
            raise ReconciliationUnreadable(
                f"{error.diag.message_primary} ({place[:200]})"
            ) from error

    def _copy_lines(self, file: BinaryIO) -> None:
        self._make_raw(["line"])
        # A quote and a delimiter that no text holds: each line stays as it is.
        self._copy(file, "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'")

    def _copy_csv(
        self, file: BinaryIO, head: bytes, columns: list[Column]
    ) -> dict[str, str]:
        """Copy the file as text; return their column name -> column of ``RAW``."""
        names, delimiter = read_header(head)
        check_header(names, columns)
        places = {name: f"c{position}" for position, name in enumerate(names)}
        self._make_raw(list(places.values()))
        self._copy(
            file, f"FORMAT csv, HEADER true, DELIMITER E'\\x{ord(delimiter):02x}'"
        )
        return places

    def _make_raw(self, names: list[str]) -> None:
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(RAW)))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP",
                SQL.identifier(RAW),
                SQL(", ").join(SQL("%s text", SQL.identifier(name)) for name in names),
            )
        )

    def _copy(self, file: BinaryIO, options: str) -> None:
        # psycopg2 streams the file in blocks: it never is in memory as a whole.
        self.env.cr._obj.copy_expert(
            f"COPY {RAW} FROM STDIN WITH ({options}, ENCODING 'UTF8')", file
        )

    def _insert(
        self,
        run_id: int,
        columns: list[Column],
        source: SQL,
        values: list[SQL],
        whole: SQL = NOTHING,
    ) -> int:
        """Add rows in the kinds of their columns; return how many were unreadable."""
        pairs = list(zip(columns, values, strict=True))
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s SELECT %s, %s FROM %s",
                self._name_of(run_id),
                SQL(", ").join(_typed(column, value) for column, value in pairs),
                whole,
                source,
            ),
            # A partner's unreadable list is no error of ours.
            log_exceptions=False,
        )
        doubtful = [
            SQL("count(*) FILTER (WHERE btrim(%s) <> '' AND %s IS NULL)", value, typed)
            for column, value in pairs
            if column.kind != "text"
            for typed in [_typed(column, value)]
        ]
        if not doubtful:
            return 0
        return self.env.execute_query(
            SQL("SELECT %s FROM %s", SQL(" + ").join(doubtful), source)
        )[0][0]


def _of_objects(columns: list[Column]) -> list[SQL]:
    return [SQL("(line.value #>> %s)", c.path_there.split(".")) for c in columns]


def _of_table(columns: list[Column], places: dict[str, str]) -> list[SQL]:
    return [SQL("line.%s", SQL.identifier(places[c.path_there])) for c in columns]


def _with_comma(columns: list[Column], values: list[SQL]) -> list[SQL]:
    return [
        SQL("replace(replace(%s, '.', ''), ',', '.')", value)
        if column.kind == "number"
        else value
        for column, value in zip(columns, values, strict=True)
    ]


def _typed(column: Column, value: SQL) -> SQL:
    """Return the value in its column's kind; NULL where it is not one of that kind."""
    trimmed = SQL("btrim(%s)", value)
    if column.kind == "number":
        return SQL("CASE WHEN %s ~ %s THEN %s::numeric END", trimmed, NUMBER, trimmed)
    if column.kind == "date":
        return SQL("CASE WHEN %s ~ %s THEN left(%s, 10) END", trimmed, DAY, trimmed)
    if column.role == "key":
        return SQL("COALESCE(left(%s, %s), '')", trimmed, KEY_CHARS_MAX)
    return SQL("NULLIF(%s, '')", trimmed)
