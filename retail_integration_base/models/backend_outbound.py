"""``retail.backend``: how we call its system, and the one door for every call.

Lives here: where the system may be, what TLS needs, and ``_call``, which the outbox,
sync jobs and other modules use for anything they ask of a partner. Lives elsewhere:
HTTP itself (``tools/http_client.py``), what is sent (connectors).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry

from ..tools import http_client
from ..tools.address_guard import parse_networks
from ..tools.clock import utc_now
from ..tools.errors import ConfigurationError, RetailError
from ..tools.http_client import OutboundRequest, OutboundResponse
from ..tools.http_trust import Trust, tls_context
from .gate import GateLimits

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What came of a call: the partner's answer, what it means if not success."""

    response: OutboundResponse | None
    error: RetailError | None


@dataclass(frozen=True)
class Door:
    """All that calls to one backend need, read once.

    Holds no record: nothing of the job's transaction is touched while a partner
    thinks. The gate is asked and told in short transactions of its own.
    """

    registry: Registry
    backend_id: int
    backend_code: str
    connector: str
    trust: Trust
    limits: GateLimits

    def call(self, request: OutboundRequest, cost: float = 1.0) -> OutboundResponse:
        """Send ``request`` once; see ``retail.backend._call``."""
        answer = self.ask(request, cost)
        if answer.response is None:
            raise answer.error
        return answer.response

    def ask(self, request: OutboundRequest, cost: float = 1.0) -> Answer:
        """Send ``request`` once; errors of the way are values too.

        ``error.context["postponed"]`` is set where the gate let nothing out.
        """
        endpoint = urlsplit(request.url).netloc
        try:
            with self._gates() as gates:
                gate_id = gates._enter(
                    self.backend_id, endpoint, self.limits, cost, request.deadline_s
                )
        except RetailError as error:
            return Answer(None, error)
        response: OutboundResponse | None = None
        error: RetailError | None = None
        try:
            response = http_client.send(request, self.backend_code, self.trust)
        except RetailError as failure:
            error = failure
        with self._gates() as gates:
            hint = None
            if response is not None:
                now = utc_now()
                connector = gates.env[self.connector]
                cap_s = float(self.limits.pause_s_max)
                error = connector._error_of_response(response, now, cap_s)
                hint = connector._rate_hint(response, now)
            gates.browse(gate_id)._leave(error, hint, self.limits)
        self._log(request, response, error)
        return Answer(response, error)

    @contextmanager
    def _gates(self) -> Iterator[models.BaseModel]:
        with self.registry.cursor() as cr:
            gates = api.Environment(cr, SUPERUSER_ID, {})["retail.gate"]
            gates._read_committed(cr)
            yield gates

    def _log(
        self,
        request: OutboundRequest,
        response: OutboundResponse | None,
        error: RetailError | None,
    ) -> None:
        parts = urlsplit(request.url)
        # Without the query: partners put personal values and keys there.
        _logger.info(
            "call backend=%s method=%s host=%s path=%s status=%s latency_ms=%s code=%s",
            self.backend_code,
            request.method,
            parts.netloc,
            parts.path,
            response.status if response else "-",
            int(response.latency_s * 1000) if response else "-",
            error.code if error else "-",
        )


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    plain_http = fields.Boolean(
        string="Allow http://",
        tracking=True,
        help="Calls may go out unencrypted. For systems on this machine only.",
    )
    private_networks = fields.Char(
        tracking=True,
        help="Networks of our own that this system may be in, such as 10.20.0.0/16. "
        "Without them only public addresses are called.",
    )
    ca_certificates = fields.Text(
        string="Further certificate authorities",
        tracking=True,
        help="PEM certificates of authorities that signed this system's certificate "
        "and are not publicly known.",
    )

    def _call(self, request: OutboundRequest, cost: float = 1.0) -> OutboundResponse:
        """Send one request to this backend's system: the only way out of the hub.

        Applies rate limit, circuit breaker, the guard of addresses, TLS and the time
        limits, and writes one INFO line. Must not be called while the transaction
        holds row locks of the business (design §3.2). Does not try again: that is the
        caller's decision.

        :param cost: units of the backend's rate that this call takes
        :return: the answer, whatever its status; ``_error_of`` says what it means
        :raises CircuitOpen: nobody calls this host now; ``retry_after_s``
        :raises RateLimited: too fast; nothing went out; ``retry_after_s``
        :raises RemoteUnavailable: no complete answer; ``context["unknown_outcome"]``
        :raises AddressRefused: the address is not one that we may call
        :raises ConfigurationError: a request or certificate that is wrong
        """
        return self._door().call(request, cost)

    def _error_of(self, response: OutboundResponse) -> RetailError | None:
        """Return what an answer means, ``None`` for success."""
        cap_s = float(self.retry_after_cap_s)
        return self._connector()._error_of_response(response, utc_now(), cap_s)

    def _door(self) -> Door:
        """Return what calls need, for callers that have no record while they call.

        :raises ConfigurationError: a network or certificate that is wrong
        :raises EnvironmentMismatch: a production system, on a server that is not
        """
        self.ensure_one()
        self._check_runs_here()
        return Door(
            registry=self.env.registry,
            backend_id=self.id,
            backend_code=self.code,
            connector=self.connector,
            trust=self._trust(),
            limits=self._gate_limits(),
        )

    def _trust(self) -> Trust:
        return Trust(
            networks=parse_networks(self.private_networks),
            plain_http=self.plain_http,
            ca_pem=self.ca_certificates or "",
            client_pem=self._client_certificate(),
        )

    def _client_certificate(self) -> str:
        now = utc_now()
        certificates = self.sudo().credential_ids.filtered(
            lambda one: one.active and one.purpose == "tls_client"
        )
        if not certificates:
            return ""  # the key ring is not needed
        live = [one.value for one in certificates._reveal() if one.is_live(now)]
        # Newest first, as credentials are ordered: the one that rotation brought.
        return live[0] if live else ""

    @api.constrains("private_networks", "ca_certificates")
    def _check_trust(self) -> None:
        for backend in self:
            try:
                parse_networks(backend.private_networks)
                tls_context(Trust(ca_pem=backend.ca_certificates or ""))
            except ConfigurationError as error:
                raise ValidationError(error.message) from error
