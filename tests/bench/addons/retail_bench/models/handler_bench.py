"""``retail.handler.bench``: does nothing, so that handing out work is what is left."""

from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.models.handler import Outcome


class RetailHandlerBench(models.AbstractModel):
    _name = "retail.handler.bench"
    _inherit = "retail.handler"
    _description = "Nothing (bench)"

    @api.model
    def _prepare_events(self, events: models.BaseModel) -> dict[int, Any]:
        """Prepare nothing."""
        return dict.fromkeys(events.ids)

    @api.model
    def _apply_events(
        self, events: models.BaseModel, prepared: dict[int, Any]
    ) -> dict[int, Outcome]:
        """Have no effect."""
        return {event_id: Outcome("done", "") for event_id in events.ids}
