"""``retail.bench.job``: the usual way, one queue_job per message.

The message is worked by the hub's own code, so that the two ways differ in nothing but
how work is handed out.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.models.inbox_event_work import Batch


class RetailBenchJob(models.AbstractModel):
    _name = "retail.bench.job"
    _description = "One Job per Message"

    @api.model
    def _enqueue_all(self, backend_code: str) -> int:
        """Create a job for each new message of the backend; return how many."""
        events = self.env["retail.inbox.event"].search(
            [("backend_id.code", "=", backend_code), ("state", "=", "received")],
            order="id",
        )
        for event in events:
            self.with_delay()._work_one(event.id)
        return len(events)

    @api.model
    def _work_one(self, event_id: int) -> None:
        """Do for one message what a lane does for a batch."""
        event = self.env["retail.inbox.event"].sudo().browse(event_id)
        batch = Batch()
        if not event._blocked_ids():
            event._attempt(event.topic_id.handler, batch)
        event._settle(event, batch)
