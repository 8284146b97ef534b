"""``retail.transaction``: counting and summing recorded sales by store and day.

In the transaction that records them, so that the figure and its records never differ.
"""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal

from odoo import models

from ..tools.sums import computed_totals
from .counter import CounterKey
from .transaction_recording import Pair


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    def _after_record(self, pairs: Sequence[Pair]) -> None:
        sums: dict[CounterKey, tuple[int, Decimal]] = {}
        for event, prepared in pairs:
            document, resolution = prepared.document, prepared.resolution
            key = CounterKey(
                "sale",
                event.company_id.id,
                event.backend_id.id,
                resolution.store_id,
                currency_id=resolution.currency_id,
                part=document.kind,
                period_at=datetime.combine(resolution.business_date, time.min),
            )
            count, total = sums.get(key, (0, Decimal(0)))
            amount = computed_totals(document).grand or Decimal(0)
            sums[key] = (count + 1, total + amount)
        self.env["retail.counter"].sudo()._add(sums)
        return super()._after_record(pairs)
