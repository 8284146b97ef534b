"""The API's description (OpenAPI 3.1), made from what the routes declare.

Lives here: operations and topics as one JSON document. Lives elsewhere: declarations
(``tools/api_operation.py``), what operations share (``tools/openapi_parts.py``), the
page made of it (``tools/api_page.py``). Called by ``controllers/api_description.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ..schemas.api_common import OUTGOING_TOPIC, Problem
from ..schemas.envelope import EventEnvelope
from .api_operation import Operation
from .error_base import RetailError
from .openapi_parts import (
    HEADERS,
    IDEMPOTENCY_KEY,
    INTRODUCTION,
    MEANINGS,
    SECURITY,
    TAGS,
    example_of,
)

REF = "#/components/schemas/{model}"
PROBLEM_TYPE = "application/problem+json"
VERSION = "1.0.0"

Json = dict[str, Any]


def describe(
    operations: Iterable[Operation],
    topics_in: Mapping[str, type[BaseModel]],
    topics_out: Mapping[str, type[BaseModel]],
    server: str = "/",
) -> Json:
    """Return the description of ``operations`` and of the events both ways.

    :param topics_in: name -> document of what partners send
    :param topics_out: name -> document of what we send
    """
    ordered = sorted(operations, key=lambda one: (one.path, one.method))
    schemas = _Schemas(ordered, [*topics_in.values(), *topics_out.values()])
    paths: Json = {}
    for operation in ordered:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Retail Integration API",
            "version": VERSION,
            "description": INTRODUCTION,
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": server}],
        "tags": _tags(ordered),
        "paths": paths,
        "webhooks": {
            name: _webhook(name, schemas.ref(model, "serialization"))
            for name, model in sorted(topics_out.items())
        },
        "components": {
            "securitySchemes": SECURITY,
            "headers": HEADERS,
            "schemas": schemas.components
            | {
                "Event": _event(topics_in, schemas),
                OUTGOING_TOPIC: {"type": "string", "enum": sorted(topics_out)},
            },
        },
    }


def _tags(operations: list[Operation]) -> list[Json]:
    # A module that is loaded but not installed here has no operations here.
    used = {operation.tag for operation in operations}
    return [{"name": tag, "description": TAGS[tag]} for tag in TAGS if tag in used]


class _Schemas:
    """Every model of the description once, under its name."""

    def __init__(
        self, operations: list[Operation], documents: list[type[BaseModel]]
    ) -> None:
        wanted: dict[tuple[type[BaseModel], str], None] = {
            (Problem, "serialization"): None,
            (EventEnvelope, "validation"): None,
        }
        for model in documents:
            wanted[model, "validation"] = None
            wanted[model, "serialization"] = None
        for operation in operations:
            if isinstance(operation.body, type):
                wanted[operation.body, "validation"] = None
            for model in operation.answers.values():
                if isinstance(model, type):
                    wanted[model, "serialization"] = None
        self._refs, definitions = models_json_schema(list(wanted), ref_template=REF)
        self.components: Json = definitions.get("$defs", {})

    def ref(self, model: type[BaseModel], mode: str) -> Json:
        return dict(self._refs[model, mode])


def _operation(operation: Operation, schemas: _Schemas) -> Json:
    described: Json = {
        "operationId": operation.operation_id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
        "security": _security(operation),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        described["requestBody"] = _body(operation, schemas)
    return described


def _security(operation: Operation) -> list[Json]:
    key = {"key": [operation.scope] if operation.scope else []}
    return {
        "key": [key],
        "signature": [{"signature": []}],
        "either": [{"signature": []}, key],
        "operator": [{"operator": []}],
        "nothing": [],
    }[operation.proof]


def _body(operation: Operation, schemas: _Schemas) -> Json:
    body = operation.body
    schema = schemas.ref(body, "validation") if isinstance(body, type) else dict(body)
    content: Json = {"schema": schema}
    if "body" in operation.examples:
        content["examples"] = _examples(operation.examples["body"])
    return {
        "required": True,
        "content": dict.fromkeys(operation.body_types, content),
    }


def _parameters(operation: Operation) -> list[Json]:
    found = [
        _parameter(name, "path", schema, required=True)
        for name, schema in _properties(operation.places, operation.place_names)
    ]
    if operation.parameters:
        required = operation.parameters.model_json_schema().get("required", [])
        found += [
            _parameter(name, "query", schema, required=name in required)
            for name, schema in _properties(operation.parameters)
        ]
    if operation.idempotent:
        found.append(IDEMPOTENCY_KEY)
    return found


def _properties(
    model: type[BaseModel] | None, names: list[str] | None = None
) -> list[tuple[str, Json]]:
    if model is None:
        return [(name, {"type": "string"}) for name in names or []]
    return list(model.model_json_schema()["properties"].items())


def _parameter(name: str, where: str, schema: Json, *, required: bool) -> Json:
    kept = {
        key: value for key, value in schema.items() if key not in ("title", "examples")
    }
    description = kept.pop("description", "")
    # "Left out" is not "null": only the other choice can be written in an address.
    choices = [one for one in kept.pop("anyOf", []) if one.get("type") != "null"]
    if choices:
        kept = {**(choices[0] if len(choices) == 1 else {"anyOf": choices}), **kept}
    if kept.get("default", 0) is None:
        del kept["default"]
    found: Json = {"name": name, "in": where, "required": required, "schema": kept}
    if description:
        found["description"] = description
    if schema.get("examples"):
        found["example"] = schema["examples"][0]
    return found


def _responses(operation: Operation, schemas: _Schemas) -> Json:
    responses: Json = {}
    for status, model in operation.answers.items():
        responses[str(status)] = _answer(operation, status, model, schemas)
    by_status: dict[int, list[type[RetailError]]] = {}
    for error in operation.all_errors:
        by_status.setdefault(error.http_status, []).append(error)
    for status, errors in by_status.items():
        problem = _problem(status, errors, schemas)
        known = responses.get(str(status))
        if known:
            known["content"].update(problem["content"])
        else:
            responses[str(status)] = problem
    return responses


def _answer(
    operation: Operation,
    status: int,
    model: type[BaseModel] | str | None,
    schemas: _Schemas,
) -> Json:
    names = ["X-Correlation-Id"]
    if operation.proof == "key":
        names += ["RateLimit", "RateLimit-Policy"]
    names += ["Link"] if operation.is_paged else []
    names += ["Idempotency-Replayed"] if operation.idempotent else []
    if operation.tag in ("Messages", "Topics") and operation.body_types:
        names += ["Deprecation", "Sunset"]
    answer: Json = {
        "description": MEANINGS.get(status, "Answer"),
        "headers": _headers(*names),
    }
    if isinstance(model, str):
        kind = "object" if model.endswith("json") else "string"
        answer["content"] = {model: {"schema": {"type": kind}}}
    elif model is not None:
        content: Json = {"schema": schemas.ref(model, "serialization")}
        if "answer" in operation.examples:
            content["examples"] = _examples(operation.examples["answer"])
        answer["content"] = {"application/json": content}
    return answer


def _problem(status: int, errors: list[type[RetailError]], schemas: _Schemas) -> Json:
    names = ["X-Correlation-Id", *(["Retry-After"] if status in (429, 503) else [])]
    return {
        "description": "; ".join(f"{error.code} {error.title}" for error in errors),
        "headers": _headers(*names),
        "content": {
            PROBLEM_TYPE: {
                "schema": schemas.ref(Problem, "serialization"),
                "examples": {
                    error.code: {"summary": error.title, "value": example_of(error)}
                    for error in errors
                },
            }
        },
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _examples(examples: Mapping[str, Any]) -> Json:
    return {name: {"value": value} for name, value in examples.items()}


def _event(topics: Mapping[str, type[BaseModel]], schemas: _Schemas) -> Json:
    """Return the envelope with the document that its topic says."""
    return {
        "title": "Event",
        "description": "A CloudEvents 1.0 envelope; `type` says what `data` is.",
        "oneOf": [
            {
                "title": name,
                "allOf": [
                    schemas.ref(EventEnvelope, "validation"),
                    {
                        "properties": {
                            "type": {"const": name},
                            "data": schemas.ref(model, "validation"),
                        }
                    },
                ],
            }
            for name, model in sorted(topics.items())
        ],
    }


def _webhook(name: str, schema: Json) -> Json:
    return {
        "post": {
            "operationId": f"receive_{name.replace('.', '_')}",
            "tags": ["What we send"],
            "summary": name,
            "requestBody": {
                "content": {"application/cloudevents+json": {"schema": schema}}
            },
            "responses": {"204": {"description": "Received and stored by you"}},
        }
    }
