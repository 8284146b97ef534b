"""``retail.handler``: the contract of code that turns messages into effects.

One concrete model per kind of effect, named by the topics that use it. The hub
(``inbox_event_work.py``) calls it with batches, inside a savepoint, with the service
user's rights and company; it may call it again for the same messages.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from odoo import api, models

from ..schemas import registry
from ..tools.errors import ConnectorNotImplemented, RetailError


@dataclass(frozen=True)
class Outcome:
    """What a message led to: ``done`` or ``ignored``, and a sentence for people."""

    state: str
    text: str


class RetailHandler(models.AbstractModel):
    _name = "retail.handler"
    _description = "Message Handler"

    @api.model
    def _prepare_events(self, events: models.BaseModel) -> dict[int, Any]:
        """Read, check and resolve; write nothing.

        Every handler overrides it. Must look records up for the whole batch at once.

        :param events: ``retail.inbox.event`` records of one backend, oldest first
        :return: event id -> whatever ``_apply_events`` needs, or a ``RetailError``
            (a refusal is a value; only a bug raises)
        """
        raise ConnectorNotImplemented(self._name, "_prepare_events")

    @api.model
    def _read_documents(
        self, events: models.BaseModel
    ) -> tuple[dict[int, BaseModel], dict[int, RetailError]]:
        """Return what the messages say, and why others cannot be read, by event id."""
        documents: dict[int, BaseModel] = {}
        refusals: dict[int, RetailError] = {}
        for event in events:
            try:
                body = event.backend_id._connector()._translate_event(event)
                documents[event.id] = registry.validate(event.topic_id.name, body)
            except RetailError as error:
                refusals[event.id] = error
        return documents, refusals

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Any | RetailError]
    ) -> dict[int, Outcome]:
        """Make the effects of messages that were prepared without refusal.

        Every handler overrides it. Must be idempotent by a natural key of the effect:
        the same sale can come in twice under two message ids.

        :return: event id -> outcome, for every event given
        """
        raise ConnectorNotImplemented(self._name, "_apply_events")
