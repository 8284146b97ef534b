"""``retail.loyalty.ledger``: movements are put down for subscribers.

Here only: the triggers are put in place. What becomes of a movement is in
``loyalty_announcement.py``.
"""

from odoo import api, models
from odoo.tools.misc import file_open


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _install(self) -> None:
        done = super()._install()
        with file_open("retail_loyalty_connector/data/ledger/announce.sql") as file:
            self.env.cr.execute(file.read())
        return done
