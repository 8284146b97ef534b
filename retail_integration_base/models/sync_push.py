"""``retail.sync.push``: the contract of what a scheduled push tells a partner.

One concrete model per kind of document, chosen on the sync job. It pages through our
records and emits messages; the outbox delivers them.
"""

from typing import Any

from odoo import api, models

from ..tools.errors import ConnectorNotImplemented
from ..tools.paging import Page, PageQuery


class RetailSyncPush(models.AbstractModel):
    _name = "retail.sync.push"
    _description = "Scheduled Push Contract"

    @api.model
    def _collect_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return ids of records to tell ``backend`` about, a page at a time.

        Every source overrides it. Reads only; the same page may be asked for again.
        """
        raise ConnectorNotImplemented(self._name, "_collect_page")

    @api.model
    def _emit_page(self, backend: models.BaseModel, items: list[Any]) -> int:
        """Emit the messages of a page and return how many are new.

        Every source overrides it. Idempotent: the message id follows from the document.
        """
        raise ConnectorNotImplemented(self._name, "_emit_page")
