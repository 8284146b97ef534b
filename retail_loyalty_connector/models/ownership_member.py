"""``retail.ownership``: changes of members are told to the program's platform.

A platform takes no messages of ours but answers questions and takes orders, so it is
told by ``retail.loyalty.platform.member`` instead of the outbox.
"""

from datetime import datetime

from odoo import api, models


class RetailOwnership(models.AbstractModel):
    _inherit = "retail.ownership"

    @api.model
    def _tell(
        self,
        record: models.BaseModel,
        names: list[str],
        at: datetime,
        *,
        backend: models.BaseModel | None = None,
        event: models.BaseModel | None = None,
    ) -> int:
        told = super()._tell(record, names, at, backend=backend, event=event)
        if record._name == "retail.loyalty.member":
            record._tell_platform(backend)
        return told
