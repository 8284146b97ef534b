"""Spans of days: what is left when something new takes its own."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools.validity import FIRST_DAY, Span, gaps

DAYS = [FIRST_DAY + timedelta(days=n) for n in range(40)]


def span(start: int, until: int | None = None) -> Span:
    return Span(DAYS[start], None if until is None else DAYS[until])


def days(*spans: Span) -> list[date]:
    """Return the days of ``spans``, as often as they occur."""
    return sorted(d for s in spans for d in DAYS if s.overlaps(Span(d, d)))


SPANS = st.builds(
    lambda start, length: span(start, None if length is None else start + length),
    st.integers(0, 19),
    st.none() | st.integers(0, 19),
)


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (span(5), span(10), [span(5, 9)]),
        (span(5), span(10, 12), [span(5, 9), span(13)]),
        (span(5, 8), span(5, 8), []),
        (span(5, 8), span(1), []),
        (span(5, 8), span(9), [span(5, 8)]),
        (span(5), span(1, 6), [span(7)]),
    ],
)
def test_new_days_are_taken_from_the_old_ones(old, new, left):
    assert old.without(new) == left


@given(SPANS, SPANS)
def test_what_is_left_and_what_is_new_are_all_days_once(old, new):
    assert days(*old.without(new), new) == sorted({*days(old), *days(new)})


@given(st.lists(SPANS, max_size=5))
def test_gaps_and_taken_days_are_all_days(taken):
    free = gaps(taken)
    assert not set(days(*free)) & set(days(*taken))
    assert set(days(*free)) | set(days(*taken)) == set(DAYS)
    assert days(*free) == sorted(set(days(*free)))
