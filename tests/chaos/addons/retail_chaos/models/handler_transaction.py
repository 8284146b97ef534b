"""``retail.handler.transaction``: traps before the effect and after the commit."""

from functools import partial

from odoo import api, models

from ..traps import spring


class RetailHandlerTransaction(models.AbstractModel):
    _inherit = "retail.handler.transaction"

    @api.model
    def _apply_events(self, events: models.BaseModel, prepared: dict) -> dict:
        outcomes = super()._apply_events(events, prepared)
        for event in events:
            spring("apply", event.event_key, self.env.cr)
            self.env.cr.postcommit.add(
                partial(spring, "committed", event.event_key, self.env.cr)
            )
        return outcomes
