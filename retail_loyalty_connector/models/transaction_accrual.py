"""``retail.transaction``: points are posted in the transaction that records the sale.

The effect and the sale commit together or not at all, for a whole batch at once. What
cannot be posted is a row of ``retail.loyalty.accrual``; the sale is recorded all the
same.
"""

from collections.abc import Sequence

from odoo import fields, models

from odoo.addons.retail_integration_base.models.transaction_recording import Pair

from .loyalty_accrual_original import named_originals


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    accrual_ids = fields.One2many("retail.loyalty.accrual", "transaction_id")

    def _after_record(self, pairs: Sequence[Pair]) -> None:
        originals = {
            transaction.id: named_originals(prepared.document)
            for transaction, (_event, prepared) in zip(self, pairs, strict=True)
        }
        self.env["retail.loyalty.accrual"].sudo()._record(self, originals)
        return super()._after_record(pairs)
