"""The comparison against a simple oracle in Python, over generated lists."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.reconciliation_compare import DIFFERENCES
from ..tools.reconciliation import Column

COLUMNS = [
    Column("store", role="key"),
    Column("number", role="key"),
    Column("total", kind="number", tolerance_abs=Decimal("0.05")),
    Column("tax", kind="number", tolerance_pct=Decimal(10)),
    Column("status"),
    Column("note", role="info"),
]
MONEY = st.none() | st.decimals(-20, 20, places=2)
ROW = st.tuples(
    st.sampled_from("AB"),
    st.sampled_from("123456"),
    MONEY,
    MONEY,
    st.sampled_from(["paid", "open", None]),
    st.sampled_from(["x", None]),
    st.booleans(),
)
LISTS = st.lists(ROW, max_size=14)


def oracle(here: list[tuple], there: list[tuple]) -> dict[tuple, str]:
    """Return what differs, key by key, in the plainest way."""
    ours, theirs = defaultdict(list), defaultdict(list)
    for row in here:
        ours[row[:2]].append(row)
    for row in there:
        theirs[row[:2]].append(row)
    found = {}
    for key in ours.keys() | theirs.keys():
        mine, yours = ours[key], theirs[key]
        if not yours:
            if not all(row[6] for row in mine):
                found[key] = "missing_there"
        elif not mine:
            found[key] = "missing_here"
        elif len(mine) > 1:
            found[key] = "duplicate_here"
        elif len(yours) > 1:
            found[key] = "duplicate_there"
        elif differs(mine[0], yours[0]):
            found[key] = "differs"
    return found


def differs(mine: tuple, yours: tuple) -> bool:
    """Tell whether total (0.05), tax (10 %) or status differ."""
    total = beyond(mine[2], yours[2], Decimal("0.05"))
    tax = beyond(mine[3], yours[3], abs(mine[3] or 0) / 10)
    return total or tax or mine[4] != yours[4]


def beyond(mine: Decimal | None, yours: Decimal | None, tolerance: Decimal) -> bool:
    """Tell whether two numbers are further apart than that, or one is missing."""
    if mine is None or yours is None:
        return mine is not yours
    return abs(mine - yours) > tolerance


def as_query(rows: list[tuple]) -> SQL:
    """Return the rows as a SELECT."""
    empty = (None,) * 7
    return SQL(
        "SELECT store::text, number::text, total::numeric, tax::numeric, status::text,"
        " note::text, optional::boolean AS is_optional, NULL::int AS res_id"
        " FROM (VALUES %s) AS v (store, number, total, tax, status, note, optional)"
        " WHERE store IS NOT NULL",
        SQL(", ").join(SQL("%s", row) for row in [empty, *rows]),
    )


@tagged("post_install", "-at_install")
class TestCompare(TransactionCase):
    def compare(self, here: list[tuple], there: list[tuple]):
        engine = self.env["retail.reconciliation.compare"]
        return engine._compare(as_query(here), as_query(there), COLUMNS)

    def found(self) -> dict[tuple, str]:
        rows = self.env.execute_query(
            SQL("SELECT key, kind FROM %s", SQL.identifier(DIFFERENCES))
        )
        return {tuple(key.split(" / ")): kind for key, kind in rows}

    def test_exactly_the_differences_are_reported_whatever_the_lists(self):
        @settings(
            max_examples=150,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        @given(here=LISTS, there=LISTS)
        def check(here, there):
            result = self.compare(here, there)
            self.assertEqual(self.found(), oracle(here, there))
            self.assertEqual(result.here.count, len(here))
            self.assertEqual(result.there.count, len(there))
            total = sum((row[2] or 0 for row in there), Decimal(0))
            self.assertEqual(Decimal(result.there.sums["total"]), total)

        check()

    def test_key_that_fills_both_lists_is_one_difference(self):
        # Joined as they are, these would be four million rows.
        row = ("A", "1", Decimal("10.00"), Decimal("2.00"), "paid", "x", False)
        result = self.compare([row] * 2000, [row] * 2000)
        self.assertEqual(result.counts, {"duplicate_here": 1})
        self.assertEqual(result.matched, 0)

    def test_difference_says_what_differs_and_by_how_much(self):
        one = ("A", "1", Decimal("10.00"), Decimal("2.00"), "paid", "x", False)
        other = ("A", "1", Decimal("12.50"), Decimal("2.00"), "open", "y", False)
        result = self.compare([one], [other])
        self.assertEqual(result.counts, {"differs": 1})
        rows = self.env.execute_query(
            SQL(
                "SELECT differing, amount, here->>'total', there->>'status' FROM %s",
                SQL.identifier(DIFFERENCES),
            )
        )
        self.assertEqual(rows, [("total, status", Decimal("2.50"), "10.00", "open")])
