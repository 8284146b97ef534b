"""``retail.handler.platform.member``: something about a member changed at a platform.

Works ``retail.loyalty.platform.member.v1``. A hint is no fact: the platform is asked
soon, by ``retail.loyalty.platform.member``, outside the lane.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.models.handler import Outcome
from odoo.addons.retail_integration_base.tools.errors import RetailError

from ..schemas.platform_member import PlatformMember


class RetailHandlerPlatformMember(models.AbstractModel):
    _name = "retail.handler.platform.member"
    _inherit = "retail.handler"
    _description = "Ask a platform about a member"

    @api.model
    def _prepare_events(
        self, events: models.BaseModel
    ) -> dict[int, PlatformMember | RetailError]:
        documents, refusals = self._read_documents(events)
        return {**documents, **refusals}

    @api.model
    def _apply_events(
        self,
        events: models.BaseModel,
        prepared: dict[int, PlatformMember | RetailError],
    ) -> dict[int, Outcome]:
        members = self.env["retail.loyalty.platform.member"].sudo()
        said = [prepared[event.id] for event in events]
        moved = {one.member for one in said if one.what == "moved"}
        members._ask(events.backend_id, moved, movements=True)
        members._ask(events.backend_id, {one.member for one in said} - moved)
        text = self.env._("The platform is asked")
        return {event.id: Outcome("done", text) for event in events}
