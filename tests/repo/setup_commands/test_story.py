"""The demo's story judges honestly: a lost, doubled or changed sale is a red check."""

import io
from dataclasses import replace
from decimal import Decimal

import pytest

from story.narrator import Narrator
from story.oracle import Oracle, Sale, totals_text

SALE = Sale("c-1", "12/1/1", "sale", "EUR", Decimal("9.95"))
RETURN = Sale("c-2", "12/1/2", "return", "EUR", Decimal("-4.00"))


def test_same_sales_make_no_difference():
    assert Oracle().differences([RETURN, SALE], [SALE, RETURN]) == []


@pytest.mark.parametrize(
    "held",
    [
        [],
        [SALE, SALE],
        [replace(SALE, total=Decimal("9.96"))],
        [replace(SALE, currency="USD")],
        [replace(SALE, kind="return")],
    ],
)
def test_lost_doubled_or_changed_sale_is_found(held):
    assert len(Oracle().differences(held, [SALE])) == 1


def test_sums_are_told_per_currency():
    dollars = replace(SALE, currency="USD", total=Decimal("1234.5"))
    assert totals_text([SALE, RETURN, dollars]) == "5.95 EUR and 1,234.50 USD"


def test_story_is_green_only_if_every_check_is():
    out = io.StringIO()
    narrator = Narrator(out)
    assert narrator.check("Answer", 202, 202)
    assert not narrator.check("Sales", 3, 2)
    assert not narrator.close()
    assert "WRONG     Sales: 2, expected 3" in out.getvalue()
    assert out.getvalue().endswith("Story: 1 checks green, 1 RED\n")


def test_story_without_checks_is_not_green():
    assert not Narrator(io.StringIO()).close()


def test_waiting_ends_when_it_is_there_or_when_time_is_over():
    narrator = Narrator(io.StringIO())
    assert narrator.wait("sales", 2, iter([0, 1, 2]).__next__, 5) == 2
    assert narrator.wait("sales", 2, lambda: 1, 0.2) == 1


def test_story_leaves_no_colours_in_a_file():
    out = io.StringIO()
    narrator = Narrator(out)
    narrator.chapter("Morning")
    narrator.look("http://localhost:8069/odoo")
    narrator.check("Answer", True, True)
    narrator.close()
    assert "\033" not in out.getvalue()
