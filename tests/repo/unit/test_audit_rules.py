"""The rules of the audit chain: every single change is found, and only changes are."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools import audit_chain
from retail_integration_base.tools.audit_chain import Anchor, Head

STREAM = "company-1"


def content(number: int, text: str = "x") -> dict:
    return {
        "recorded_at": datetime(2026, 11, 21, 12, 0, number % 60),
        "action": "backend.tested",
        "details": text,
        "user_id": 2,
    }


def chain(contents: list[dict]) -> tuple[Head, list[tuple]]:
    """Return the head and the rows of a sound chain with these contents."""
    digest, rows = audit_chain.GENESIS_HASH, []
    for sequence, values in enumerate(contents, start=1):
        text = audit_chain.content_text(values)
        previous = digest
        digest = audit_chain.entry_hash(previous, STREAM, sequence, text)
        plain = (values.get(name) for name in audit_chain.CONTENT)
        rows.append((STREAM, sequence, previous, digest, *plain))
    return Head(STREAM, len(rows), digest), rows


def anchor_at(rows: list[tuple], sequence: int) -> Anchor:
    return Anchor("db", STREAM, sequence, rows[sequence - 1][3], "2026-11-21T00:00:00Z")


@given(st.lists(st.text(max_size=20), max_size=12))
def test_sound_chain_holds_with_all_its_anchors(texts):
    head, rows = chain([content(n, text) for n, text in enumerate(texts)])
    anchors = [anchor_at(rows, n) for n in range(1, len(rows) + 1)]
    assert audit_chain.verify(head, rows, anchors) is None


@given(
    st.integers(0, 9), st.sampled_from([0, *range(2, 18)]), st.text("abc", min_size=1)
)
def test_any_changed_value_is_found_at_its_entry(position, column, value):
    head, rows = chain([content(n) for n in range(10)])
    row = list(rows[position])
    row[column] = value
    rows[position] = tuple(row)
    finding = audit_chain.verify(head, rows)
    assert finding is not None
    assert finding.sequence == position + 1


@pytest.mark.parametrize("missing", range(5))
def test_missing_entry_is_found(missing):
    head, rows = chain([content(n) for n in range(5)])
    finding = audit_chain.verify(head, rows[:missing] + rows[missing + 1 :])
    assert finding is not None
    assert finding.sequence == missing + 1


def test_chain_computed_anew_is_found_by_its_own_anchor():
    _head, rows = chain([content(n) for n in range(5)])
    forged_head, forged = chain([content(n, "y" if n == 2 else "x") for n in range(5)])
    assert audit_chain.verify(forged_head, forged) is None
    assert audit_chain.verify(forged_head, forged, [anchor_at(rows, 2)]) is None
    finding = audit_chain.verify(forged_head, forged, [anchor_at(rows, 4)])
    assert finding is not None
    assert finding.sequence == 4


def test_cut_off_end_is_found_by_its_anchor():
    _head, rows = chain([content(n) for n in range(5)])
    short_head, short = chain([content(n) for n in range(3)])
    finding = audit_chain.verify(short_head, short, [anchor_at(rows, 5)])
    assert finding is not None
    assert finding.sequence == 4


def test_anchors_survive_being_written_and_read():
    _head, rows = chain([content(1)])
    anchor = anchor_at(rows, 1)
    other = anchor._replace(database="other")
    lines = [audit_chain.anchor_line(one) + "\n" for one in (anchor, other)] + ["\n"]
    assert list(audit_chain.read_anchors(lines, "db")) == [anchor]


@pytest.mark.parametrize("line", ["{", "[]", '{"a": 1}', '"x"', '{"database": "db"'])
def test_torn_anchor_file_is_refused(line):
    with pytest.raises(ValueError, match="line 1"):
        list(audit_chain.read_anchors([line], "db"))
