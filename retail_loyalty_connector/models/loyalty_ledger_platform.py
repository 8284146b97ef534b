"""``retail.loyalty.ledger``: movements are told to the program's platform.

Here only: the trigger is put in place. What becomes of an order is in
``loyalty_platform_order_work.py``.
"""

from odoo import api, models
from odoo.tools.misc import file_open


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _install(self) -> None:
        done = super()._install()
        with file_open("retail_loyalty_connector/data/ledger/platform.sql") as file:
            self.env.cr.execute(file.read())
        return done
