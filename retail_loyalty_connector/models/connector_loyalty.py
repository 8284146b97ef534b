"""``retail.connector``: what a connector of a loyalty platform adds to the contract.

Vendors are ``connector_square.py`` and the others; what their clients do is in
``tools/platform_client.py``.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConnectorNotImplemented

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
