"""Exact money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools import money
from retail_integration_base.tools.errors import PayloadInvalid

AMOUNTS = st.decimals(
    min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize("text", ["0", "-0.00", "12.50", "9999999999999.999999"])
def test_decimal_strings_are_read_exactly(text):
    assert str(money.to_decimal(text)) == text


@pytest.mark.parametrize(
    "value",
    [
        *(1.5, 1, None, True, Decimal("1")),
        *("", " 1", "1 ", "1\n", "+1", "1e3", "NaN", "Infinity", "1.", ".5", "1,5"),
        *("1.1234567", "12345678901234", "0x1", "--1", "1_000", "١٢"),
    ],
)
def test_anything_else_is_refused(value):
    with pytest.raises(PayloadInvalid, match="decimal string"):
        money.to_decimal(value)


@pytest.mark.parametrize(
    ("amount", "decimals", "rounded"),
    [
        ("1.005", 2, "1.01"),
        ("-1.005", 2, "-1.01"),
        ("1.0049", 2, "1.00"),
        ("0.5", 0, "1"),
        ("2.5", 0, "3"),
        ("1.0005", 3, "1.001"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount, decimals, rounded):
    assert money.quantize(Decimal(amount), decimals) == Decimal(rounded)


def test_floats_of_the_database_become_exact_amounts():
    assert str(money.from_stored(0.1 + 0.2, 2)) == "0.30"
    assert str(money.from_stored(1234567.885, 2)) == "1234567.89"


def test_amounts_are_written_plainly():
    assert money.format_amount(Decimal("1E+2"), 2) == "100.00"
    assert money.format_amount(Decimal("-0"), 2) == "0.00"
    assert money.format_amount(Decimal("-3.5"), 2) == "-3.50"
    assert money.format_amount(Decimal("7.00"), 0) == "7"


def test_writing_never_rounds_silently():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        money.format_amount(Decimal("1.005"), 2)


@given(AMOUNTS, st.lists(AMOUNTS.map(abs), min_size=1, max_size=12))
def test_allocated_parts_sum_to_exactly_the_total(total, weights):
    parts = money.allocate(total, weights, 2)
    assert sum(parts) == total
    assert all(money.is_exact(part, 2) for part in parts)
    assert all(part == 0 or (part < 0) == (total < 0) for part in parts)


@given(AMOUNTS, st.lists(AMOUNTS.map(abs), min_size=2, max_size=12))
def test_no_part_is_further_than_one_unit_from_its_share(total, weights):
    whole = sum(weights)
    if whole:
        for part, weight in zip(
            money.allocate(total, weights, 2), weights, strict=True
        ):
            assert abs(part - total * weight / whole) < Decimal("0.0100001")


def test_left_over_units_go_to_the_largest_remainders():
    thirds = money.allocate(Decimal("100"), [Decimal(1)] * 3, 2)
    assert list(map(str, thirds)) == ["33.34", "33.33", "33.33"]
    points = money.allocate(Decimal("10"), [Decimal(1), Decimal(2), Decimal(4)], 0)
    assert list(map(str, points)) == ["1", "3", "6"]


def test_equal_parts_where_nothing_has_weight():
    assert money.allocate(Decimal("0.03"), [Decimal(0)] * 2, 2) == [
        Decimal("0.02"),
        Decimal("0.01"),
    ]


@pytest.mark.parametrize("weights", [[], [Decimal(1), Decimal(-1)]])
def test_weights_must_make_sense(weights):
    with pytest.raises(ValueError, match="weights"):
        money.allocate(Decimal(1), weights, 2)


def test_a_total_finer_than_the_currency_is_refused():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        money.allocate(Decimal("0.001"), [Decimal(1)], 2)


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        ("60.5", 2, "60.50"),
        ("60.5000", 2, "60.50"),
        ("0.1234", 2, "0.1234"),
        ("5", 0, "5"),
        ("1E+3", 0, "1000"),
        ("-0.00", 2, "0.00"),
    ],
)
def test_numbers_are_shown_without_idle_zeros(value, decimals, shown):
    assert money.plain_number(Decimal(value), decimals) == shown
