"""``retail.outbox.event``: a trap between the partner's answer and its recording."""

from odoo import models

from ..traps import spring


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    def _record(self, attempt: object) -> bool:
        spring("record", self.causation_id or "", self.env.cr)
        return super()._record(attempt)
