"""Published contracts keep their promise: additions by decision, breaks never."""

from __future__ import annotations

import copy

import pytest
from schema_compatibility import breaks, changes, present, published

ACCEPT = "python tests/repo/schema_compatibility.py --accept"


def test_no_published_contract_was_broken():
    found = breaks()
    assert not found, (
        "these changes break partners; make a new version (.v2) beside the old one:\n"
        + "\n".join(found)
    )


def test_every_change_of_a_contract_was_accepted():
    assert present() == published(), (
        f"a contract changed compatibly: look at the difference, then run {ACCEPT}"
    )


# --- the comparison can fail ----------------------------------------------------------

OLD = {
    "type": "object",
    "required": ["a", "kind"],
    "properties": {
        "a": {"type": "string", "maxLength": 10, "pattern": "^x"},
        "b": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "kind": {"enum": ["sale", "return"]},
        "lines": {"type": "array", "maxItems": 5, "items": {"$ref": "#/$defs/Line"}},
    },
    "$defs": {
        "Line": {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"type": "integer"}, "t": {"type": "string"}},
        }
    },
}


def changed(path: str, value: object) -> dict:
    """Return OLD with the value at a path replaced; ``None`` removes it."""
    new = copy.deepcopy(OLD)
    *steps, last = path.split("/")
    found = new
    for step in steps:
        found = found[int(step) if isinstance(found, list) else step]
    if value is None:
        del found[last]
    else:
        found[last] = value
    return new


BREAKS_SENDERS = [
    ("required", ["a", "kind", "b"]),
    ("properties/a/type", "integer"),
    ("properties/a/maxLength", 9),
    ("properties/a/pattern", "^y"),
    ("properties/b/anyOf/0/minimum", 2),
    ("properties/b/anyOf", [{"type": "integer", "minimum": 1}]),
    ("properties/kind/enum", ["sale"]),
    ("properties/lines/maxItems", 4),
    ("$defs/Line/required", ["n", "t"]),
    ("$defs/Line/properties/t/minLength", 1),
    ("$defs/Line/properties/t", None),
    ("properties/b", None),
    ("additionalProperties", False),
]
BREAKS_RECEIVERS = [
    ("required", ["a"]),
    ("properties/a/type", "integer"),
    ("properties/a/maxLength", 11),
    ("properties/a/maxLength", None),
    ("properties/a/pattern", None),
    ("properties/kind/enum", ["sale", "return", "void"]),
    ("$defs/Line/required", []),
    ("properties/b", None),
]
HARMLESS = [
    ("properties/a/description", "words"),
    ("properties/new", {"type": "string"}),
    ("title", "Another"),
]


@pytest.mark.parametrize(("path", "value"), BREAKS_SENDERS)
def test_what_refuses_a_former_message_is_found(path, value):
    assert list(changes(OLD, changed(path, value), "in"))


@pytest.mark.parametrize(("path", "value"), BREAKS_RECEIVERS)
def test_what_surprises_a_receiver_is_found(path, value):
    assert list(changes(OLD, changed(path, value), "out"))


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize(("path", "value"), HARMLESS)
def test_addition_breaks_nobody(direction, path, value):
    assert list(changes(OLD, changed(path, value), direction)) == []


@pytest.mark.parametrize(
    ("path", "value", "direction"),
    [
        ("properties/a/maxLength", 11, "in"),
        ("properties/a/pattern", None, "in"),
        ("properties/kind/enum", ["sale", "return", "void"], "in"),
        ("required", ["a"], "in"),
        ("properties/a/maxLength", 9, "out"),
        ("properties/kind/enum", ["sale"], "out"),
        ("required", ["a", "kind", "b"], "out"),
    ],
)
def test_change_into_the_harmless_direction_breaks_nobody(path, value, direction):
    assert list(changes(OLD, changed(path, value), direction)) == []
