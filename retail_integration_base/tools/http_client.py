"""The only place that speaks HTTP to partners.

Lives here: one exchange with every limit set, and what its failure means. Lives
elsewhere: which addresses are safe (``tools/address_guard.py``), rate and breaker
(``retail.gate``), what to do with the answer (outbox, connectors). Called by
``retail.backend._call`` only, never while a transaction holds row locks of the business
(design §3.2).

No retry here: one layer retries, and that is the outbox.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3

from .backoff import RETRY_AFTER_CAP_S, parse_retry_after
from .errors import (
    AddressRefused,
    ConfigurationError,
    RateLimited,
    RejectedByRemote,
    RemoteUnavailable,
    RetailError,
)
from .http_deadline import Exchange, WatchedAdapter
from .http_trust import Trust

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
SESSIONS_MAX = 64
CHUNK_BYTES = 16_384
_RETRYABLE_STATUS = frozenset({408, 425})

# The same classes are raised for a partner's broken answer, after sending.
_UNFORMED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    UnicodeError,
)

#: A public host with a public certificate.
PUBLIC = Trust()

_sessions: OrderedDict[tuple[int, str, Trust], requests.Session] = OrderedDict()
_sessions_lock = threading.Lock()


@dataclass(frozen=True)
class OutboundRequest:
    """A request, ready to go.

    :param deadline_s: for everything together, from connect to last byte; keep it well
        below the worker's time limit, whose end is a SIGKILL.
    :param response_bytes_max: how much of the answer is read.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    timeout_connect_s: float = 5.0
    timeout_read_s: float = 15.0
    deadline_s: float = 30.0
    response_bytes_max: int = 65_536

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if self.method not in METHODS:
            raise ConfigurationError(f"method {self.method!r} is not used")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("the URL must be http(s)://host/…")
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError("the URL must not hold a user or password")
        if min(self.timeout_connect_s, self.timeout_read_s, self.deadline_s) <= 0:
            raise ConfigurationError("timeouts must be positive")


@dataclass(frozen=True)
class OutboundResponse:
    """An answer, whatever its status.

    ``headers`` have lower-case names; ``body_excerpt`` is the body up to the request's
    limit, ``truncated`` tells whether there was more.
    """

    status: int
    headers: dict[str, str]
    body_excerpt: bytes = field(repr=False)
    latency_s: float
    truncated: bool = False

    @property
    def text(self) -> str:
        """The excerpt as text; bytes that are not UTF-8 are replaced."""
        return self.body_excerpt.decode("utf-8", "replace")


def send(
    prepared: OutboundRequest, session_key: str, trust: Trust = PUBLIC
) -> OutboundResponse:
    """Send one request and return the answer, also if it says no.

    Redirects are not followed, proxies and passwords of the environment not used,
    cookies not kept, compressed answers not asked for.

    :param session_key: connections are shared by all requests with the same key and
        trust; use the backend's code.
    :param trust: where the partner may be and what TLS needs beyond the usual.
    :raises RemoteUnavailable: no complete answer in time.
        ``context["unknown_outcome"]`` is False if the request never went out, True if
        the partner may have acted on it.
    :raises AddressRefused: the host leads where we must not call, or ``http://`` is
        not allowed; nothing went out.
    :raises ConfigurationError: a request that cannot be formed.
    """
    started = time.monotonic()
    if urlsplit(prepared.url).scheme == "http" and not trust.plain_http:
        raise AddressRefused("http:// is not allowed for this partner: use https://")
    with Exchange(prepared.deadline_s, trust) as exchange:
        try:
            response = _request(prepared, session_of(session_key, trust))
            body, truncated = _read(response, prepared.response_bytes_max)
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            UnicodeError,
        ) as exc:
            if isinstance(exc, _UNFORMED) and not exchange.sent:
                raise ConfigurationError(
                    f"the request cannot be formed ({type(exc).__name__})"
                ) from None
            raise _unavailable(prepared, exchange, exc) from exc
        # A body without length ends at the cut as if it were complete.
        if exchange.expired:
            raise _unavailable(prepared, exchange, None)
    return OutboundResponse(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body_excerpt=body,
        latency_s=time.monotonic() - started,
        truncated=truncated,
    )


def error_of_response(
    response: OutboundResponse,
    now: datetime,
    retry_after_cap_s: float = RETRY_AFTER_CAP_S,
) -> RetailError | None:
    """Return what a status means for an outgoing event, ``None`` for success.

    408, 425, 429 and 5xx are worth another try (with ``Retry-After``); redirects and
    other 4xx are refusals. After a 5xx other than 503 the partner may have acted.

    :param retry_after_cap_s: the longest pause that a partner may ask for.
    """
    status = response.status
    if 200 <= status < 300:
        return None
    retry_after_s = parse_retry_after(
        response.headers.get("retry-after"), now, retry_after_cap_s
    )
    context = {"status": status, "unknown_outcome": False}
    if status == 429:
        return RateLimited(
            "the remote system limits our rate (429)",
            retry_after_s=retry_after_s,
            context=context,
        )
    if status >= 500 or status in _RETRYABLE_STATUS:
        context["unknown_outcome"] = status >= 500 and status != 503
        return RemoteUnavailable(
            f"the remote system answered {status}",
            retry_after_s=retry_after_s,
            context=context,
        )
    return RejectedByRemote(f"the remote system refused: {status}", context=context)


def session_of(session_key: str, trust: Trust = PUBLIC) -> requests.Session:
    """Return this process's session of a key and trust, made at its first use.

    The process id is part of the key: a forked worker must not share its parent's
    connections.
    """
    key = (os.getpid(), session_key, trust)
    with _sessions_lock:
        session = _sessions.get(key)
        if session is None:
            session = _sessions[key] = _new_session(trust)
        _sessions.move_to_end(key)
        while len(_sessions) > SESSIONS_MAX:
            # Not closed: another thread may be using it; it ends with its last user.
            _sessions.popitem(last=False)
        return session


class _Session(requests.Session):
    """A session without redirects.

    ``allow_redirects=False`` alone still reads the whole body of a redirect.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Tell requests that no answer points anywhere."""
        return None


def _new_session(trust: Trust) -> requests.Session:
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    # A compressed answer could be far larger than what was sent.
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "retail/1"})
    adapter = WatchedAdapter(trust, pool_connections=4, pool_maxsize=10, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _request(prepared: OutboundRequest, session: requests.Session) -> requests.Response:
    return session.request(
        prepared.method,
        prepared.url,
        headers=dict(prepared.headers),
        data=prepared.body or None,
        timeout=(
            min(prepared.timeout_connect_s, prepared.deadline_s),
            min(prepared.timeout_read_s, prepared.deadline_s),
        ),
        allow_redirects=False,
        stream=True,
    )


def _read(response: requests.Response, bytes_max: int) -> tuple[bytes, bool]:
    """Return the body as it came, up to the limit, and whether there was more."""
    chunks = bytearray()
    while len(chunks) <= bytes_max:
        chunk = response.raw.read(CHUNK_BYTES, decode_content=False)
        if not chunk:
            response.raw.release_conn()
            return bytes(chunks), False
        chunks += chunk
    # The rest is not wanted, so the connection cannot be used again.
    response.close()
    return bytes(chunks[:bytes_max]), True


def _unavailable(
    prepared: OutboundRequest, exchange: Exchange, exc: BaseException | None
) -> RemoteUnavailable:
    host = urlsplit(prepared.url).hostname
    cause = type(exc).__name__ if exc else "Deadline"
    if exchange.expired:
        what = f"no complete answer from {host} within {prepared.deadline_s:g} s"
    elif exchange.sent:
        what = f"{host} took the request and did not answer ({cause})"
    else:
        what = f"{host} cannot be reached ({cause})"
    return RemoteUnavailable(
        what,
        context={
            "unknown_outcome": exchange.sent,
            "deadline_exceeded": exchange.expired,
            "exception": cause,
        },
    )
