"""``retail.transaction``: an order whose progress was told before it came itself."""

from collections.abc import Sequence

from odoo import models

from .transaction_recording import Pair


class RetailTransaction(models.Model):
    _inherit = "retail.transaction"

    def _after_record(self, pairs: Sequence[Pair]) -> None:
        super()._after_record(pairs)
        orders = self.filtered(lambda one: one.channel != "pos" and one.external_ref)
        if not orders:
            return
        rows = (
            self.env["retail.order.progress"]
            .sudo()
            .search(
                [
                    ("company_id", "in", orders.company_id.ids),
                    ("external_ref", "in", orders.mapped("external_ref")),
                    ("transaction_id", "=", False),
                ]
            )
        )
        rows._look_for_orders()
        rows._conclude()
