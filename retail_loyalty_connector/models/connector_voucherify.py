"""``retail.connector.voucherify``: Voucherify's loyalty cards.

Conversations are in ``tools/voucherify.py``; what it shares with other platforms is in
``connector_platform.py``.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from ..tools import voucherify_answer
from ..tools.platform import Notice
from ..tools.voucherify import VoucherifyClient, VoucherifySettings


class RetailConnectorVoucherify(models.AbstractModel):
    _name = "retail.connector.voucherify"
    _inherit = "retail.connector.platform"
    _description = "Voucherify"

    @api.model
    def _platform_notice(self, headers: Mapping[str, str], body: Any) -> Notice:
        return voucherify_answer.read_notice(body)

    @api.model
    def _platform_keys(
        self, backend: models.BaseModel, member_ref: str
    ) -> list[tuple[str, str]]:
        return [("card", member_ref)]

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> VoucherifyClient:
        return VoucherifyClient(
            backend._platform_connection(),
            VoucherifySettings(
                app_id=backend._platform_setting("platform_application")
            ),
        )
