"""``retail.loyalty.ledger``: points from member to member, for merges and gifts.

Two entries over the wallet's clearing account, whose balance so stays zero. Lots keep
their ends on the other side. A transfer is taken back by another one.
"""

from odoo import api, models

from ..tools.outcomes import Posted
from ..tools.postings import Transfer


class RetailLoyaltyLedger(models.AbstractModel):
    _inherit = "retail.loyalty.ledger"

    @api.model
    def _transfer(self, transfer: Transfer) -> Posted:
        """Move points between two members of one wallet; the giver's side answers.

        State ``refused`` if the giver has fewer available and it is not forced.
        """
        return self._ask("retail_loyalty_transfer", [transfer])[0]
