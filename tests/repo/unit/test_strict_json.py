"""Strict JSON: hostile bodies are refused fast and in words."""

from __future__ import annotations

import contextlib
import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_integration_base.tools.errors import MalformedBody
from retail_integration_base.tools.strict_json import iter_ndjson, loads

SOUND_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18) + 1, 10**18 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SOUND_TEXT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(SOUND_TEXT, inner, max_size=4)
    ),
    max_leaves=30,
)


def refusal(raw: bytes, **options) -> str:
    with pytest.raises(MalformedBody) as caught:
        loads(raw, **options)
    return caught.value.message


@given(JSON_VALUES, st.booleans())
def test_sound_json_is_read_like_the_standard_reader_does(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert loads(text.encode(), depth_max=64) == json.loads(text)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty body"),
        (b" \n", "not JSON"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        ('{"a":1}'.encode("utf-16-le"), "not JSON"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b"{}{}", "Extra data"),
        (b"{} x", "Extra data"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":+1}', "not JSON"),
        (b'{"a":.5}', "not JSON"),
        (b'{"a":0x1F}', "not JSON"),
        (b"[1,2", "not JSON"),
        (b"NaN", "NaN is not JSON"),
        (b'{"a":Infinity}', "Infinity is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b'{"a":1,"b":{"qty":1,"qty":2}}', "key 'qty' appears twice"),
        (b'{"a":1,"\\u0061":2}', "key 'a' appears twice"),
        (b'{"a":"x\x00y"}', "control character"),
        (b'{"a":"x\\u0000y"}', "NUL"),
        (b'{"a\\u0000":1}', "NUL"),
        (b'[["\\ud800"]]', "lone surrogate"),
        (b'{"\\uDfff":1}', "lone surrogate"),
        (b'["\\ud83d\\ud83d\\ude00"]', "lone surrogate"),
        (b"1234567890123456789", "more than 18 digits"),
        (b"[-1234567890123456789]", "more than 18 digits"),
        (b"1e400", "out of range"),
        (b"-1e400", "out of range"),
        (b"1" * 70 + b".5", "out of range"),
    ],
)
def test_unsound_json_is_refused_with_its_reason(raw, words):
    assert words in refusal(raw)


def test_a_long_duplicate_key_is_shown_in_part():
    key = "k" * 500
    message = refusal(f'{{"{key}":1,"{key}":2}}'.encode())
    assert "'" + "k" * 40 + "'" in message


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"-0", 0),
        (b"-0.0", 0.0),
        (b"123456789012345678", 123456789012345678),
        (b"-123456789012345678", -123456789012345678),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\\\ud800"', "\\ud800"),
        (b" \t\r\n[1] ", [1]),
        (b"1e-400", 0.0),
        (b'"caf\xc3\xa9"', "café"),
    ],
)
def test_edges_that_are_json_are_read(raw, value):
    assert loads(raw) == value


def test_reals_can_be_read_without_binary_floats():
    value = loads(b'{"rate":0.1,"big":1e3,"n":5}', parse_float=Decimal)
    assert value == {"rate": Decimal("0.1"), "big": Decimal("1000"), "n": 5}
    assert all(not isinstance(number, float) for number in value.values())


@pytest.mark.parametrize(
    "raw", [b"1e400", b"1e-400", b"1e999999999", b"0." + b"1" * 99]
)
def test_decimal_reals_are_bounded(raw):
    assert "out of range" in refusal(raw, parse_float=Decimal)


def test_only_float_or_decimal_read_reals():
    with pytest.raises(TypeError):
        loads(b"1.5", parse_float=str)


@pytest.mark.parametrize("opener", [b"[", b'{"a":', b'[{"a":'])
def test_depth_is_limited_exactly(opener):
    closer = {b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opener]
    levels_each = len(closer)
    fits = 32 // levels_each
    assert loads(opener * fits + b"1" + closer * fits) is not None
    assert "deeper than 32" in refusal(opener * 33 + b"1" + closer * 33)


def test_brackets_in_strings_do_not_count_as_depth():
    text = '["' + "[{" * 500 + '", "\\"[[[\\\\", "[", "]", {"]": "["}]'
    assert loads(text.encode()) == json.loads(text)


@given(JSON_VALUES)
def test_depth_is_judged_like_a_walk_over_the_value_does(value):
    def depth(item):
        if isinstance(item, dict):
            return 1 + max(map(depth, item.values()), default=0)
        if isinstance(item, list):
            return 1 + max(map(depth, item), default=0)
        return 0

    raw = json.dumps([value]).encode()
    limit = 2
    if depth([value]) > limit:
        assert "deeper" in refusal(raw, depth_max=limit)
    else:
        assert loads(raw, depth_max=limit) == [value]


HOSTILE = {
    "open_arrays": b"[" * 1_000_000,
    "open_objects": b'{"a":' * 200_000,
    "closed_arrays": b"[" * 500_000 + b"]" * 500_000,
    "unterminated_escapes": b'["' + b'\\"' * 500_000,
    "backslashes": b'["' + b"\\" * 1_000_001,
    "quotes": b'"' * 1_000_001,
    "long_int": b"[" + b"9" * 1_000_000 + b"]",
    "long_real": b"0." + b"9" * 1_000_000,
    "long_exponent": b"1e" + b"9" * 1_000_000,
    "many_escapes": b'["' + b"\\ud800" * 150_000 + b'"]',
    "wide_then_deep": b"[" + b"[]," * 300_000 + b"[" * 100 + b"]" * 100 + b"]",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("parse_float", [float, Decimal])
def test_a_megabyte_of_malice_is_refused_in_a_moment(name, parse_float):
    started = time.process_time()
    refusal(HOSTILE[name], parse_float=parse_float)
    assert time.process_time() - started < 1.0


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_anything_else(raw):
    with contextlib.suppress(MalformedBody):
        loads(raw)


def test_lines_are_read_one_by_one():
    assert iter_ndjson(b'{"a":1}\r\n\n {"a":2}\n') == [{"a": 1}, {"a": 2}]


def test_a_bad_line_is_named():
    with pytest.raises(MalformedBody, match="line 3: key 'a' appears twice"):
        iter_ndjson(b'{"a":1}\n\n{"a":1,"a":2}\n')


@pytest.mark.parametrize("raw", [b"", b"\n \n"])
def test_lines_without_any_value_are_refused(raw):
    with pytest.raises(MalformedBody, match="empty"):
        iter_ndjson(raw)
