"""From declared operations to running routes: who calls, what is asked, what is said.

``@operation("GET", "/retail/v1/things", scope="things:read", …)`` makes a controller's
method a route. Before the method runs, the key, its scope, address and limit are
checked and query, path and body have become models; the environment is that of the
key's service user in the backend's company. What the method returns becomes the answer.
The same declaration is what ``/retail/v1/openapi.json`` publishes (decision 20).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from odoo import http
from odoo.api import Environment
from odoo.http import Response, request
from odoo.models import BaseModel as Records

from ..models.api_key_check import KeyFacts
from ..tools import problem, strict_json
from ..tools.api_operation import ROUTING_TYPE, Operation
from ..tools.error_api import NotFound, ParameterInvalid, TooManyRequests
from ..tools.errors import BackendPaused, RetailError
from .dispatcher import (
    JSON_TYPES,
    json_response,
    problem_response,
    read_body,
    unavailable,
)
from .idempotency import answer_once

BODY_BYTES_MAX = 1024 * 1024
#: Under this name the router's rules carry their declaration.
DECLARED = "retail_operation"


@dataclass(frozen=True)
class Call:
    """One request as an operation's method gets it.

    ``env`` is the service user's; ``query``, ``places`` (the path's values) and
    ``body`` are instances of the declared models, or ``None``.
    """

    operation: Operation
    env: Environment
    key: KeyFacts | None
    query: Any = None
    places: Any = None
    body: Any = None
    #: the body as parsed JSON, for what the model does not know
    raw: Any = None

    @property
    def backend(self) -> Records:
        """The backend whose key was shown; with the rights of its service user."""
        return self.env["retail.backend"].browse(self.key.backend_id)


@dataclass(frozen=True)
class Reply:
    """An answer with another status than the usual one, or with headers."""

    content: BaseModel | None
    status: int | None = None
    headers: dict[str, str] | None = None


def operation(method: str, path: str, **facts: Any) -> Callable:
    """Make a controller's method the route of one operation.

    The method takes a ``Call`` and returns a model of ``answers``, a ``Reply``, a
    ``Response``, or ``None`` for 204. Errors are raised; the dispatcher answers them,
    and what the request did is rolled back. An error that is *returned* is answered
    in the same words, and what the request did stays: a refusal that is to be known.

    :param facts: see ``tools.api_operation.Operation``
    """
    declared = Operation(method=method, path=path, **facts)

    def decorate(function: Callable) -> Callable:
        def endpoint(self: http.Controller, **values: str) -> Response:
            return _serve(declared, functools.partial(function, self), values)

        endpoint.__name__ = function.__name__
        endpoint.__doc__ = function.__doc__
        endpoint.__module__ = function.__module__
        return http.route(declared.rule, **routing_of(declared))(endpoint)

    return decorate


def routing_of(declared: Operation) -> dict[str, Any]:
    """Return what Odoo has to know of a route; ``extra`` of the declaration wins."""
    return {
        "type": ROUTING_TYPE,
        "auth": "none",
        "methods": [declared.method],
        "csrf": False,
        "save_session": False,
        "readonly": declared.is_safe,
        "max_content_length": BODY_BYTES_MAX,
        DECLARED: declared,
        **declared.extra,
    }


def _serve(
    declared: Operation, function: Callable[[Call], Any], values: dict[str, str]
) -> Response:
    if request.env is None and declared.needs_database:
        raise unavailable()
    key = _admit(declared) if declared.proof == "key" else None
    raw, body = _read_body(declared)
    call = Call(
        operation=declared,
        env=request.env,
        key=key,
        query=_read_query(declared),
        places=_read_places(declared, values),
        body=body,
        raw=raw,
    )
    if declared.idempotent:
        return answer_once(call, lambda: _as_response(declared, function(call)))
    return _as_response(declared, function(call))


def _admit(declared: Operation) -> KeyFacts:
    """Return the caller's key, and let the request run as its service user."""
    httprequest = request.httprequest
    key = request.env["retail.gateway"]._admit_key(
        httprequest.headers.get("Authorization", ""),
        declared.scope,
        httprequest.remote_addr,
    )
    charge(key)
    if not (key.is_open or declared.is_safe):
        raise BackendPaused("This connection is paused; try again later.")
    request.update_env(
        user=key.user_id, context={"allowed_company_ids": [key.company_id]}
    )
    return key


def charge(key: KeyFacts) -> None:
    """Take the request from the key's limit, and say in the answer what is left.

    :raises TooManyRequests: nothing is left
    """
    use = request.env["retail.api.key.use"].sudo()
    try:
        allowance = use._spend(key, request.httprequest.remote_addr)
    except TooManyRequests:
        request.env["retail.refusal"]._count(key.backend_id, "limit")
        raise
    if allowance:
        request.dispatcher.headers.update(allowance.headers)


def _read_query(declared: Operation) -> BaseModel | None:
    if declared.parameters is None:
        return None
    given = request.httprequest.args
    doubled = [name for name in given if len(given.getlist(name)) > 1]
    if doubled:
        raise ParameterInvalid([{"parameter": doubled[0], "detail": "given twice"}])
    try:
        return declared.parameters.model_validate(given.to_dict())
    except ValidationError as error:
        raise ParameterInvalid(
            [
                {"parameter": found["pointer"][1:], "detail": found["detail"]}
                for found in problem.errors_of_validation(error)
            ]
        ) from None


def _read_places(declared: Operation, values: dict[str, str]) -> Any:
    if declared.places is None:
        return values
    try:
        return declared.places.model_validate(values)
    except ValidationError:
        # An id of a wrong form is an id that does not exist.
        raise NotFound("There is nothing of this id.") from None


def _read_body(declared: Operation) -> tuple[Any, BaseModel | None]:
    if not isinstance(declared.body, type):
        return None, None
    raw = read_body(request.httprequest, BODY_BYTES_MAX, JSON_TYPES[:1])
    # Ours first: it refuses doubled keys and the like, which pydantic lets pass.
    parsed = strict_json.loads(raw)
    try:
        return parsed, declared.body.model_validate_json(raw)
    except ValidationError as error:
        raise problem.payload_invalid(error) from None


def _as_response(declared: Operation, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    if isinstance(result, RetailError):
        return problem_response(result)
    reply = result if isinstance(result, Reply) else Reply(result)
    usual = next(iter(declared.answers), 204 if reply.content is None else 200)
    status = reply.status or usual
    if reply.content is None:
        return Response(status=status, headers=reply.headers)
    expected = declared.answers[status]
    if not isinstance(reply.content, expected):
        raise TypeError(f"{declared.operation_id} declares {expected} for {status}")
    response = json_response(reply.content.model_dump_json().encode(), status=status)
    response.headers.update(reply.headers or {})
    return response
