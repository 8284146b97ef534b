"""``retail.connector.voucherify``: Voucherify's loyalty cards.

Conversations are in ``tools/voucherify.py``. Messages of the canonical kind are neither
sent there nor understood by it.
"""

from odoo import api, models

from ..tools.voucherify import VoucherifyClient, VoucherifySettings


class RetailConnectorVoucherify(models.AbstractModel):
    _name = "retail.connector.voucherify"
    _inherit = "retail.connector.generic"
    _description = "Voucherify"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset()

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> VoucherifyClient:
        return VoucherifyClient(
            backend._platform_connection(),
            VoucherifySettings(
                app_id=backend._platform_setting("platform_application")
            ),
        )
