"""``retail.recorded.part``: lines and tenders are as immutable as their sale.

Abstract; they are written once, by the set-based recording of transactions.
"""

from odoo import api, models
from odoo.exceptions import UserError


class RetailRecordedPart(models.AbstractModel):
    _name = "retail.recorded.part"
    _description = "Part of a Recorded Transaction"

    def write(self, vals: dict) -> bool:
        self.check_access("write")
        if vals:
            raise UserError(
                self.env._(
                    "A recorded transaction does not change; record a correction."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self) -> None:
        raise UserError(self.env._("A recorded transaction cannot be deleted."))
