"""A refusal's figures reach the partner's program, and nothing else does."""

from __future__ import annotations

from retail_integration_base.tools.problem import problem
from retail_loyalty_connector.tools.error_ledger import HoldUnknown, InsufficientPoints


def test_not_enough_points_says_how_many_there_are():
    error = InsufficientPoints("too few", context={"available": 40, "account": 7})
    body = problem(error)
    assert body["available"] == 40
    assert "account" not in body


def test_figures_that_an_error_does_not_declare_stay_inside():
    assert "available" not in problem(HoldUnknown("no", context={"available": 40}))
