"""``retail.connector``: the contract between the hub and one vendor's system.

Each vendor is one model ``retail.connector.<vendor>`` that inherits this one and is
chosen on the backend; vendor words do not pass it. Methods raise by default, so that
a forgotten one is an error with a name, never a silent nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from odoo import api, models

from ..tools import http_client
from ..tools.command_result import CommandResult, result_of_answer
from ..tools.errors import ConnectorNotImplemented, RetailError
from ..tools.http_client import OutboundRequest, OutboundResponse
from ..tools.paging import Page, PageQuery
from ..tools.rate_hints import RateHint, hint_of_headers
from ..tools.stake import Stake


@dataclass(frozen=True)
class WebhookHead:
    """What the door needs to know about a vendor's message to store it."""

    event_key: str
    topic: str
    partition_key: str
    subject: str | None = None
    source: str | None = None
    event_at: datetime | None = None
    #: what never changes about the subject: with it, fetched and pushed are one message
    identity: Any = None
    #: says how things are now: only the identity has to be that of a known message
    is_fetched: bool = False


class RetailConnector(models.AbstractModel):
    _name = "retail.connector"
    _description = "Connector Contract"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        """Return what the vendor can do; the hub fills what is missing.

        Overridden by every connector. Known words: ``webhooks_in``, ``events_out``,
        ``idempotent_writes``, ``query_outcome``, ``poll``.
        """
        raise ConnectorNotImplemented(self._name, "_capabilities")

    @api.model
    def _webhook_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        """Name a vendor's message: id, topic and key. Called at the door, after the
        signature was checked and before anything is stored; must not touch the
        database.

        :param body: the parsed JSON body
        :raises PayloadInvalid: the message cannot be named; ``UnknownTopic``
        """
        raise ConnectorNotImplemented(self._name, "_webhook_head")

    @api.model
    def _translate_event(self, event: models.BaseModel) -> dict:
        """Return the canonical document of a stored message, for its topic.

        Called by handlers, possibly several times; pure but for reading the event.

        :raises PayloadInvalid: the vendor's body lacks what the document needs
        """
        raise ConnectorNotImplemented(self._name, "_translate_event")

    @api.model
    def _find_stake(self, event: models.BaseModel) -> Stake | None:
        """Return how much money a stored message is about, ``None`` if it names none.

        Called when a person has to decide about a message, which may be broken: what
        cannot be read is no stake.
        """
        raise ConnectorNotImplemented(self._name, "_find_stake")

    @api.model
    def _delivery_request(self, event: models.BaseModel) -> OutboundRequest:
        """Return the HTTP request that delivers an outgoing message.

        Called by the outbox once per attempt. The same message must give the same
        idempotency key every time: an attempt whose answer got lost is sent again.
        """
        raise ConnectorNotImplemented(self._name, "_delivery_request")

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return one page of a list of the partner's (capability ``poll``).

        Called by sync jobs and reconciliations, outside any lock; the same page may be
        asked for again.

        :raises RetailError: no page; ``retry`` says whether to ask again
        """
        raise ConnectorNotImplemented(self._name, "_fetch_page")

    @api.model
    def _prepare_polled(self, door: Any, resource: str, item: Any) -> Any:
        """Return an item of a polled list as the inbox stores it (``StoredEvent``).

        Must give the key that the partner's push of the same event would have: what
        came by both ways is one message.

        :param door: the backend's ``Door``, with topic lanes
        :raises PayloadInvalid, UnknownTopic: the item is no message
        """
        raise ConnectorNotImplemented(self._name, "_prepare_polled")

    @api.model
    def _error_of_response(
        self, response: OutboundResponse, now: datetime, retry_after_cap_s: float
    ) -> RetailError | None:
        """Return what an answer means, ``None`` for success. Pure.

        The same for all who speak HTTP properly; overridden for vendors that refuse
        with status 200. Called by the door for every answer.

        :param retry_after_cap_s: the longest pause that the partner may ask for
        """
        return http_client.error_of_response(response, now, retry_after_cap_s)

    @api.model
    def _rate_hint(self, response: OutboundResponse, now: datetime) -> RateHint | None:
        """Return what an answer says about the pace, ``None`` for nothing. Pure.

        Understands the headers in general use; overridden for vendors that count
        costs. Called by the door for every answer.
        """
        return hint_of_headers(response.headers, now)

    @api.model
    def _outcome_request(self, event: models.BaseModel) -> OutboundRequest | None:
        """Return the question whether the partner has a message (``query_outcome``).

        Called once after an attempt without an answer, before sending again; must
        have no effect at the partner. ``None``: this backend's system is not asked.
        """
        raise ConnectorNotImplemented(self._name, "_outcome_request")

    @api.model
    def _outcome_of(self, response: OutboundResponse) -> bool | None:
        """Return whether the partner has the message that was asked for. Pure.

        :return: ``None`` if the answer says neither; a person decides then
        """
        raise ConnectorNotImplemented(self._name, "_outcome_of")

    @api.model
    def _command_result(self, response: OutboundResponse) -> CommandResult | None:
        """Return how the partner decided about a command, if its answer says so. Pure.

        Others confirm later, by ``retail.command.result.v1``.
        """
        return result_of_answer(response.body_excerpt)
