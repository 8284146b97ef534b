"""``retail.order.progress``: points follow an order that comes further (R10)."""

from odoo import models


class RetailOrderProgress(models.Model):
    _inherit = "retail.order.progress"

    def _after_change(self) -> None:
        self.env["retail.loyalty.accrual"]._follow(self)
        return super()._after_change()
