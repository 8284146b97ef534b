"""How a conversation with a loyalty platform goes: requests out, answers read.

Lives here: forming requests, reading answers strictly, and what a status means before
a vendor looks at it. Lives elsewhere: the operations (``tools/platform_client.py``),
HTTP with its gate (``retail.backend._call``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from odoo.addons.retail_integration_base.tools import clock, http_client, strict_json
from odoo.addons.retail_integration_base.tools.errors import (
    ConcurrentUpdate,
    ConfigurationError,
    ConnectorNotImplemented,
    MalformedBody,
    PayloadInvalid,
    RejectedByRemote,
)
from odoo.addons.retail_integration_base.tools.http_client import (
    OutboundRequest,
    OutboundResponse,
)

from .error_platform import PlatformAnswerInvalid

T = TypeVar("T")
Steps = Generator[OutboundRequest, OutboundResponse, T]
ANSWER_BYTES_MAX = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where a platform is and how long we wait; a customer stands at the till."""

    base_url: str
    token: str = field(repr=False)
    timeout_connect_s: float = 3.0
    timeout_read_s: float = 8.0
    deadline_s: float = 12.0


@dataclass(frozen=True)
class Reply:
    """An answer that was read: its status and its JSON object."""

    status: int
    content: Mapping[str, Any]

    @property
    def is_success(self) -> bool:
        """Whether the platform did what it was asked."""
        return 200 <= self.status < 300


def carry_out(
    steps: Steps[T], send: Callable[[OutboundRequest], OutboundResponse]
) -> T:
    """Carry out an operation: send what it asks for until it has its result.

    :param send: ``backend._call``, outside of any transaction with row locks.
    :raises RetailError: what ``send`` raises, and what the answers mean; with
        ``context["unknown_outcome"]`` the operation is to be begun ``again``.
    """
    try:
        request = next(steps)
        while True:
            request = steps.send(send(request))
    except StopIteration as end:
        return end.value
    finally:
        steps.close()


class PlatformTransport:
    """What every vendor's client needs to ask and to read."""

    #: the vendor, for messages
    vendor = "platform"

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def _headers(self) -> dict[str, str]:
        """Return the headers of every request: who we are."""
        raise self._absent("_headers")

    def _problem(self, content: Mapping[str, Any]) -> str:
        """Return the vendor's words about an error, for people."""
        raise self._absent("_problem")

    def _request(
        self,
        method: str,
        path: Sequence[str],
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> OutboundRequest:
        """Return a request; ``path`` comes in parts, which are escaped."""
        connection = self.connection
        parts = "/".join(quote(part, safe="") for part in path)
        url = f"{connection.base_url.rstrip('/')}/{parts}"
        if query:
            url += f"?{urlencode(query)}"
        given = {"Accept": "application/json", **self._headers(), **(headers or {})}
        if body is not None:
            given["Content-Type"] = "application/json"
        return OutboundRequest(
            method=method,
            url=url,
            headers=given,
            body=b"" if body is None else json_bytes(body),
            timeout_connect_s=connection.timeout_connect_s,
            timeout_read_s=connection.timeout_read_s,
            deadline_s=connection.deadline_s,
            response_bytes_max=ANSWER_BYTES_MAX,
        )

    def _ask(self, request: OutboundRequest, *, effect: bool = False) -> Steps[Reply]:
        """Send a request and return its answer, which may be a refusal (4xx).

        :param effect: whether the platform may have acted if the answer is broken
        """
        response = yield request
        return self._read(response, effect=effect)

    def _read(self, response: OutboundResponse, *, effect: bool) -> Reply:
        status = response.status
        error = http_client.error_of_response(response, clock.utc_now())
        if error is not None and error.retry:
            raise error
        content = self._content(response, effect=effect)
        if status in (401, 403):
            raise ConfigurationError(
                f"{self.vendor} refuses our token ({status}): "
                f"{self._problem(content)}; renew the credential or its rights."
            )
        if status == 409 and self._is_passing(content):
            raise ConcurrentUpdate(
                f"{self.vendor} is changing the same record: {self._problem(content)}",
                context={"status": status, "unknown_outcome": False},
            )
        if error is not None and not content:
            raise error
        return Reply(status, content)

    def _is_passing(self, content: Mapping[str, Any]) -> bool:
        """Tell whether a 409 only says that somebody else was there first."""
        return True

    def _content(
        self, response: OutboundResponse, *, effect: bool
    ) -> Mapping[str, Any]:
        """Return the JSON object of an answer.

        :raises PlatformAnswerInvalid: there is none where there should be one
        """
        is_success = 200 <= response.status < 300
        if not response.body_excerpt and (response.status == 204 or not is_success):
            return {}
        problem = "it is cut off" if response.truncated else ""
        content: Any = None
        if not problem:
            try:
                content = strict_json.loads(response.body_excerpt, parse_float=Decimal)
                problem = "" if isinstance(content, dict) else "it is no object"
            except MalformedBody as error:
                problem = error.message
        if problem:
            raise self._invalid(problem, effect=is_success and effect)
        return content

    def _parsed(
        self, read: Callable[[Any], T], found: Any, *, effect: bool = False
    ) -> T:
        """Return what ``read`` makes of a part of an answer.

        :raises PlatformAnswerInvalid: it does not have the fields that it should
        """
        try:
            return read(found)
        except PayloadInvalid as error:
            raise self._invalid(str(error.message), effect=effect) from None

    def _part(
        self, reply: Reply, name: str, *, effect: bool = False
    ) -> Mapping[str, Any]:
        """Return an object of an answer. :raises PlatformAnswerInvalid: missing."""
        part = reply.content.get(name)
        if not isinstance(part, Mapping):
            raise self._invalid(f"no object {name!r}", effect=effect)
        return part

    def _check_done(self, reply: Reply) -> None:
        """Raise what nobody expected of a question.

        :raises RejectedByRemote: any refusal
        """
        if not reply.is_success:
            raise self._rejected(reply)

    def _rejected(self, reply: Reply) -> RejectedByRemote:
        return RejectedByRemote(
            f"{self.vendor} refused: {self._problem(reply.content)}",
            context={"status": reply.status, "unknown_outcome": False},
        )

    def _invalid(self, problem: str, *, effect: bool = False) -> PlatformAnswerInvalid:
        return PlatformAnswerInvalid(
            f"The answer of {self.vendor} cannot be read: {problem}",
            context={"unknown_outcome": effect},
        )

    def _absent(self, method: str) -> ConnectorNotImplemented:
        return ConnectorNotImplemented(type(self).__name__, method)


def json_bytes(body: Mapping[str, Any]) -> bytes:
    """Return a body as it goes out.

    :raises ValueError: a decimal of more digits than a JSON reader keeps.
    """
    return json.dumps(
        body, ensure_ascii=False, separators=(",", ":"), default=_number
    ).encode()


def _number(value: Any) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if Decimal(repr(number)) != value:
        raise ValueError("a number has more digits than JSON readers keep")
    return number
