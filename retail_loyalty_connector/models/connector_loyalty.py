"""``retail.connector``: what a connector of a loyalty platform adds to the contract.

Vendors are ``connector_square.py`` and the others; what their clients do is in
``tools/platform_client.py``. Lists are in ``connector_loyalty_lists.py``.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.models.connector import WebhookHead
from odoo.addons.retail_integration_base.schemas import registry
from odoo.addons.retail_integration_base.tools import strict_json
from odoo.addons.retail_integration_base.tools.clock import to_naive, utc_now
from odoo.addons.retail_integration_base.tools.errors import (
    ConnectorNotImplemented,
    PayloadInvalid,
)

from ..tools import platform_news as news
from ..tools.platform import Notice
from ..tools.platform_client import PlatformClient


class RetailConnector(models.AbstractModel):
    _inherit = "retail.connector"

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> PlatformClient:
        """Return the platform's client with the backend's settings.

        Overridden by connectors of loyalty platforms. Called for each conversation;
        must not call anybody.

        :raises ConfigurationError: a setting is missing
        """
        raise ConnectorNotImplemented(self._name, "_platform_client")

    @api.model
    def _platform_notice(self, headers: Mapping[str, str], body: Any) -> Notice:
        """Return what a webhook says, from its parsed body. Pure.

        Overridden by connectors of loyalty platforms that send webhooks.

        :raises PayloadInvalid, UnknownTopic: it says nothing that we take
        """
        raise ConnectorNotImplemented(self._name, "_platform_notice")

    @api.model
    def _platform_keys(
        self, backend: models.BaseModel, member_ref: str
    ) -> list[tuple[str, str]]:
        """Return by which keys a platform's id of a member is known here too.

        Pairs of kind (``card``, ``phone``) and value; overridden where members are
        called by what they show at a till.
        """
        return []

    # --- webhooks ---------------------------------------------------------------------

    @api.model
    def _platform_head(
        self, backend: models.BaseModel, headers: Mapping[str, str], body: Any
    ) -> WebhookHead:
        """Name a platform's webhook for the inbox.

        A movement is named by its own id, however often and by whatever message it is
        told; all else by the message's id.
        """
        notice = self._platform_notice(headers, body)
        if not notice.member_id:
            raise PayloadInvalid("", "the message names no member")
        topic, document = news.document_of_notice(notice)
        if topic == news.MOVEMENT_TOPIC:
            return self._movement_head(document)
        registry.validate(topic, document)
        return WebhookHead(
            event_key=notice.event_id,
            topic=topic,
            partition_key=f"member:{notice.member_id}",
            subject=f"member/{notice.member_id}",
            event_at=to_naive(notice.occurred_at) if notice.occurred_at else None,
        )

    @api.model
    def _movement_head(self, document: Mapping[str, Any]) -> WebhookHead:
        said = registry.validate(news.MOVEMENT_TOPIC, document)
        return WebhookHead(
            event_key=news.event_key(said.movement),
            topic=news.MOVEMENT_TOPIC,
            partition_key=said.partition_key(),
            subject=f"member/{said.member}",
            event_at=to_naive(said.at),
            identity=news.identity_of(document),
            # Told again in another message, it has to be the same movement only.
            is_fetched=True,
        )

    @api.model
    def _hint_head(self, door: Any, document: Mapping[str, Any]) -> WebhookHead:
        said = registry.validate(news.MEMBER_TOPIC, document)
        # Once a day is asked as often as the lists are compared.
        day = utc_now().date().isoformat()
        return WebhookHead(
            event_key=f"balance:{said.member}:{day}",
            topic=news.MEMBER_TOPIC,
            partition_key=said.partition_key(),
            subject=f"member/{said.member}",
        )

    @api.model
    def _platform_translated(self, event: models.BaseModel) -> dict:
        """Return the document of a stored message, of a webhook or of a list."""
        body = strict_json.loads(event.payload.encode(), parse_float=Decimal)
        if news.FETCHED in body:
            return body[news.FETCHED]
        notice = self._platform_notice({}, body)
        return news.document_of_notice(notice)[1]

    @api.model
    def _platform_polled(self, door: Any, document: Mapping[str, Any]) -> Any:
        """Return an item of a list as the inbox keeps it.

        A movement is itself; a balance that nobody here has is a reason to ask.
        """
        if "movement" in document:
            head = self._movement_head(document)
        else:
            document = {"member": str(document.get("member", "")), "what": "moved"}
            head = self._hint_head(door, document)
        payload = json.dumps({news.FETCHED: document}, ensure_ascii=False)
        return self.env["retail.gateway"]._prepare_webhook(
            door, head, document, payload
        )
