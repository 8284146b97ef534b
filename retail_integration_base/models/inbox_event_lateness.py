"""``retail.inbox.event``: those that wait longer than their topic promises (R132)."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now

WAITING = ("received", "retry")


class RetailInboxEvent(models.Model):
    _inherit = "retail.inbox.event"

    is_overdue = fields.Boolean(
        string="Late",
        compute="_compute_is_overdue",
        search="_search_is_overdue",
        help="Waits longer than the objective of its topic.",
    )

    def _compute_is_overdue(self) -> None:
        now = to_naive(utc_now())
        for event in self:
            objective = timedelta(seconds=event.topic_id.sudo().objective_s)
            waiting = event.state in WAITING and event.received_at
            event.is_overdue = bool(waiting and event.received_at < now - objective)

    def _search_is_overdue(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        overdue = SQL(
            """(SELECT e.id FROM retail_inbox_event e
                 JOIN retail_topic t ON t.id = e.topic_id
                WHERE e.state IN %s
                  AND e.received_at < %s - t.objective_s * interval '1 second')""",
            WAITING,
            to_naive(utc_now()),
        )
        return [("id", "in", overdue)]
