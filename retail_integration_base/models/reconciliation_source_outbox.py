"""``retail.reconciliation.source.outbox``: messages a system should have had of us."""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..tools.reconciliation import Column


class RetailReconciliationSourceOutbox(models.AbstractModel):
    _name = "retail.reconciliation.source.outbox"
    _inherit = "retail.reconciliation.source"
    _description = "Messages sent to the system"

    _source_model = "retail.outbox.event"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("id", role="key"),
            Column("type"),
            Column("subject", role="info"),
            Column("state", role="info"),
            Column("created_date", kind="date", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "id": self.env._("Message ID"),
            "type": self.env._("Topic"),
            "subject": self.env._("Subject"),
            "state": self.env._("State"),
            "created_date": self.env._("Day"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        # What is still on its way is not missing there, but may be there already.
        return SQL(
            """SELECT o.event_key::text AS id, p.name::text AS type,
                      o.subject::text AS subject, o.state::text AS state,
                      o.created_at::date::text AS created_date, o.id AS res_id,
                      o.finished_at IS NULL AS is_optional
                 FROM retail_outbox_event o
                 JOIN retail_topic p ON p.id = o.topic_id
                WHERE o.backend_id = %(backend)s AND o.state <> 'cancelled'
                  AND (%(since)s::date IS NULL OR o.created_at >= %(since)s)
                  AND (%(until)s::date IS NULL OR o.created_at < %(until)s)""",
            backend=backend.id,
            since=since,
            until=until,
        )

    @api.model
    def _heal_missing_there(self, backend: models.BaseModel, ids: list[int]) -> int:
        messages = self.env["retail.outbox.event"].sudo().browse(ids).exists()
        messages = messages.filtered(lambda one: one.backend_id == backend)
        messages.action_replay()
        return len(messages)
