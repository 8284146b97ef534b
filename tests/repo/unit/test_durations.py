"""Spans of time in a few characters."""

from datetime import timedelta

import pytest

from retail_integration_base.tools.durations import brief


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (-3, "0 ms"),
        (0.0314, "31 ms"),
        (1, "1 s"),
        (4.21, "4.2 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (740, "12 min"),
        (3600 * 3.5, "3.5 h"),
        (3600 * 47, "47 h"),
        (86400 * 2, "2 d"),
        (86400 * 30, "30 d"),
    ],
)
def test_span_is_told_in_two_figures(seconds, text):
    assert brief(timedelta(seconds=seconds)) == text
