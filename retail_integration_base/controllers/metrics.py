"""``/retail/metrics``: numbers for a Prometheus server, never for the public.

Who reads them proves it by a bearer token (``RETAIL_METRICS_TOKEN`` in the environment
or ``retail_metrics_token`` in ``odoo.conf``; several separated by commas) or comes from
an address in ``RETAIL_METRICS_ALLOW`` / ``retail_metrics_allow``. Without either,
nobody does. Neither is in the database: a copy of it opens nothing.
"""

import hmac
import ipaddress
import os

from odoo import http
from odoo.http import Response, request
from odoo.tools import config

from ..tools.errors import (
    AuthenticationError,
    ConfigurationError,
    RemoteUnavailable,
)
from .api import Call, operation
from .dispatcher import problem_response, unavailable

TOKEN = "retail_metrics_token"  # nosec B105 # a name, no secret
ALLOW = "retail_metrics_allow"


class RetailMetricsController(http.Controller):
    @operation(
        "GET",
        "/retail/metrics",
        summary="Measures for a Prometheus server",
        description="For who runs this system; partners have no token for it.",
        tag="Service",
        proof="operator",
        needs_database=False,
        answers={200: "text/plain"},
        errors=[RemoteUnavailable],
    )
    def metrics(self, _call: Call) -> Response:
        """Return all measures of all companies."""
        headers = request.httprequest.headers
        if not (
            _token_matches(headers.get("Authorization", ""))
            or _address_allowed(request.httprequest.remote_addr)
        ):
            raise AuthenticationError(
                "Metrics need a bearer token or an allowed address.",
                context={"reason": "key"},
            )
        if request.env is None:
            return problem_response(unavailable())
        body, content_type = request.env["retail.metrics"]._render(
            headers.get("Accept", "")
        )
        return Response(
            body, headers={"Content-Type": content_type, "Cache-Control": "no-store"}
        )


def _settings(name: str) -> list[str]:
    text = os.environ.get(name.upper()) or config.get(name) or ""
    return [part for one in str(text).split(",") if (part := one.strip())]


def _token_matches(authorization: str) -> bool:
    kind, _space, given = authorization.partition(" ")
    matched = False
    for token in _settings(TOKEN):
        # No early exit: the time must not tell which token came close.
        matched |= hmac.compare_digest(given.strip().encode(), token.encode())
    return matched and kind.lower() == "bearer"


def _address_allowed(address: str | None) -> bool:
    networks = _settings(ALLOW)
    if not networks or not address:
        return False
    given = ipaddress.ip_address(address)
    try:
        return any(given in ipaddress.ip_network(one, strict=False) for one in networks)
    except ValueError as error:
        raise ConfigurationError(f"{ALLOW}: {error}") from error
