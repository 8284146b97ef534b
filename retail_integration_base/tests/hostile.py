"""Bodies that break careless parsers, in the manner of the JSONTestSuite.

Made here and not stored: some are large, some are not text. Used by the tests of every
door; none of them may ever be answered with 500.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

DEPTH = 100_000
DIGITS = 50_000
#: In the place of an id in a path: percent-encoded, as they travel.
HOSTILE_PLACES = (
    ("NUL", "a%00b"),
    ("invalid UTF-8", "%ff%fe"),
    ("overlong UTF-8", "%c0%af"),
    ("surrogate", "%ed%a0%80"),
    ("line break", "a%0d%0aSet-Cookie:%20b"),
    ("way up", "..%2f..%2fetc%2fpasswd"),
    ("SQL", "1%27%20OR%201%3D1--"),
    ("format", "%25s%25(a)s%7B0%7D"),
    ("huge number", "9" * 400),
    ("negative", "-1"),
    ("long", "x" * 4000),
    ("markup", "%3Cscript%3E"),
    ("digits of another script", "%d9%a1%d9%a2"),
)
HOSTILE_QUERIES = (
    "limit=%00",
    "limit=" + "9" * 400,
    "limit=1e9",
    "limit=%d9%a1",
    "limit=1&limit=2",
    "cursor=%ff",
    "cursor=a%00b",
    "cursor=" + "A" * 64,
    "cursor=" + "A" * 5000,
    "%00=1",
    "%ff=%fe",
    "a[b]=1&a[]=2",
    "&&&===",
    "store=%27%3B--",
    "store=a%00b",
    "from=0000-00-00",
    "date_from=9999-99-99",
    "=".join("a" * 500),
)


def compressed_bodies() -> Iterator[tuple[str, bytes]]:
    """Yield a ``Content-Encoding`` and a body that is far larger than it looks."""
    bomb = b" " * 20_000_000
    yield "gzip", gzip.compress(bomb)
    yield "deflate", zlib.compress(bomb)
    yield "gzip, gzip", gzip.compress(gzip.compress(bomb))
    yield "x-unknown", b"{}"


def hostile_bodies() -> Iterator[tuple[str, bytes]]:
    """Yield a name and a body each."""
    yield from _structure()
    yield from _numbers()
    yield from _strings()
    yield from _encodings()
    yield from _envelopes()


def _structure() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "blank", b" \t\r\n"
    yield "deep array", b"[" * DEPTH + b"]" * DEPTH
    yield "deep object", b'{"a":' * DEPTH + b"1" + b"}" * DEPTH
    yield "deep and unclosed", b"[" * DEPTH
    yield "deep object unclosed", b'{"a":' * DEPTH
    yield "duplicate keys", b'{"id":"a","id":"b"}'
    yield "many duplicate keys", b"{" + b'"a":1,' * 10_000 + b'"a":1}'
    yield "many keys", json.dumps({str(n): n for n in range(20_000)}).encode()
    yield "colliding keys", json.dumps({"\u00e9": 1, "e\u0301": 2}).encode()
    yield "trailing comma", b'{"a":1,}'
    yield "trailing text", b"{}#"
    yield "two documents", b"{}{}"
    yield "comment", b'{/* */"a":1}'
    yield "single quotes", b"{'a':1}"
    yield "unquoted key", b"{a:1}"
    yield "key is a number", b"{1:1}"
    yield "prototype", b'{"__proto__":{"a":1},"constructor":{}}'
    yield "Python object", b'{"__class__":"os.system","__reduce__":["id"]}'
    yield "only a string", b'"x"'
    yield "only a number", b"1"
    yield "only null", b"null"
    yield "only true", b"true"
    yield "empty array", b"[]"
    yield "array of nulls", b"[null,null]"
    yield "array of arrays", b"[[[[]]]]"
    yield "wide array", b"[" + b"1," * 100_000 + b"1]"


def _numbers() -> Iterator[tuple[str, bytes]]:
    for name, text in (
        ("huge integer", "9" * DIGITS),
        ("huge negative", "-" + "9" * DIGITS),
        ("huge exponent", "1e999999999"),
        ("tiny exponent", "1e-999999999"),
        ("long fraction", "0." + "1" * DIGITS),
        ("NaN", "NaN"),
        ("Infinity", "-Infinity"),
        ("leading zero", "012"),
        ("plus", "+1"),
        ("hex", "0xff"),
        ("minus only", "-"),
        ("dot only", "1."),
        ("full-width digit", "\uff11"),
    ):
        yield f"number: {name}", ('{"a":' + text + "}").encode()
        yield f"number in data: {name}", _event_with(text)


def _strings() -> Iterator[tuple[str, bytes]]:
    for name, text in (
        ("NUL", '"\\u0000"'),
        ("lone high surrogate", '"\\ud800"'),
        ("lone low surrogate", '"\\udc00"'),
        ("reversed surrogates", '"\\udc00\\ud800"'),
        ("bad escape", '"\\x41"'),
        ("cut escape", '"\\u12"'),
        ("newline", '"a\nb"'),
        ("unclosed", '"abc'),
        ("long", '"' + "x" * 1_000_000 + '"'),
        ("right to left", '"\u202e"'),
        ("SQL", '"\'; DROP TABLE retail_inbox_event; --"'),
        ("format", '"%s%(a)s{0}{a}${jndi:ldap://x}"'),
        ("markup", '"<script>alert(1)</script>"'),
        ("header", '"a\\r\\nSet-Cookie: b"'),
    ):
        yield f"string: {name}", ('{"a":' + text + "}").encode()
        yield f"string in data: {name}", _event_with(text)
        yield f"string as id: {name}", _event_with("1", message_id=text)
    yield "string: raw NUL", b'{"a":"\x00"}'
    yield "string: raw control", b'{"a":"\x1f"}'


def _encodings() -> Iterator[tuple[str, bytes]]:
    sound = b'{"a":1}'
    yield "byte order mark", b"\xef\xbb\xbf" + sound
    yield "UTF-16", '{"a":1}'.encode("utf-16")
    yield "UTF-32", '{"a":1}'.encode("utf-32")
    yield "invalid UTF-8", b'{"a":"\xff\xfe"}'
    yield "overlong UTF-8", b'{"a":"\xc0\xaf"}'
    yield "surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}'
    yield "cut UTF-8", b'{"a":"\xe2\x82'
    yield "gzip", gzip.compress(sound)
    yield "gzip bomb", gzip.compress(b" " * 20_000_000)
    yield "zlib bomb", zlib.compress(b"[" * 20_000_000)
    yield "pickle", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07"
    yield "XML bomb", b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    yield "random", bytes(range(256)) * 16


def _envelopes() -> Iterator[tuple[str, bytes]]:
    for name in ("specversion", "id", "source", "type", "time", "subject", "data"):
        for kind, value in (
            ("null", None),
            ("number", 1),
            ("list", []),
            ("object", {}),
            ("true", True),
            ("long", "x" * 100_000),
            ("blank", " "),
        ):
            event = _envelope()
            event[name] = value
            yield f"envelope: {name} is {kind}", json.dumps(event).encode()
    for name in ("time", "correlationid", "partitionkey", "causationid"):
        for value in ("9999-12-31T23:59:60Z", "0000-00-00", "\u0661", "a\nb", ""):
            event = {**_envelope(), name: value}
            yield f"envelope: {name} is {value!r}", json.dumps(event).encode()


def _envelope() -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "hostile",
        "source": "test",
        "type": "retail.pos.receipt.v1",
        "data": {},
    }


def _event_with(text: str, message_id: str = '"hostile"') -> bytes:
    event = json.dumps({**_envelope(), "id": "@id@", "data": {"store": "@data@"}})
    return event.replace('"@data@"', text).replace('"@id@"', message_id).encode()
