"""``retail.connector.generic``: systems that speak our canonical events.

Incoming: a CloudEvents envelope per message. Outgoing: the same envelope, signed with
the subscription's secret by the backend's scheme (Standard Webhooks unless the partner
needs another).
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from odoo import api, models

from ..schemas import registry
from ..schemas.envelope import EventEnvelope
from ..tools import correlation, problem, signing
from ..tools.clock import to_naive, utc_now
from ..tools.errors import ConfigurationError
from ..tools.http_client import OutboundRequest, OutboundResponse
from ..tools.paging import Page, PageQuery, page_url, parse_page
from ..tools.stake import Stake, stake_of
from .connector import WebhookHead

RESPONSE_BYTES_MAX = 64 * 1024
PAGE_BYTES_MAX = 16 * 1024 * 1024


class RetailConnectorGeneric(models.AbstractModel):
    _name = "retail.connector.generic"
    _inherit = "retail.connector"
    _description = "Canonical events"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset(
            {"webhooks_in", "events_out", "idempotent_writes", "query_outcome", "poll"}
        )

    @api.model
    def _webhook_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        try:
            envelope = EventEnvelope.model_validate(body)
        except ValidationError as error:
            raise problem.payload_invalid(error) from None
        document = registry.validate(envelope.type, body["data"])
        return WebhookHead(
            event_key=envelope.id,
            topic=envelope.type,
            partition_key=envelope.partitionkey or document.partition_key(),
            subject=envelope.subject,
            source=envelope.source,
            event_at=to_naive(envelope.time) if envelope.time else None,
        )

    @api.model
    def _translate_event(self, event: models.BaseModel) -> dict:
        body = event._body()
        # A canonical webhook stores its whole envelope, the events door only data.
        return body["data"] if event.transport == "webhook" else body

    @api.model
    def _find_stake(self, event: models.BaseModel) -> Stake | None:
        body = event._body()
        return stake_of(body.get("data") if event.transport == "webhook" else body)

    @api.model
    def _delivery_request(self, event: models.BaseModel) -> OutboundRequest:
        backend, subscription = event.backend_id, event.subscription_id
        now = utc_now()
        body = (event.payload or "").encode()
        secrets = subscription._signing_secrets(now)
        signature = signing.sign(
            backend.signature_scheme_id._spec(),
            secrets,
            message_id=event.event_key,
            timestamp=now,
            body=body,
            url=subscription.url,
        )
        return OutboundRequest(
            method="POST",
            url=subscription.url,
            headers={
                "Content-Type": "application/cloudevents+json",
                "Idempotency-Key": json.dumps(event.event_key),
                "X-Correlation-Id": event.correlation_id,
                "traceparent": correlation.next_traceparent(),
                **signature,
            },
            body=body,
            timeout_connect_s=float(backend.timeout_connect_s),
            timeout_read_s=float(backend.timeout_read_s),
            deadline_s=float(backend.deadline_s),
            response_bytes_max=RESPONSE_BYTES_MAX,
        )

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        if not backend.api_url:
            raise ConfigurationError(f"{backend.code} has no API address to poll.")
        response = backend._get_answer(
            OutboundRequest(
                method="GET",
                url=page_url(backend.api_url, query),
                headers={
                    "Accept": "application/json",
                    "X-Correlation-Id": correlation.current() or correlation.new_id(),
                    **backend._api_authorization(),
                },
                timeout_connect_s=float(backend.timeout_connect_s),
                timeout_read_s=float(backend.timeout_read_s),
                deadline_s=float(backend.deadline_s),
                response_bytes_max=PAGE_BYTES_MAX,
            )
        )
        return parse_page(response.body_excerpt)

    @api.model
    def _prepare_polled(self, door: Any, resource: str, item: Any) -> Any:
        return self.env["retail.gateway"]._prepare_canonical(door, item, "", None)

    @api.model
    def _outcome_request(self, event: models.BaseModel) -> OutboundRequest | None:
        backend = event.backend_id
        if not backend.outcome_url:
            return None
        return OutboundRequest(
            method="GET",
            url=backend.outcome_url.replace("{id}", quote(event.event_key, safe="")),
            headers={"X-Correlation-Id": event.correlation_id},
            timeout_connect_s=float(backend.timeout_connect_s),
            timeout_read_s=float(backend.timeout_read_s),
            deadline_s=float(backend.deadline_s),
            response_bytes_max=RESPONSE_BYTES_MAX,
        )

    @api.model
    def _outcome_of(self, response: OutboundResponse) -> bool | None:
        return {200: True, 404: False}.get(response.status)
