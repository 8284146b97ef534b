"""``retail.connector``: what a connector of a loyalty platform adds to the contract.

Three words that a vendor says (``connector_square.py`` and the others). What follows
from them for every platform is in ``connector_platform.py``; what clients do is in
``tools/platform_client.py``.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConnectorNotImplemented

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
