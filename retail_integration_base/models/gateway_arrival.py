"""``retail.gateway``: what is left to do when messages have been stored.

A line in the log, the counters and waking up the lanes: nobody who sent something
waits for that, so requests only hand over a note after their commit, and a thread of
the worker does it once for all that came in meanwhile (decision 19). A killed worker
forgets the notes of a moment; the messages are stored, and the sweep finds their lanes.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from odoo import api, models
from odoo.modules.registry import Registry

from ..tools.afterwards import Afterwards
from .counter import CounterKey, add_soon
from .gateway import Door, Receipt

_logger = logging.getLogger(__name__)

#: how long the first note of an idle worker waits for company
DELAY_S = 0.02
#: how long a busy worker rests in between: asking whether a lane has its job costs as
#: much as storing a message
REST_S = 0.1
#: A batch is told by its size: hundreds of ids in one line help nobody.
TOLD_MAX = 20


class Arrival(NamedTuple):
    """The messages of one request and what became of each."""

    company_id: int
    backend_id: int
    receipts: Sequence[Receipt]
    lane_ids: frozenset[int]


class RetailGateway(models.AbstractModel):
    _inherit = "retail.gateway"

    @api.model
    def _announce_after_commit(
        self, door: Door, receipts: Sequence[Receipt], lane_ids: frozenset[int]
    ) -> None:
        arrival = Arrival(door.company_id, door.backend_id, receipts, lane_ids)
        self.env.cr.postcommit.add(partial(self._hand_over, arrival))

    def _hand_over(self, arrival: Arrival) -> None:
        _arrivals.add(self.env.cr.dbname, arrival)


def announce(database: str, arrivals: Sequence[Arrival]) -> None:
    """Log and count ``arrivals``, and see to it that jobs work their lanes."""
    counts: Counter[CounterKey] = Counter()
    for company_id, backend_id, receipts, _lane_ids in arrivals:
        for receipt in receipts:
            key = CounterKey("received", company_id, backend_id, part=receipt.verdict)
            counts[key] += 1
        if len(receipts) > TOLD_MAX:
            _logger.info("%d messages came in together", len(receipts))
    told = [
        f"message {one.event_key} is {one.verdict} corr={one.correlation_id}"
        for arrival in arrivals
        if len(arrival.receipts) <= TOLD_MAX
        for one in arrival.receipts
    ]
    if told:
        _logger.info("%s", "; ".join(told))
    for key, count in counts.items():
        add_soon(database, key, count, 0.0)
    lane_ids = {lane_id for arrival in arrivals for lane_id in arrival.lane_ids}
    Registry(database)["retail.lane"]._arm_apart(database, lane_ids)


_arrivals: Afterwards[Arrival] = Afterwards(announce, DELAY_S, rest_s=REST_S)
