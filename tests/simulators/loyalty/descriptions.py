"""A vendor's own description of its interface, as judge of requests and answers.

Lives here: finding OpenAPI files, turning their schemas into JSON Schema, and checking
one exchange. Not here: what the vendor does (``square`` and the others).

The descriptions are no part of the repository: they are read at ``shared/specs`` beside
it. Without them a platform is not checked, and ``Description.is_there`` says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import yaml

PROJECT = Path(__file__).resolve().parents[3]
METHODS = ("get", "put", "post", "delete", "patch")
#: Applicators whose members each see only a part of an object's fields.
_COMBINED = ("allOf", "anyOf", "oneOf")
_OPEN = ".open"
#: The same reader in C where it is there: these files are long.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def specs_folder() -> Path | None:
    """Return the folder of descriptions beside the project, ``None`` if absent."""
    found = [parent / "shared" / "specs" for parent in PROJECT.parents]
    return next((folder for folder in found if folder.is_dir()), None)


@cache
def description_of(name: str) -> Description:
    """Return the description in a file of the folder, empty if it is not there."""
    folder = specs_folder()
    path = folder / name if folder else None
    if path is None or not path.exists():
        return Description({})
    return Description(_load(path))


class Description:
    """The operations of one interface.

    :param document: an OpenAPI 3.0 or 3.1 document, references between files resolved.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.is_there = bool(document)
        components = document.get("components", {})
        self._parameters = components.get("parameters", {})
        self._schemas = {
            closes: _closed_schemas(components.get("schemas", {}), closes)
            for closes in (True, False)
        }
        self._paths = [
            (_pattern(path), path, operations)
            for path, operations in document.get("paths", {}).items()
        ]
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def problems_of_request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Return what is wrong with a request, nothing if there is no description."""
        if not self.is_there:
            return []
        parts = urlsplit(target)
        found = self._operation(method, parts.path)
        if found is None:
            return [f"{method} {parts.path} is no operation of this interface"]
        name, operation = found
        declared = [self._parameter(one) for one in operation.get("parameters", ())]
        problems = _parameter_problems(declared, parts.query, headers)
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return problems + ([f"{name} takes no body"] if body else [])
        if not body:
            required = operation["requestBody"].get("required")
            return problems + ([f"{name} needs a body"] if required else [])
        return problems + self._problems(f"{name} request", schema, body)

    def problems_of_answer(
        self, method: str, target: str, status: int, body: bytes
    ) -> list[str]:
        """Return what is wrong with an answer; a status not described says nothing."""
        found = self._operation(method, urlsplit(target).path)
        if found is None:
            return []
        name, operation = found
        described = operation.get("responses", {}).get(str(status), {})
        content = described.get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is None or not body:
            return []
        return self._problems(f"{name} answer {status}", schema, body)

    def _operation(
        self, method: str, path: str
    ) -> tuple[str, Mapping[str, Any]] | None:
        for pattern, template, operations in self._paths:
            operation = operations.get(method.lower())
            if operation and pattern.fullmatch(path):
                return f"{method} {template}", operation
        return None

    def _parameter(self, one: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = one.get("$ref")
        return self._parameters[reference.split("/")[-1]] if reference else one

    def _problems(
        self, label: str, schema: Mapping[str, Any], body: bytes
    ) -> list[str]:
        try:
            document = json.loads(body)
        except ValueError:
            return [f"{label}: no JSON"]
        return [
            f"{label}: /{'/'.join(map(str, error.instance_path))} {error.message}"
            for error in self._validator(label, schema).iter_errors(document)
        ]

    def _validator(
        self, label: str, schema: Mapping[str, Any]
    ) -> jsonschema_rs.Draft202012Validator:
        if label not in self._validators:
            # Combined schemas are closed for what we send. In answers they stay open:
            # descriptions require fields there that they forget to list.
            closes = label.endswith("request")
            whole = {
                **_strict(_plain(schema), closes_combined=closes),
                "components": {"schemas": self._schemas[closes]},
            }
            self._validators[label] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[label]


def _parameter_problems(
    parameters: Sequence[Mapping[str, Any]], query: str, headers: Mapping[str, str]
) -> list[str]:
    declared = {(one["in"], one["name"]): one for one in parameters}
    # A parameter that is an object comes as name[field]=value.
    given = {
        name.partition("[")[0]: value
        for name, value in parse_qsl(query, keep_blank_values=True)
    }
    problems = [
        f"unknown query parameter {name!r}"
        for name in given
        if ("query", name) not in declared
    ]
    known = {name.lower() for name in headers}
    for (place, name), one in declared.items():
        there = {"query": name in given, "header": name.lower() in known}
        if one.get("required") and not there.get(place, True):
            problems.append(f"{place} parameter {name!r} is missing")
    return problems


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


def _plain(schema: Any) -> Any:
    """Return an OpenAPI schema as JSON Schema: ``nullable`` becomes a type.

    ``oneOf`` becomes ``anyOf``: the alternatives that vendors list overlap, so that
    their own examples match several.
    """
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {
        "anyOf" if key == "oneOf" else key: _plain(value)
        for key, value in schema.items()
        if key not in ("example", "examples", "nullable", "discriminator")
        or not _is_keyword(key, value)
    }
    if schema.get("nullable") is not True:
        return kept
    return {"anyOf": [kept, {"type": "null"}]}


def _is_keyword(key: str, value: Any) -> bool:
    """Tell whether this is the keyword, not a field that happens to have its name."""
    return not (isinstance(value, Mapping) and ("type" in value or "$ref" in value))


def _strict(
    schema: Any, *, combined: bool = False, closes_combined: bool = True
) -> Any:
    """Refuse fields that a schema does not name: a typo must not pass as an extra.

    :param combined: this is one of several that describe the same object
    """
    if isinstance(schema, list):
        return [
            _strict(one, combined=combined, closes_combined=closes_combined)
            for one in schema
        ]
    if not isinstance(schema, Mapping):
        return schema
    if combined and isinstance(schema.get("$ref"), str):
        return {**schema, "$ref": schema["$ref"] + _OPEN}
    parts = any(key in schema for key in _COMBINED)
    strict = {
        key: _strict(
            value,
            combined=key in _COMBINED,
            closes_combined=closes_combined,
        )
        for key, value in schema.items()
    }
    closed = "properties" in schema and "additionalProperties" not in schema
    if combined or not closed | parts:
        return strict
    if parts and closes_combined:
        strict["unevaluatedProperties"] = False
    elif not parts and schema.get("type") == "object":
        strict["additionalProperties"] = False
    return strict


def _closed_schemas(
    schemas: Mapping[str, Any], closes_combined: bool
) -> dict[str, Any]:
    """Return the named schemas, each closed, and open for combining it with others."""
    closed = {}
    for name, schema in schemas.items():
        plain = _plain(schema)
        closed[name] = _strict(plain, closes_combined=closes_combined)
        closed[name + _OPEN] = _strict(
            plain, combined=True, closes_combined=closes_combined
        )
    return closed


def _load(path: Path) -> Any:
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        return _inlined(json.loads(text), path.parent)
    return _inlined(yaml.load(text, Loader=_YAML), path.parent)  # noqa: S506 # both safe


def _inlined(node: Any, folder: Path) -> Any:
    """Return a document with what it keeps in other files."""
    if isinstance(node, list):
        return [_inlined(one, folder) for one in node]
    if not isinstance(node, Mapping):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return _load((folder / reference).resolve())
    return {key: _inlined(value, folder) for key, value in node.items()}
