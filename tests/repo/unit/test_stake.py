"""How much money a document is about, also when it is broken."""

from decimal import Decimal

import pytest

from retail_integration_base.tools.stake import Stake, parse_stake, stake_of

TOTALS = {"currency": "EUR", "totals": {"grand": "120.50"}}

REFUND = {"currency": "USD", "totals": {"grand": "-9.90"}}


@pytest.mark.parametrize(
    ("document", "stake"),
    [
        (TOTALS, Stake(Decimal("120.50"), "EUR")),
        ({"order": TOTALS}, Stake(Decimal("120.50"), "EUR")),
        (
            {"currency": "USD", "totals": {"grand": "-9.90"}},
            Stake(Decimal("9.90"), "USD"),
        ),
        ({"note": "x", "lines": [1], "order": TOTALS}, Stake(Decimal("120.50"), "EUR")),
    ],
)
def test_grand_total_is_what_is_at_stake(document, stake):
    assert stake_of(document) == stake


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {"totals": {"grand": "1.00"}},
        {"currency": "EUR", "totals": {}},
        {"currency": "EUR", "totals": {"grand": "a lot"}},
        {"currency": "EUR", "totals": {"grand": "NaN"}},
        {"currency": "EUR", "totals": {"grand": "1e999999"}},
        {"currency": ["EUR"], "totals": {"grand": "1.00"}},
        {"currency": "EUR", "totals": [1]},
    ],
)
def test_broken_document_has_no_stake(document):
    assert stake_of(document) is None


def test_truth_is_no_amount():
    assert parse_stake(True, "EUR") is None
    assert parse_stake(0.1, "EUR") is None
