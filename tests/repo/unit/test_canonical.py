"""Same content, same hash; same key, same UUID; on every machine."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pure_factories import make_event

from retail_integration_base.tools import canonical


def test_order_of_keys_and_spaces_do_not_count():
    assert canonical.content_hash({"b": 1, "a": [1, 2]}) == canonical.content_hash(
        {"a": [1, 2], "b": 1}
    )


def test_order_of_lists_and_any_value_count():
    hashes = {
        canonical.content_hash(value)
        for value in ([1, 2], [2, 1], ["1", 2], [1, 2, None], {"a": 1})
    }
    assert len(hashes) == 5


def test_form_is_stable_over_releases():
    assert canonical.canonical_bytes({"b": "é", "a": Decimal("1.50")}) == (
        '{"a":"1.50","b":"é"}'.encode()
    )
    assert canonical.content_hash({}) == (
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )
    assert canonical.uuid_of("pos", "12", "3", "2026-11-20", "160") == uuid.UUID(
        "ea05e9c4-34ac-5597-a561-745420bdf0ef"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_without_json_form_are_refused(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical.canonical_bytes([value])


def test_types_without_json_form_are_refused():
    with pytest.raises(TypeError, match="set has no canonical"):
        canonical.canonical_bytes({"a": {1}})


@given(st.lists(st.text()), st.lists(st.text()))
def test_uuids_differ_where_any_part_differs(left, right):
    same = canonical.uuid_of(*left) == canonical.uuid_of(*right)
    assert same == (left == right)


def test_parts_are_joined_without_ambiguity():
    assert canonical.uuid_of("a", "bc") != canonical.uuid_of("ab", "c")
    assert canonical.uuid_of("1:a") != canonical.uuid_of("a")


def test_an_event_has_one_hash():
    assert len(canonical.content_hash(make_event())) == 64
