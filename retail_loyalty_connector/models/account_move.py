"""``account.move``: journal entries of loyalty's periods stay with their batch."""

from odoo import fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    retail_loyalty_batch_id = fields.Many2one(
        "retail.loyalty.finance.batch",
        string="Loyalty period",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    def button_draft(self) -> None:
        """Refuse where a batch stands on the entry: it would book the period twice.

        :raises UserError: reverse the batch instead
        """
        if self.sudo().retail_loyalty_batch_id:
            raise UserError(
                self.env._(
                    "This is the journal entry of a loyalty period. Reverse the period "
                    "in Loyalty → Finance."
                )
            )
        return super().button_draft()
