"""``retail.handler.platform.movement``: points that moved at a loyalty platform.

Works ``retail.loyalty.platform.movement.v1``. Keeps each movement once and lets
``retail.loyalty.platform.movement`` decide what becomes of it.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.models.handler import Outcome
from odoo.addons.retail_integration_base.tools.errors import RetailError

from ..schemas.platform_movement import PlatformMovement


class RetailHandlerPlatformMovement(models.AbstractModel):
    _name = "retail.handler.platform.movement"
    _inherit = "retail.handler"
    _description = "Take over what moved at a platform"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, PlatformMovement | RetailError]:
        documents, refusals = self._read_documents(events)
        return {**documents, **refusals}

    @api.model
    def _apply_events(
        self,
        events: models.BaseModel,
        prepared: dict[int, PlatformMovement | RetailError],
    ) -> dict[int, Outcome]:
        movements = self.env["retail.loyalty.platform.movement"].sudo()
        backend = events.backend_id
        fresh = movements._hear(backend, [prepared[event.id] for event in events])
        fresh._settle()
        known = movements.search(
            [
                ("backend_id", "=", backend.id),
                ("movement_ref", "in", [prepared[e.id].movement for e in events]),
            ]
        )
        words = dict(movements._fields["state"]._description_selection(self.env))
        told = {one.movement_ref: words[one.state] for one in known}
        news = set(fresh.mapped("movement_ref"))
        return {
            event.id: Outcome(
                "done" if prepared[event.id].movement in news else "ignored",
                told[prepared[event.id].movement],
            )
            for event in events
        }
