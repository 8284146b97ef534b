"""Requests to the ledger: what is refused before any database sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retail_loyalty_connector.tools.postings import (
    Capture,
    HoldRequest,
    Posting,
    Reversal,
    derived_uuid,
)

UUID = "7f1c7c1e-5e0b-4b9e-9d5f-2f6f6f0c2b11"
AT = datetime(2026, 11, 21, 12, 30, 15, 999)


def posting(**values) -> Posting:
    """Return an accrual unless the test says otherwise."""
    return Posting(
        **{"uuid": UUID, "account_id": 1, "kind": "accrual", "points": 5} | values
    )


@pytest.mark.parametrize(
    "values",
    [
        {"uuid": UUID.upper()},
        {"uuid": "one"},
        {"points": 0},
        {"points": 2**53},
        {"points": -5},
        {"kind": "expiry"},
        {"kind": "transfer"},
        {"kind": "gift"},
        {"kind": "adjustment"},
        {"kind": "adjustment", "reason": "  "},
        {"kind": "redemption", "points": -5, "matures_at": AT},
    ],
)
def test_wrong_posting_is_refused(values):
    with pytest.raises(ValueError):
        posting(**values)


@pytest.mark.parametrize("points", [1.0, True, "5"])
def test_points_are_integers(points):
    with pytest.raises(TypeError):
        posting(points=points)
    with pytest.raises(TypeError):
        HoldRequest(UUID, 1, points, 60)


def test_hold_and_capture_need_points_and_time():
    for points, ttl_s in ((0, 60), (-1, 60), (5, 0)):
        with pytest.raises(ValueError):
            HoldRequest(UUID, 1, points, ttl_s)
    with pytest.raises(ValueError):
        Capture(UUID, 0)


def test_reversal_knows_its_policies_only():
    with pytest.raises(ValueError):
        Reversal(UUID, UUID, on_shortfall="hope")


def test_document_leaves_absent_values_out_and_cuts_seconds():
    document = posting(effective_at=AT).document()
    assert document == {
        "uuid": UUID,
        "account_id": 1,
        "kind": "accrual",
        "amount": 5,
        "effective_at": "2026-11-21T12:30:15",
    }


def test_times_with_a_zone_are_refused():
    with pytest.raises(ValueError):
        posting(effective_at=AT.replace(tzinfo=UTC)).document()


def test_derived_ids_differ_by_purpose_and_never_change():
    assert derived_uuid(UUID, "capture") == derived_uuid(UUID, "capture")
    assert derived_uuid(UUID, "capture") != derived_uuid(UUID, "mature")
