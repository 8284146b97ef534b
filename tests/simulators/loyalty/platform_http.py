"""What all simulated loyalty platforms share: the server, its checks and its faults.

Lives here: reading requests, letting the vendor's description judge them, outages and
faults, the list of exchanges, webhooks that wait to be sent. Not here: what a vendor
does (``square`` and the others), bytes and connections (``partner_http``).
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ..faults import ACCEPT, Fault, FaultPlan, ScriptedFaults
from ..partner_http import Answer, PartnerHandler, PartnerServer, Request
from .descriptions import Description, description_of

CUT = Fault("drop_before_accept")


@dataclass(frozen=True)
class Call:
    """One request, taken apart."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, going by its method and its last word."""
        asks = self.path[-1] in ("search", "calculate")
        return self.method == "GET" or asks or self.query.get("dry") == "true"


@dataclass(frozen=True)
class Exchange:
    """What was asked and how it was answered: a fault's name or a status."""

    method: str
    path: str
    label: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Webhook:
    """A message that the platform has for the hub."""

    headers: Mapping[str, str]
    body: bytes


class Refused(Exception):
    """The vendor says no: status and body of its error."""

    def __init__(self, status: int, content: Mapping[str, Any]) -> None:
        super().__init__(str(content))
        self.status = status
        self.content = content


class Platform:
    """A loyalty platform on the loopback interface.

    :param token: what callers prove themselves with.
    :param faults: how requests that change something are answered, in their order;
        an effect is kept or not as ``faults.KEEPS_EFFECT`` says.
    :param breaks_reads: whether faults befall questions too.
    """

    #: file of the vendor's description, below the folder of descriptions
    specification = ""
    #: beginnings of paths that the file at hand leaves out: nothing judges them
    undescribed: tuple[str, ...] = ()

    def __init__(
        self,
        token: str,
        *,
        faults: FaultPlan | None = None,
        breaks_reads: bool = False,
    ) -> None:
        self.token = token
        self.faults: FaultPlan = faults or ScriptedFaults([])
        self.breaks_reads = breaks_reads
        #: nobody can be reached while this is set
        self.outage = False
        self.exchanges: list[Exchange] = []
        #: what the description objects to; a test fails by it
        self.problems: list[str] = []
        self.webhooks: list[Webhook] = []
        self.effects: Mapping[str, Any] = {}
        self.lock = threading.RLock()
        self._server: PlatformServer | None = None

    # --- life -------------------------------------------------------------------------

    def __enter__(self) -> Platform:
        # Read now, not while the first caller waits.
        description_of(self.specification)
        self._server = PlatformServer(self, 0)
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.stop()
        if kind is None and self.problems:
            raise AssertionError("\n".join(self.problems))

    @property
    def url(self) -> str:
        """Where it is."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://127.0.0.1:{port}"

    @property
    def description(self) -> Description:
        """The vendor's own words about its interface."""
        return description_of(self.specification)

    def stats(self) -> dict[str, int]:
        """Return counters, for the partner's page."""
        return {"exchanges": len(self.exchanges)}

    def now(self) -> datetime:
        """Return the platform's clock."""
        return datetime.now(timezone.utc)

    # --- answering --------------------------------------------------------------------

    def receive(self, request: Request, method: str = "POST") -> Answer:
        """Judge, carry out and answer one request; called from several threads."""
        with self.lock:
            answer = self._answer(request, method)
            body = _object(request.body)
            exchange = Exchange(method, request.path, answer.label, body)
            self.exchanges.append(exchange)
            return answer

    def _answer(self, request: Request, method: str) -> Answer:
        if self.outage:
            return Answer(503, {}, CUT)
        call = _call(request, method)
        try:
            self.authenticate(call)
            problems = self._problems(request, method)
            if problems:
                self.problems += problems
                return Answer(400, self.error(400, problems[0]))
            fault = self._fault(call)
            if not fault.keeps_effect:
                return Answer(fault.status, self.error(fault.status, "fault"), fault)
            status, content = self.perform(call)
        except Refused as refused:
            return Answer(refused.status, refused.content)
        body = json.dumps(content).encode()
        self.problems += self.description.problems_of_answer(
            method, request.path, status, body
        )
        # As it was at this moment: the state goes on changing while the answer is sent.
        return Answer(status, json.loads(body), fault)

    def _problems(self, request: Request, method: str) -> list[str]:
        if request.path.startswith(self.undescribed):
            return []
        return self.description.problems_of_request(
            method, request.path, request.headers, request.body
        )

    def _fault(self, call: Call) -> Fault:
        if call.is_read and not self.breaks_reads:
            return ACCEPT
        return self.faults.next("/".join(call.path), 1)

    def authenticate(self, call: Call) -> None:
        """Refuse whoever does not prove himself."""
        raise NotImplementedError

    def perform(self, call: Call) -> tuple[int, Mapping[str, Any]]:
        """Do what is asked; raise ``Refused`` for a no."""
        raise NotImplementedError

    def error(self, status: int, detail: str) -> Mapping[str, Any]:
        """Return an error's body as the vendor writes it."""
        raise NotImplementedError

    # --- webhooks ---------------------------------------------------------------------

    def take_webhooks(
        self, *, duplicates: bool = False, disorder_seed: int | None = None
    ) -> list[Webhook]:
        """Return what waits to be sent, twice or out of order if asked."""
        with self.lock:
            waiting, self.webhooks = self.webhooks, []
        if duplicates:
            waiting = [one for webhook in waiting for one in (webhook, webhook)]
        if disorder_seed is not None:
            random.Random(disorder_seed).shuffle(waiting)
        return waiting


class PlatformServer(PartnerServer):
    """The partner's server, for every method."""

    def __init__(self, platform: Platform, port: int) -> None:
        super().__init__(platform, port)
        self.RequestHandlerClass = PlatformHandler


class PlatformHandler(PartnerHandler):
    """One connection to a platform."""

    server_version = "PlatformSimulator"

    def _take(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.path, self.headers, self.rfile.read(length))
        self._carry_out(self.server.partner.receive(request, self.command))

    do_GET = do_POST = do_PUT = do_DELETE = _take


def _call(request: Request, method: str) -> Call:
    parts = urlsplit(request.path)
    return Call(
        method,
        tuple(unquote(part) for part in parts.path.strip("/").split("/")),
        dict(parse_qsl(parts.query)),
        {name.lower(): value for name, value in request.headers.items()},
        _object(request.body),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
