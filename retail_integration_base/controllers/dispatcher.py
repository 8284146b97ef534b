"""How requests to the gateway are read and how their errors are answered.

Routes of ``type='retail'`` get their raw body untouched (Odoo's own ``http`` type
parses forms first, after which a signature cannot be checked) and answer every error
as RFC 9457 ``application/problem+json``. Imported for its side effect: Odoo registers
dispatchers by their class.
"""

import json
import logging
import math
from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    MissingError,
    UserError,
)
from odoo.http import HttpDispatcher, Response, request, root
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..tools import correlation, problem
from ..tools.api_operation import ROUTING_TYPE
from ..tools.error_api import Forbidden, NotFound
from ..tools.errors import (
    AuthenticationError,
    BodyTooLarge,
    HandlerFailed,
    MalformedBody,
    PayloadInvalid,
    RemoteUnavailable,
    RetailError,
    UnsupportedContent,
    connection_lost,
)
from ..tools.signing import REFUSAL
from .watching import watch

RETRY_AFTER_DEFAULT_S = 30
CORRELATION_HEADER = "X-Correlation-Id"
JSON_TYPES = ("application/json", "application/cloudevents+json")
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson")
PROBLEM_TYPE = "application/problem+json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Marks the route that answers for addresses which nobody else serves.
NOBODYS = "retail_nobodys"


class RetailDispatcher(HttpDispatcher):
    """Reads nothing, hands the route its arguments, answers errors as problems."""

    routing_type = ROUTING_TYPE
    mimetypes = (*JSON_TYPES, *NDJSON_TYPES)
    correlation_id: str | None = None
    route: str | None = None

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        #: goes out with the answer, whether that is a result or an error
        self.headers: dict[str, str] = {}

    @classmethod
    def is_compatible_with(cls, request: Any) -> bool:
        """Take any media type: a wrong one gets our own 415, not Odoo's page."""
        return True

    def dispatch(self, endpoint: Callable, args: dict[str, Any]) -> Response:
        """Call the route with the URL's arguments under the sender's correlation id."""
        self.request.params = dict(args)
        self.headers = {}
        self.route = endpoint.routing["routes"][0]
        headers = self.request.httprequest.headers
        with correlation.bind(
            headers.get(CORRELATION_HEADER), headers.get("traceparent")
        ) as self.correlation_id:
            if self.request.httprequest.method == "OPTIONS":
                allow = {"Allow": ", ".join([*allowed_methods(), "OPTIONS"])}
                return Response(status=204, headers=allow)
            response = endpoint(**args)
            response.headers.update(self.headers)
            return response

    def post_dispatch(self, response: Response) -> None:
        """Have the answer counted when it has left."""
        watch(response, self.request, self.route)
        return super().post_dispatch(response)

    def handle_error(self, exc: Exception) -> Response:
        """Return the problem document for whatever ended the request."""
        error = _as_retail_error(exc)
        if error.http_status < 500 or error.retry:
            # Expected: one line in the log instead of Odoo's traceback.
            exc.loglevel = logging.INFO
            # Odoo logs the error as text; the sender gets its words.
            exc.masked = True
        with correlation.bind(self.correlation_id):
            response = problem_response(error)
        response.headers.update(self.headers)
        return watch(response, self.request, self.route)


def _as_retail_error(exc: Exception) -> RetailError:
    if isinstance(exc, RetailError):
        return exc
    if isinstance(exc, RequestEntityTooLarge):
        return BodyTooLarge("The message is larger than this connection accepts.")
    if isinstance(exc, UserError):
        return _of_user_error(exc)
    concurrent = (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
    if isinstance(exc, concurrent) or connection_lost(exc):
        return unavailable()
    if isinstance(exc, HTTPException) and exc.code and exc.code < 500:
        return MalformedBody(exc.description or exc.name)
    return HandlerFailed(type(exc).__name__, retry=False)


def _of_user_error(exc: UserError) -> RetailError:
    """Return what Odoo refuses as what it means to a partner."""
    if isinstance(exc, AccessDenied):
        return AuthenticationError(REFUSAL)
    if isinstance(exc, AccessError):
        # Odoo's text names models and groups, which are nobody's business outside.
        return Forbidden("The service user of this key may not do this.")
    if isinstance(exc, MissingError):
        return NotFound("No such record.")
    return PayloadInvalid("", str(exc))


def allowed_methods() -> list[str]:
    """Return the methods that the address of the running request takes."""
    router = root.get_db_router(request.db).bind_to_environ(request.httprequest.environ)
    allowed = []
    for method in METHODS:
        try:
            rule, _values = router.match(method=method, return_rule=True)
        except HTTPException:
            continue
        if not rule.endpoint.routing.get(NOBODYS):
            allowed.append(method)
    return allowed


def unavailable() -> RemoteUnavailable:
    """Return the error for a missing database: come back, nothing is lost."""
    error = RemoteUnavailable(
        "The service cannot store messages at the moment; send it again later.",
        retry_after_s=RETRY_AFTER_DEFAULT_S,
    )
    # Without a database Odoo logs before it asks for the answer: a line, no traceback.
    error.loglevel = logging.INFO
    return error


def problem_response(error: RetailError) -> Response:
    """Return ``error`` as an HTTP answer."""
    response = json_response(
        problem.problem(error, correlation_id=correlation.current()),
        status=error.http_status,
        content_type=PROBLEM_TYPE,
    )
    response.headers.update(getattr(error, "headers", {}))
    if error.http_status in (429, 503) or error.retry_after_s:
        wait_s = error.retry_after_s or RETRY_AFTER_DEFAULT_S
        response.headers["Retry-After"] = str(math.ceil(wait_s))
    if error.http_status == 401:
        response.headers["WWW-Authenticate"] = "Signature, Bearer"
    return response


def json_response(
    body: Any, *, status: int = 200, content_type: str = "application/json"
) -> Response:
    """Return ``body``, an object or finished bytes, as JSON with the request's id."""
    headers = {"Content-Type": content_type, "Cache-Control": "no-store"}
    current = correlation.current()
    if current:
        headers[CORRELATION_HEADER] = current
    text = body if isinstance(body, bytes) else json.dumps(body)
    return Response(text, status=status, headers=headers)


def media_type(httprequest: Any) -> str:
    """Return the body's media type without parameters, in lower case.

    Mostly that is all there is in the header: taking it apart costs what a signature
    does.
    """
    given = httprequest.environ.get("CONTENT_TYPE", "")
    return given if given in RetailDispatcher.mimetypes else httprequest.mimetype


def read_body(
    httprequest: Any,
    bytes_max: int,
    types: Sequence[str] = (*JSON_TYPES, *NDJSON_TYPES),
) -> bytes:
    """Return the request's raw bytes.

    :raises UnsupportedContent: a media type other than ``types``, or compressed
    :raises BodyTooLarge: announced or found larger than ``bytes_max``; not read
    """
    given = media_type(httprequest)
    if given not in types:
        raise UnsupportedContent(
            f"Send {' or '.join(types)}, not {given[:60] or 'an unnamed type'}."
        )
    # Nothing is unpacked here: a few kilobytes can hold gigabytes (RFC 9110, 15.5.16).
    coding = httprequest.headers.get("Content-Encoding", "identity")
    if coding.strip().lower() != "identity":
        raise UnsupportedContent("Send the body as it is, without Content-Encoding.")
    announced = httprequest.content_length
    if announced is not None and announced > bytes_max:
        raise BodyTooLarge(f"{announced} bytes; at most {bytes_max} are accepted.")
    # A body of unannounced size is cut off where the limit is: one byte more tells.
    httprequest.max_content_length = bytes_max + 1
    # Kept: when Odoo replays the request, the stream has been read already.
    body = httprequest.get_data()
    if len(body) > bytes_max:
        raise BodyTooLarge(f"At most {bytes_max} bytes are accepted.")
    return body
