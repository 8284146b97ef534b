"""``retail.transaction``: points are posted in the transaction that records the sale.

The effect and the sale commit together or not at all, for a whole batch at once. What
cannot be posted is a row of ``retail.loyalty.accrual``; the sale is recorded all the
same.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from odoo import fields, models

from odoo.addons.retail_integration_base.models.transaction_recording import Pair
from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
)


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    accrual_ids = fields.One2many("retail.loyalty.accrual", "transaction_id")

    def _after_record(self, pairs: Sequence[Pair]) -> None:
        originals = {
            transaction.id: _originals(prepared.document)
            for transaction, (_event, prepared) in zip(self, pairs, strict=True)
        }
        self.env["retail.loyalty.accrual"].sudo()._record(self, originals)
        return super()._after_record(pairs)


def _originals(document: TransactionDocument) -> dict[str, dict[str, Any]]:
    """Return which sold line each returned one names, as the sender said it."""
    return {
        str(line.n): {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(line.original).items()
            if value is not None
        }
        for line in document.lines
        if line.original
    }
