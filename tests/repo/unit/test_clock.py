"""Time in and out."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools import clock


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20T10:31:02Z", "2026-11-20T10:31:02Z"),
        ("2026-11-20t10:31:02z", "2026-11-20T10:31:02Z"),
        ("2026-11-20T10:31:02+01:00", "2026-11-20T09:31:02Z"),
        ("2008-01-10T11:00:00-05:00", "2008-01-10T16:00:00Z"),
        ("2026-11-20T10:31:02.5Z", "2026-11-20T10:31:02.500000Z"),
        ("2026-11-20T10:31:02.123456789Z", "2026-11-20T10:31:02.123456Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
    ],
)
def test_rfc3339_is_read_as_utc(text, utc):
    moment = clock.parse_rfc3339(text)
    assert moment.utcoffset() == timedelta(0)
    assert clock.to_rfc3339(moment) == utc


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "1700000000", "2026-11-20", "2026-11-20T10:31:02"),
        *("2026-11-20 10:31:02Z", "2026-11-20T10:31Z", "2026-11-20T10:31:02Z\n"),
        *("2026-13-20T10:31:02Z", "2026-02-30T10:31:02Z", "2026-11-20T24:00:00Z"),
        *("2026-11-20T10:31:60Z", "2026-11-20T10:31:02+24:00", "2026-11-20T10:31:02+1"),
        *("2026-11-20T10:31:02+01:60", "0001-01-01T00:00:00+23:00"),
        "٢٠٢٦-11-20T10:31:02Z",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):
        clock.parse_rfc3339(text)


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_every_moment_survives_the_round_trip(moment):
    assert clock.parse_rfc3339(clock.to_rfc3339(moment)) == moment


def test_naive_moments_are_utc():
    naive = datetime(2026, 11, 20, 10, 31, 2)  # as Odoo stores it
    assert clock.as_utc(naive).tzinfo is timezone.utc
    assert clock.to_naive(clock.as_utc(naive)) == naive
    east = datetime(2026, 11, 20, 11, tzinfo=timezone(timedelta(hours=1)))
    assert clock.to_naive(east) == datetime(2026, 11, 20, 10)


def test_now_is_aware():
    assert clock.utc_now().utcoffset() == timedelta(0)
