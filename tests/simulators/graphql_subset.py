"""Just enough GraphQL to answer a query with what it asks for, and to refuse a typo.

Lives here: named queries with variables, fields with arguments, nested selections. No
fragments, aliases, directives or mutations. Called by ``shopify``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[{}():,$!]")
_SPACE = re.compile(r"[\s,]+")


class QueryError(Exception):
    """The query is not one that this server knows; its text says why."""


@dataclass(frozen=True)
class Field:
    """A field that is asked for, its arguments filled in."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()


Connection = Callable[[Field, Mapping[str, Any]], Mapping[str, Any]]


def parse(query: str, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return what a query asks for.

    :raises QueryError: it cannot be read, or a variable is not given
    """
    tokens = _Tokens(query)
    tokens.expect("query")
    if tokens.peek() not in ("{", "("):
        tokens.take()
    if tokens.peek() == "(":
        while tokens.take() != ")":
            continue
    asked = _selection(tokens, variables)
    if tokens.peek() is not None:
        raise QueryError(f"unexpected {tokens.peek()!r} after the query")
    return asked


def select(
    source: Mapping[str, Any], asked: tuple[Field, ...], connection: Connection
) -> dict[str, Any]:
    """Return of ``source`` what is asked for.

    :param connection: resolves a field that has arguments
    :raises QueryError: a field does not exist, or lacks its selection
    """
    found = {}
    for one in asked:
        if one.name not in source:
            raise QueryError(f"Field '{one.name}' doesn't exist")
        value = connection(one, source) if one.arguments else source[one.name]
        found[one.name] = _shaped(value, one, connection)
    return found


def _shaped(value: Any, one: Field, connection: Connection) -> Any:
    if isinstance(value, list):
        return [_shaped(item, one, connection) for item in value]
    if isinstance(value, Mapping):
        if not one.fields:
            raise QueryError(f"Field '{one.name}' must have a selection of subfields")
        return select(value, one.fields, connection)
    if one.fields and value is not None:
        raise QueryError(f"Field '{one.name}' has no subfields")
    return value


def _selection(tokens: _Tokens, variables: Mapping[str, Any]) -> tuple[Field, ...]:
    tokens.expect("{")
    fields = []
    while tokens.peek() != "}":
        name = tokens.take()
        if not name.isidentifier():
            raise QueryError(f"a field's name was expected, not {name!r}")
        arguments = _arguments(tokens, variables) if tokens.peek() == "(" else {}
        nested = _selection(tokens, variables) if tokens.peek() == "{" else ()
        fields.append(Field(name, arguments, nested))
    tokens.expect("}")
    if not fields:
        raise QueryError("a selection is empty")
    return tuple(fields)


def _arguments(tokens: _Tokens, variables: Mapping[str, Any]) -> dict[str, Any]:
    tokens.expect("(")
    found: dict[str, Any] = {}
    while tokens.peek() != ")":
        name = tokens.take()
        tokens.expect(":")
        value = tokens.take()
        if value == "$":
            variable = tokens.take()
            if variable not in variables:
                raise QueryError(f"Variable ${variable} is not given")
            found[name] = variables[variable]
        else:
            found[name] = int(value) if value.isdecimal() else value
    tokens.expect(")")
    return found


class _Tokens:
    def __init__(self, text: str) -> None:
        self._tokens = list(_split(text))
        self._position = 0

    def peek(self) -> str | None:
        at_end = self._position >= len(self._tokens)
        return None if at_end else self._tokens[self._position]

    def take(self) -> str:
        token = self.peek()
        if token is None:
            raise QueryError("the query ends too early")
        self._position += 1
        return token

    def expect(self, wanted: str) -> None:
        token = self.take()
        if token != wanted:
            raise QueryError(f"{wanted!r} was expected, not {token!r}")


def _split(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        token = _TOKEN.match(text, position)
        if token is None:
            raise QueryError(f"cannot read {text[position : position + 20]!r}")
        yield token[0]
        position = token.end()
