"""When to try again."""

from __future__ import annotations

import random
from datetime import datetime, timezone

import pytest

from retail_integration_base.tools import backoff

NOW = datetime(2026, 11, 20, 10, 31, 2, tzinfo=timezone.utc)


class Fixed:
    """A source of jitter that always draws one end of the range."""

    def __init__(self, share: float) -> None:
        self.share = share

    def uniform(self, a: float, b: float) -> float:
        return a + self.share * (b - a)


def test_delays_double_up_to_the_cap():
    ceilings = [backoff.delay_s(n, rng=Fixed(1)) for n in (1, 2, 3, 4, 10, 11, 12)]
    assert ceilings == [5, 10, 20, 40, 2560, 3600, 3600]


def test_half_of_the_delay_is_certain():
    assert [backoff.delay_s(n, rng=Fixed(0)) for n in (1, 2, 3)] == [2.5, 5, 10]
    drawn = [backoff.delay_s(4, rng=random.Random(n)) for n in range(50)]
    assert all(20 <= delay <= 40 for delay in drawn)
    assert len(set(drawn)) == 50


def test_a_very_late_attempt_does_not_overflow():
    assert backoff.delay_s(10**9, rng=Fixed(1)) == 3600


def test_attempts_count_from_one():
    with pytest.raises(ValueError, match="from 1"):
        backoff.delay_s(0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("99999999", 21600),
        ("9" * 20, 21600),
        ("Fri, 20 Nov 2026 10:31:32 GMT", 30),
        ("Fri, 20 Nov 2026 10:31:02 GMT", 0),
        ("Friday, 20-Nov-26 10:32:02 GMT", 60),
        ("Sat, 20 Nov 2027 10:31:02 GMT", 21600),
        ("Fri, 20 Nov 2026 10:31:01 GMT", None),
        *((bad, None) for bad in ("-1", "1.5", "soon", "", "١٢", "9" * 40, "1e3")),
        *((bad, None) for bad in ("Fri, 99 Nov 2026 10:31:32 GMT", "2026-11-20")),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(value, seconds):
    assert backoff.parse_retry_after(value, NOW) == seconds


def test_the_cap_of_retry_after_is_a_parameter():
    assert backoff.parse_retry_after("120", NOW, cap_s=60) == 60
