"""``retail.reconciliation.compare``: two lists, one FULL OUTER JOIN, the differences.

Knows rows and columns, not rules and people. Both sides are SQL (a query over our
records, a staging table of theirs); no row passes through Python, so memory and time
are PostgreSQL's (decision 29). Called by ``retail.reconciliation.run``.
"""

from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from ..tools.reconciliation import Column, keys_of

#: Enough for hashing a million keys without temporary files.
WORK_MEM = "256MB"
DIFFERENCES = "retail_reconciliation_difference"
#: Joins the parts of a key into one text; cannot occur in a list (NUL aside, the
#: rarest control character).
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Totals:
    """Control totals of one side: rows, and the sum of each number."""

    count: int
    sums: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """What came out; the differences are in the table ``DIFFERENCES``."""

    here: Totals
    there: Totals
    counts: dict[str, int]
    matched: int

    @property
    def differences(self) -> int:
        """How many keys differ in any way."""
        return sum(self.counts.values())


class RetailReconciliationCompare(models.AbstractModel):
    _name = "retail.reconciliation.compare"
    _description = "Comparison of two Lists"

    @api.model
    def _compare(self, here: SQL, there: SQL, columns: list[Column]) -> Comparison:
        """Compare two lists; leave the differences in ``DIFFERENCES`` (temporary).

        :param here: a SELECT with a column per ``columns``, ``res_id`` (or NULL) and
            ``is_optional`` (nobody expects the row there)
        :param there: a SELECT with a column per ``columns``
        """
        self.env.cr.execute(SQL("SET LOCAL work_mem = %s", WORK_MEM))
        ours, theirs = self._totals(here, columns), self._totals(there, columns)
        once = [_once(here, columns, "h"), _once(there, columns, "t")]
        rows = self._join(*once, columns, limit=ours.count + theirs.count + 1)
        # A key that occurs twice and has a partner meets it twice.
        if rows != (ours.count, theirs.count) or self._has_twins():
            grouped = [_grouped(here, columns, "h"), _grouped(there, columns, "t")]
            self._join(*grouped, columns, limit=None)
        counts, differing_there = self._counts()
        return Comparison(
            here=ours,
            there=theirs,
            counts=counts,
            matched=theirs.count - differing_there,
        )

    def _join(
        self, here: SQL, there: SQL, columns: list[Column], *, limit: int | None
    ) -> tuple[int, int]:
        """Fill ``DIFFERENCES``; return how many joined rows have a row of each side.

        Grouping a side costs more than joining both, and is only needed where a key
        occurs twice.

        :param limit: more joined rows than two lists without twins can have are not
            made: a thousand twins on both sides would make a million
        """
        cr = self.env.cr
        table = SQL.identifier(DIFFERENCES)
        joined = _joined(here, there, columns, limit)
        found = _found(columns)
        cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s ON COMMIT DROP AS WITH %s %s WITH NO DATA",
                table,
                joined,
                found,
            )
        )
        cr.execute(
            SQL(
                "WITH %s, found AS (INSERT INTO %s %s)"
                " SELECT count(h_count), count(t_count) FROM joined",
                joined,
                table,
                found,
            )
        )
        return cr.fetchone()

    def _has_twins(self) -> bool:
        """Tell whether a key without a partner occurs twice."""
        self.env.cr.execute(
            SQL(
                "SELECT EXISTS (SELECT FROM %s GROUP BY key_parts HAVING count(*) > 1)",
                SQL.identifier(DIFFERENCES),
            )
        )
        return self.env.cr.fetchone()[0]

    def _counts(self) -> tuple[dict[str, int], int]:
        """Return keys per class, and how many of their rows those are."""
        self.env.cr.execute(
            SQL(
                "SELECT kind, count(*), COALESCE(sum(t_count), 0)::int FROM %s"
                " GROUP BY kind",
                SQL.identifier(DIFFERENCES),
            )
        )
        rows = self.env.cr.fetchall()
        return {kind: n for kind, n, _rows in rows}, sum(row[2] for row in rows)

    def _totals(self, side: SQL, columns: list[Column]) -> Totals:
        numbers = [column.name for column in columns if column.kind == "number"]
        sums = [SQL("sum(s.%s)::text", SQL.identifier(name)) for name in numbers]
        self.env.cr.execute(
            SQL("SELECT %s FROM (%s) s", SQL(", ").join([SQL("count(*)"), *sums]), side)
        )
        count, *values = self.env.cr.fetchone()
        return Totals(
            count, dict(zip(numbers, (v or "0" for v in values), strict=True))
        )


def _joined(here: SQL, there: SQL, columns: list[Column], limit: int | None) -> SQL:
    """Name both sides and their join, which is made once and read twice."""
    values = [column for column in columns if column.role != "key"]
    return SQL(
        """h AS (%s), t AS (%s), joined AS MATERIALIZED (
               SELECT h.*, t.*, %s AS kind FROM h FULL OUTER JOIN t ON %s LIMIT %s)""",
        here,
        there,
        _kind(values),
        _all(SQL("%s = %s", _col("h", k), _col("t", k)) for k in keys_of(columns)),
        limit,
    )


def _found(columns: list[Column]) -> SQL:
    """Select what differs from the joined rows, as people are shown it."""
    keys = keys_of(columns)
    values = [column for column in columns if column.role != "key"]
    return SQL(
        """SELECT kind, %(key)s AS key, %(key_parts)s AS key_parts,
                  h_count, t_count, h_res_id AS res_id,
                  %(own)s AS here, %(other)s AS there,
                  %(names)s AS differing, %(amount)s AS amount
             FROM joined
            WHERE kind IS NOT NULL""",
        key=SQL("concat_ws(' / ', %s)", SQL(", ").join(map(_either, keys))),
        key_parts=SQL("concat_ws(%s, %s)", SEPARATOR, _list(map(_either, keys))),
        own=_as_json("h", columns),
        other=_as_json("t", columns),
        names=_differing_names(values),
        amount=_amount(values),
    )


def _once(side: SQL, columns: list[Column], prefix: str) -> SQL:
    """Each row as if its key occurred once."""
    shown = [SQL("1::bigint AS %s", SQL.identifier(f"{prefix}_count"))]
    if prefix == "h":
        shown += [SQL("s.res_id AS h_res_id"), SQL("s.is_optional AS h_optional")]
    shown += [
        SQL("s.%s AS %s", SQL.identifier(column.name), _col(prefix, column))
        for column in columns
    ]
    return SQL("SELECT %s FROM (%s) s", _list(shown), side)


def _grouped(side: SQL, columns: list[Column], prefix: str) -> SQL:
    """One row per key: how often it occurs, and its (only) values."""
    shown = [SQL("count(*) AS %s", SQL.identifier(f"{prefix}_count"))]
    if prefix == "h":
        shown += [
            SQL("min(s.res_id) AS h_res_id"),
            SQL("bool_and(s.is_optional) AS h_optional"),
        ]
    for column in columns:
        name = SQL.identifier(column.name)
        value = SQL("s.%s", name) if column.role == "key" else SQL("min(s.%s)", name)
        shown.append(SQL("%s AS %s", value, _col(prefix, column)))
    return SQL(
        "SELECT %s FROM (%s) s GROUP BY %s",
        _list(shown),
        side,
        _list(SQL("s.%s", SQL.identifier(k.name)) for k in keys_of(columns)),
    )


def _col(prefix: str, column: Column) -> SQL:
    return SQL.identifier(f"{prefix}_{column.name}")


def _list(parts: object) -> SQL:
    return SQL(", ").join(parts)


def _all(conditions: object) -> SQL:
    return SQL(" AND ").join(conditions)


def _either(column: Column) -> SQL:
    return SQL("COALESCE(%s, %s)", _col("h", column), _col("t", column))


def _kind(values: list[Column]) -> SQL:
    """Absence first: what is on one side only is not called a duplicate."""
    compared = [_differs(column) for column in values if column.role == "compare"]
    return SQL(
        """CASE WHEN t_count IS NULL THEN
                     CASE WHEN NOT h_optional THEN 'missing_there' END
                WHEN h_count IS NULL THEN 'missing_here'
                WHEN h_count > 1 THEN 'duplicate_here'
                WHEN t_count > 1 THEN 'duplicate_there'
                WHEN %s THEN 'differs' END""",
        SQL(" OR ").join(compared) if compared else SQL("FALSE"),
    )


def _differs(column: Column) -> SQL:
    h, t = _col("h", column), _col("t", column)
    if column.kind != "number" or not (column.tolerance_abs or column.tolerance_pct):
        return SQL("(%s IS DISTINCT FROM %s)", h, t)
    return SQL(
        "((%(h)s IS NULL) <> (%(t)s IS NULL) OR abs(%(h)s - %(t)s)"
        " > greatest(%(tolerance)s::numeric, abs(%(h)s) * %(share)s::numeric / 100))",
        h=h,
        t=t,
        tolerance=str(column.tolerance_abs),
        share=str(column.tolerance_pct),
    )


def _differing_names(values: list[Column]) -> SQL:
    parts = [
        SQL("CASE WHEN %s THEN %s END", _differs(column), column.name)
        for column in values
        if column.role == "compare"
    ]
    return (
        SQL("CASE WHEN kind = 'differs' THEN concat_ws(', ', %s) END", _list(parts))
        if parts
        else SQL("NULL::text")
    )


def _as_json(prefix: str, columns: list[Column]) -> SQL:
    pairs = [SQL("%s, %s", column.name, _col(prefix, column)) for column in columns]
    return SQL(
        "CASE WHEN %s IS NOT NULL THEN jsonb_build_object(%s) END",
        SQL.identifier(f"{prefix}_count"),
        _list(pairs),
    )


def _amount(values: list[Column]) -> SQL:
    """What is at stake: the largest distance of a compared number."""
    numbers = [c for c in values if c.role == "compare" and c.kind == "number"]
    distances = [
        SQL("abs(COALESCE(%s, 0) - COALESCE(%s, 0))", _col("h", c), _col("t", c))
        for c in numbers
    ]
    return SQL("greatest(%s)", _list(distances)) if distances else SQL("0::numeric")
