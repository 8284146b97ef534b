"""``retail.gateway``: messages that we fetched instead of being sent them.

They take the same door as those that were sent: same keys, same inbox, same lanes.
Called by ``retail.sync.run`` and by reconciliations that heal what is missing here.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from odoo import api, models

from ..tools import canonical, strict_json
from ..tools.errors import RetailError
from .gateway import Door
from .inbox_event import StoredEvent


class Polled(NamedTuple):
    """What became of the items of a page, and why some were refused."""

    verdicts: Counter
    refusals: list[tuple[int, RetailError]]


class RetailGateway(models.AbstractModel):
    _inherit = "retail.gateway"

    @api.model
    def _store_polled(self, door: Door, resource: str, items: Sequence[Any]) -> Polled:
        """Store the items of a polled list; one bad item does not stop the others.

        :return: counts by ``accepted | duplicate | conflict | refused``
        """
        backend = self.env["retail.backend"].sudo().browse(door.backend_id)
        connector = backend._connector()
        events: list[StoredEvent] = []
        refusals: list[tuple[int, RetailError]] = []
        for position, item in enumerate(items):
            try:
                events.append(connector._prepare_polled(door, resource, item))
            except RetailError as error:
                refusals.append((position, error))
        fresh, pushed = self._part_pushed(backend, events)
        verdicts = Counter(duplicate=len(pushed), refused=len(refusals))
        if fresh:
            verdicts += Counter(receipt.verdict for receipt in self._store(door, fresh))
        return Polled(verdicts, refusals)

    def _part_pushed(
        self, backend: models.BaseModel, events: list[StoredEvent]
    ) -> tuple[list[StoredEvent], list[StoredEvent]]:
        """Set apart what came by the webhook door before and says the same.

        That door keeps the vendor's whole body; only its translation can be compared.
        """
        known = self.env["retail.inbox.event"].sudo()
        known = known.search(
            [
                ("backend_id", "=", backend.id),
                ("event_key", "in", [event.event_key for event in events]),
                ("transport", "=", "webhook"),
                ("payload", "!=", False),
            ]
        )
        by_key = {record.event_key: record for record in known}
        connector = backend._connector()
        pushed = [
            event
            for event in events
            if event.transport == "canonical"
            and event.event_key in by_key
            and _says(event, connector._translate_event(by_key[event.event_key]))
        ]
        return [event for event in events if event not in pushed], pushed


def _says(event: StoredEvent, document: dict) -> bool:
    own = strict_json.loads(event.payload.encode())
    return canonical.canonical_bytes(own) == canonical.canonical_bytes(document)
