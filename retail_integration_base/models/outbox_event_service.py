"""``retail.outbox.event``: whose messages may leave, and what becomes of the others'.

Messages of subscriptions that are paused or disabled wait; those of one that was closed
are cancelled by its lanes. Called by ``_work_lane`` and by the sweep.
"""

from odoo import api, models
from odoo.tools import SQL

from .event_mixin import Mark
from .outbox_event import OPEN_STATES

CANCEL_BATCH_SIZE = 500


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    @api.model
    def _in_service(self) -> SQL:
        # A closed subscription is in service too: its lanes have to be emptied.
        return SQL(
            """EXISTS (SELECT 1 FROM retail_subscription s
                        WHERE s.id = e.subscription_id
                          AND (NOT s.active OR s.state = 'active'
                               AND b.active AND b.state = 'active'
                               AND b.phase_events))"""
        )

    def _cancel_remains(self, lane: models.BaseModel) -> tuple[int, bool, None]:
        """Cancel what is left in the lane of a subscription that was closed.

        The lane's row is locked, so nothing of it is on its way: what says so is what a
        killed worker left behind.
        """
        with self._own_transaction() as messages:
            open_ones = messages.search(
                [("lane_id", "=", lane.id), ("state", "in", OPEN_STATES)],
                order="id",
                limit=CANCEL_BATCH_SIZE,
            )
            stranded = open_ones.filtered(lambda event: event.state == "sending")
            messages._mark([Mark(event.id, "pending") for event in stranded])
            open_ones.action_cancel()
            return len(open_ones), len(open_ones) == CANCEL_BATCH_SIZE, None
