"""``retail.connector``: what a connector of a loyalty platform adds to the contract.

Vendors are ``connector_square.py`` and the others; what their clients do is in
``tools/platform_client.py``.
"""

from typing import Any

from odoo import api, models

from odoo.addons.retail_integration_base.tools.clock import to_rfc3339
from odoo.addons.retail_integration_base.tools.errors import (
    ConfigurationError,
    ConnectorNotImplemented,
)
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

from ..tools.platform import Movement, Refusal
from ..tools.platform_client import PlatformClient
from ..tools.platform_orders import MovementQuery

MOVEMENTS = "movements"


class RetailConnector(models.AbstractModel):
    _inherit = "retail.connector"

    @api.model
    def _platform_client(self, backend: models.BaseModel) -> PlatformClient:
        """Return the platform's client with the backend's settings.

        Overridden by connectors of loyalty platforms. Called for each conversation;
        must not call anybody.

        :raises ConfigurationError: a setting is missing
        """
        raise ConnectorNotImplemented(self._name, "_platform_client")

    @api.model
    def _fetch_movements(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return a page of everybody's movements at a platform, as plain items.

        For connectors whose platform lists all members (``lists_all``). Pages may
        overlap: an item's ``id`` tells what was seen.

        :raises ConfigurationError: another list, or a platform that has none of all
        """
        if query.resource != MOVEMENTS:
            raise ConfigurationError(
                f"{backend.name} has no list {query.resource!r}; it has {MOVEMENTS!r}."
            )
        client = backend._platform_client()
        asked = MovementQuery(since=query.since, until=query.until, cursor=query.cursor)
        page = backend._carry_out(client.transactions(asked))
        if isinstance(page, Refusal):
            raise ConfigurationError(f"{backend.name}: {page.detail}")
        return Page([_item(one) for one in page.items], page.next_cursor)


def _item(movement: Movement) -> dict[str, Any]:
    """Return a movement as a list to compare with holds it."""
    item = {name: value for name, value in vars(movement).items() if value is not None}
    item["id"] = item.pop("movement_id")
    item["at"] = to_rfc3339(movement.at)
    return item
