"""Strict JSON: one text, one meaning, or a clear refusal.

Python's reader takes NaN, duplicate keys, lone surrogates and any depth; two readers
of one message must never see two things, and PostgreSQL stores neither NUL nor
surrogates. Lives here: bytes to objects. Lives elsewhere: objects to bytes
(``tools/canonical.py``), checks of meaning (``schemas/``). Called by controllers on
verified bytes and by vendor translations.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from .errors import MalformedBody

INT_DIGITS_MAX = 18  # fits PostgreSQL bigint with room for a sign
REAL_CHARS_MAX = 64
REAL_EXPONENT_MAX = 308
_KEY_CHARS_SHOWN = 40

_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_NOT_COLONS = bytes(set(range(256)) - set(b'":'))
# Escapes that may produce NUL or a lone surrogate; only then strings are looked at.
_SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(
    raw: bytes,
    *,
    depth_max: int = 32,
    parse_float: Callable[[str], Any] = float,
) -> Any:
    """Return the value of one UTF-8 JSON text (RFC 8259, narrowed like I-JSON).

    :param raw: the bytes as received; no byte order mark.
    :param depth_max: deepest nesting of objects and arrays.
    :param parse_float: ``Decimal`` for vendor documents with JSON reals, so that no
        binary float ever appears.
    :raises MalformedBody: not UTF-8, empty, NaN or infinity, a key twice in an object,
        too deep, data after the value, NUL or lone surrogates in strings, integers
        above 18 digits, reals out of range. The message never shows values.
    """
    text = _decode(raw)
    _check_depth(raw, depth_max)
    try:
        keys = _KeyCount()
        value = _decoder(parse_float, object_hook=keys).decode(text)
        if _count_members(raw) != keys.count:
            # Some key is there twice: only now pay for the reader that names it.
            value = _decoder(parse_float, object_pairs_hook=_object).decode(text)
    except json.JSONDecodeError as exc:
        raise MalformedBody(
            f"not JSON: {exc.msg} at line {exc.lineno} column {exc.colno}",
            context={"offset": exc.pos},
        ) from None
    if _SUSPECT_ESCAPE.search(raw):
        _check_strings(value)
    return value


def iter_ndjson(raw: bytes, *, depth_max: int = 32) -> list[Any]:
    """Return the values of newline-delimited JSON; blank lines are skipped.

    :raises MalformedBody: as :func:`loads`, with the line number; also when no line
        holds a value.
    """
    values = []
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(loads(line, depth_max=depth_max))
        except MalformedBody as exc:
            raise MalformedBody(
                f"line {number}: {exc.message}",
                context={**exc.context, "line": number},
            ) from None
    if not values:
        raise MalformedBody("empty body")
    return values


def _decode(raw: bytes) -> str:
    if not raw:
        raise MalformedBody("empty body")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise MalformedBody("the body starts with a byte order mark; send plain UTF-8")
    try:
        return str(raw, "utf-8")
    except UnicodeDecodeError as exc:
        raise MalformedBody(
            f"not UTF-8 at byte {exc.start}", context={"offset": exc.start}
        ) from None


def _check_depth(raw: bytes, depth_max: int) -> None:
    """Refuse deep nesting before the recursive reader meets it, at the speed of C.

    Everything but brackets and quotes is cut away, then the strings; removing empty
    pairs takes off one level at a time.
    """
    if raw.count(b"[") + raw.count(b"{") <= depth_max:
        return
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side have no bracket between them, on whichever side they are.
    marks = raw.translate(_TO_SQUARE, _NOT_MARKS).replace(b'""', b"")
    levels = b"".join(marks.split(b'"')[::2])
    for _ in range(depth_max):
        shorter = levels.replace(b"[]", b"")
        if len(shorter) == len(levels):
            break
        levels = shorter
    # What is left of an unbalanced text is the reader's to explain, unless it is long.
    if b"[]" in levels or len(levels) > depth_max:
        raise MalformedBody(f"nested deeper than {depth_max} levels")


def _count_members(raw: bytes) -> int:
    """Return how many object members a JSON text writes: its colons outside strings."""
    if b"\\" in raw:
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = raw.translate(None, _NOT_COLONS).replace(b'""', b"")
    return b"".join(marks.split(b'"')[::2]).count(b":")


class _KeyCount:
    """Counts the keys of the objects that a reader builds."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, found: dict[str, Any]) -> dict[str, Any]:
        self.count += len(found)
        return found


def _decoder(
    parse_float: Callable[[str], Any], **hooks: Callable[..., Any]
) -> json.JSONDecoder:
    if parse_float is float:
        real: Callable[[str], Any] = _parse_binary_real
    elif parse_float is Decimal:
        real = _parse_decimal_real
    else:
        raise TypeError("parse_float must be float or Decimal")
    return json.JSONDecoder(
        **hooks,
        parse_int=_parse_int,
        parse_float=real,
        parse_constant=_refuse_constant,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                shown = key[:_KEY_CHARS_SHOWN]
                raise MalformedBody(
                    f"key {shown!r} appears twice in one object",
                    context={"key": shown},
                )
            seen.add(key)
    return result


def _parse_int(text: str) -> int:
    if len(text) > INT_DIGITS_MAX and len(text.lstrip("-")) > INT_DIGITS_MAX:
        raise MalformedBody(f"an integer has more than {INT_DIGITS_MAX} digits")
    return int(text)


def _parse_binary_real(text: str) -> float:
    value = float(text) if len(text) <= REAL_CHARS_MAX else math.inf
    if math.isinf(value):
        raise MalformedBody("a number is out of range")
    return value


def _parse_decimal_real(text: str) -> Decimal:
    # The length is looked at first: an exponent of many digits costs time and memory.
    if len(text) > REAL_CHARS_MAX:
        raise MalformedBody("a number is out of range")
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > REAL_EXPONENT_MAX:
        raise MalformedBody("a number is out of range")
    return Decimal(mantissa if not exponent else text)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not JSON")


def _check_strings(value: Any) -> None:
    """Refuse NUL and lone surrogates in any key or string of ``value``."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo.extend(item)
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
        elif isinstance(item, str):
            if "\x00" in item:
                raise MalformedBody("a string holds the character NUL")
            if _SURROGATE.search(item):
                raise MalformedBody("a string holds a lone surrogate")
