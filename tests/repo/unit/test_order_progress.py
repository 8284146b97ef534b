"""Progress of orders: totals end at the same place however the messages come."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.schemas.order_progressed import OrderProgressed
from retail_integration_base.tools.order_progress import (
    LineCount,
    Progress,
    cancelled_of,
    handed_over_at,
    is_all_cancelled,
    merge,
    progress_document,
    read_progress,
)

MONDAY = datetime(2026, 11, 16, 9, tzinfo=timezone.utc)
ORDERED = {"li_1": Decimal(2), "li_2": Decimal(1)}

moments = st.integers(0, 9).map(lambda hours: MONDAY + timedelta(hours=hours))
pieces = st.integers(0, 3).map(Decimal)
counts = st.builds(LineCount, pieces, moments, pieces)
messages = st.builds(
    Progress,
    st.none() | moments,
    st.none() | moments,
    st.none() | moments,
    st.dictionaries(st.sampled_from(sorted(ORDERED)), counts),
)


def told(*said: Progress) -> Progress:
    """Return what is known after these messages."""
    known = Progress()
    for one in said:
        known = merge(known, one)
    return known


def shipped(hours: int, **lines: int) -> Progress:
    """Return a warehouse's message of that hour."""
    at = MONDAY + timedelta(hours=hours)
    return Progress(
        lines={name: LineCount(Decimal(qty), at) for name, qty in lines.items()}
    )


@given(st.lists(messages, max_size=5), st.randoms())
def test_order_and_repetition_of_messages_make_no_difference(said, random):
    shuffled = [*said, *said[:2]]
    random.shuffle(shuffled)
    assert told(*shuffled) == told(*said)


@given(messages)
def test_document_holds_all_that_is_known(said):
    assert read_progress(progress_document(said)) == said


def test_order_is_handed_over_with_its_last_piece():
    first, second = shipped(1, li_1=2), shipped(3, li_2=1)
    assert handed_over_at(told(first), ORDERED) is None
    at = MONDAY + timedelta(hours=3)
    assert handed_over_at(told(second, first), ORDERED) == at


def test_cancelled_pieces_need_no_delivery():
    cancelled = Progress(lines={"li_2": LineCount(cancelled=Decimal(1))})
    at = MONDAY + timedelta(hours=1)
    assert handed_over_at(told(shipped(1, li_1=2), cancelled), ORDERED) == at


def test_cancelled_order_loses_what_was_not_handed_over():
    known = told(shipped(1, li_1=1), Progress(cancelled_at=MONDAY))
    assert cancelled_of(known, "li_1", Decimal(2)) == 1
    assert cancelled_of(known, "li_2", Decimal(1)) == 1
    assert not is_all_cancelled(known)
    assert is_all_cancelled(Progress(cancelled_at=MONDAY))


def test_what_was_handed_over_cannot_be_cancelled():
    both = LineCount(Decimal(2), MONDAY, Decimal(2))
    assert cancelled_of(Progress(lines={"li_1": both}), "li_1", Decimal(2)) == 0


def test_message_says_totals_and_when():
    document = OrderProgressed.model_validate(
        {
            "order": {
                "channel": "web",
                "store": "12",
                "external_id": "1",
                "at": "2026-11-16T09:00:00Z",
                "is_paid": True,
                "lines": [{"id": "li_1", "fulfilled": "2"}],
            }
        }
    )
    assert document.to_progress() == Progress(
        paid_at=MONDAY, lines={"li_1": LineCount(Decimal(2), MONDAY, Decimal(0))}
    )
