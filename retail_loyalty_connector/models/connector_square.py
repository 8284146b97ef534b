"""``retail.connector.square``: Square Loyalty.

Conversations are in ``tools/square.py``; what it shares with other platforms is in
``connector_platform.py``.
"""

from collections.abc import Mapping
from typing import Any

from odoo import api, models

from ..tools import square_webhook
from ..tools.platform import Notice
from ..tools.square import SquareClient
from ..tools.square_calls import SquareSettings


class RetailConnectorSquare(models.AbstractModel):
    _name = "retail.connector.square"
    _inherit = "retail.connector.platform"
    _description = "Square Loyalty"

    @api.model
    def _platform_notice(self, headers: Mapping[str, str], body: Any) -> Notice:
        return square_webhook.read(body)

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> SquareClient:
        currencies = self.env["res.currency"].sudo().search([], limit=500)
        return SquareClient(
            backend._platform_connection(),
            SquareSettings(
                location_id=backend._platform_setting("platform_location"),
                program_id=backend.platform_program or "main",
                currency_decimals={one.name: one.decimal_places for one in currencies},
            ),
        )
