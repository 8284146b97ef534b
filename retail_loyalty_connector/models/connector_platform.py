"""``retail.connector.platform``: what the connectors of all loyalty platforms share.

Not chosen itself: a vendor inherits it and says how its client is made, what its
webhooks say and by which keys it calls members (contract: ``connector_loyalty.py``).
Here its webhooks and lists become messages of the inbox; lists are read in
``connector_platform_lists.py``. Messages of the canonical kind are neither sent to a
platform nor understood by it.
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
from odoo.addons.retail_integration_base.tools.errors import PayloadInvalid

from ..tools import platform_news as news


class RetailConnectorPlatform(models.AbstractModel):
    _name = "retail.connector.platform"
    _inherit = "retail.connector.generic"
    _description = "Loyalty platform"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"webhooks_in", "poll"})

    @api.model
    def _webhook_head(
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
    def _hint_head(self, document: Mapping[str, Any]) -> WebhookHead:
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
    def _translate_event(self, event: models.BaseModel) -> dict:
        """Return the document of a stored message, of a webhook or of a list."""
        body = strict_json.loads(event.payload.encode(), parse_float=Decimal)
        if news.FETCHED in body:
            return body[news.FETCHED]
        notice = self._platform_notice({}, body)
        return news.document_of_notice(notice)[1]

    @api.model
    def _prepare_polled(self, door: Any, resource: str, item: Any) -> Any:
        """Return an item of a list as the inbox keeps it.

        A movement is itself; a balance that nobody here has is a reason to ask.
        """
        if "movement" in item:
            document, head = item, self._movement_head(item)
        else:
            document = {"member": str(item.get("member", "")), "what": "moved"}
            head = self._hint_head(document)
        payload = json.dumps({news.FETCHED: document}, ensure_ascii=False)
        return self.env["retail.gateway"]._prepare_webhook(
            door, head, document, payload
        )
