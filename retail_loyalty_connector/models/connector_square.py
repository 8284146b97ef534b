"""``retail.connector.square``: Square Loyalty.

Conversations are in ``tools/square.py``. Messages of the canonical kind are neither
sent there nor understood by it.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..tools.square import SquareClient
from ..tools.square_calls import SquareSettings


class RetailConnectorSquare(models.AbstractModel):
    _name = "retail.connector.square"
    _inherit = "retail.connector.generic"
    _description = "Square Loyalty"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"poll"})

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        return self._fetch_movements(backend, query)

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
