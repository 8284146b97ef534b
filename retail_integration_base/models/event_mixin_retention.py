"""``retail.event.mixin``: messages whose content is gone after its retention."""

from odoo import models
from odoo.exceptions import UserError


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    def action_replay(self) -> None:
        """Work these messages again, if there is still something in them.

        :raises UserError: the content of one of them was erased
        """
        erased = self.sudo().search_count(
            [("id", "in", self.ids), ("payload", "=", False)]
        )
        if erased:
            raise UserError(
                self.env._(
                    "The content of %(count)s of these messages was erased when its "
                    "retention ended: they cannot be replayed.",
                    count=erased,
                )
            )
        return super().action_replay()
