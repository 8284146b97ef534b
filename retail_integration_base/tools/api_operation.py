"""What one operation of the partner API is: path, method, rights, shapes, errors.

Lives here: the declaration and what follows from it. The running route
(``controllers/api.py``) and the published description (``tools/openapi.py``) are both
made from it, so that they cannot say different things. No Odoo, no HTTP objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from .error_api import (
    AddressRefused,
    CursorInvalid,
    Forbidden,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    NotFound,
    ParameterInvalid,
    StillRunning,
    TooManyRequests,
)
from .error_base import RetailError
from .errors import (
    AuthenticationError,
    BackendPaused,
    BodyTooLarge,
    HandlerFailed,
    MalformedBody,
    PayloadInvalid,
    RemoteUnavailable,
    UnsupportedContent,
)

#: Odoo's name for the kind of route that the gateway has.
ROUTING_TYPE = "retail"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PLACE = re.compile(r"\{(\w+)\}")


# Compared by identity: each declaration is one object, and holds dictionaries.
@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path.

    :param path: with places in braces: ``/retail/v1/transactions/{uuid}``.
    :param scope: what a key must be allowed.
    :param summary: one line; ``description`` may follow with more.
    :param tag: the chapter of the documentation.
    :param parameters: model of the query (``schemas.api_common.Parameters``).
    :param places: model of the values in the path; all texts without one.
    :param body: model of the JSON body, or a JSON Schema where the route reads it
        itself.
    :param answers: status -> model of the JSON answer, ``None`` for none, or a media
        type for an answer that is not JSON. The first one is the usual one.
    :param errors: error classes besides those that follow from the rest.
    :param idempotent: an ``Idempotency-Key`` is required (an effect is created).
    :param secret_answer: the answer holds a secret: kept encrypted for repetitions.
    :param examples: ``body`` and ``answer``, each name -> value; shown and tested.
    :param proof: what the caller shows: ``key``, ``signature``, ``either``,
        ``operator`` or ``nothing``; only a key is checked before the route.
    :param has_long_place: the value in the path may hold slashes.
    :param extra: further facts for Odoo's router.
    """

    method: str
    path: str
    summary: str
    scope: str | None = None
    tag: str = "Other"
    description: str = ""
    parameters: type[BaseModel] | None = None
    places: type[BaseModel] | None = None
    body: type[BaseModel] | Mapping[str, Any] | None = None
    body_types: Sequence[str] = ("application/json",)
    answers: Mapping[int, type[BaseModel] | str | None] = field(default_factory=dict)
    errors: Sequence[type[RetailError]] = ()
    idempotent: bool = False
    secret_answer: bool = False
    examples: Mapping[str, Any] = field(default_factory=dict)
    proof: str = "key"
    needs_database: bool = True
    has_long_place: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_safe(self) -> bool:
        """Whether the operation changes nothing."""
        return self.method in SAFE_METHODS

    @property
    def is_paged(self) -> bool:
        """Whether the answer is a page of a list."""
        return self.parameters is not None and "cursor" in self.parameters.model_fields

    @property
    def place_names(self) -> list[str]:
        """The names in the path, in order."""
        return _PLACE.findall(self.path)

    @property
    def rule(self) -> str:
        """The path as Odoo's router writes it."""
        kind = "path" if self.has_long_place else "string"
        return _PLACE.sub(rf"<{kind}:\1>", self.path)

    @property
    def operation_id(self) -> str:
        """A name that is unique in the description and stable."""
        words = re.sub(r"[^a-z0-9]+", "_", self.path.removeprefix("/retail/").lower())
        return f"{self.method.lower()}_{words.strip('_')}"

    @property
    def all_errors(self) -> list[type[RetailError]]:
        """Every error that this operation may answer, by status and code."""
        found: dict[type[RetailError], None] = dict.fromkeys(self.errors)
        found |= dict.fromkeys(self._implied_errors())
        return sorted(found, key=lambda error: (error.http_status, error.code))

    def _implied_errors(self) -> list[type[RetailError]]:
        implied: list[type[RetailError]] = []
        if self.needs_database:
            implied += [RemoteUnavailable, HandlerFailed]
        if self.proof != "nothing":
            implied.append(AuthenticationError)
        if self.proof in ("key", "either"):
            implied += [Forbidden, AddressRefused, TooManyRequests]
        if self.proof != "nothing" and not self.is_safe:
            implied.append(BackendPaused)
        if self.places:
            implied.append(NotFound)
        if self.parameters:
            implied.append(ParameterInvalid)
        if self.is_paged:
            implied.append(CursorInvalid)
        if self.body:
            implied += [MalformedBody, BodyTooLarge, UnsupportedContent, PayloadInvalid]
        if self.idempotent:
            implied += [IdempotencyKeyInvalid, IdempotencyKeyReused, StillRunning]
        return implied
