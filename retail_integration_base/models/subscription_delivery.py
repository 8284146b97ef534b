"""``retail.subscription``: test events, and sending again what went out.

Called by the form's buttons and by the API. A message that is sent again keeps its id:
a receiver that remembers ids does nothing twice.
"""

import uuid
from datetime import datetime

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..schemas.ping import TOPIC as PING_TOPIC
from ..tools.clock import to_rfc3339, utc_now
from .event_mixin import Mark
from .outbox_event import OPEN_STATES, Emission

#: What one call sends again at most; the caller is told when there is more.
REDELIVER_COUNT_MAX = 1000
#: What may be sent again, by the word that callers use.
REDELIVERABLE = {"failed": ("dead",), "all": ("dead", "sent")}


class RetailSubscription(models.Model):
    _inherit = "retail.subscription"

    message_open_count = fields.Integer(
        string="Waiting", compute="_compute_message_counts"
    )
    message_dead_count = fields.Integer(
        string="Need a decision", compute="_compute_message_counts"
    )

    def _compute_message_counts(self) -> None:
        counts = {
            (subscription.id, state): count
            for subscription, state, count in self.env[
                "retail.outbox.event"
            ]._read_group(
                [("subscription_id", "in", self.ids), ("state", "in", OPEN_STATES)],
                ["subscription_id", "state"],
                ["__count"],
            )
        }
        for subscription in self:
            by_state = {
                state: counts.get((subscription.id, state), 0) for state in OPEN_STATES
            }
            subscription.message_dead_count = by_state["dead"]
            subscription.message_open_count = sum(by_state.values())

    def _send_test(self) -> models.BaseModel:
        """Create a test event for this subscription and return its message.

        It goes the way of every message, behind none of them.
        """
        self.ensure_one()
        key = str(uuid.uuid4())
        return self.env["retail.outbox.event"]._emit_to(
            self,
            PING_TOPIC,
            Emission(
                key=key,
                partition_key=f"ping/{key}",
                data={"subscription": self.uuid, "sent_at": to_rfc3339(utc_now())},
                company_id=self.company_id.id,
                subject=f"subscription/{self.uuid}",
            ),
        )

    def action_send_test(self) -> dict:
        """Send a test event and show its message."""
        self.ensure_one()
        self.check_access("write")
        if not self._is_served():
            raise UserError(
                self.env._(
                    "Nothing is sent now: the subscription and its system must be "
                    "active, and the system must send events."
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "retail.outbox.event",
            "res_id": self._send_test().id,
            "views": [(False, "form")],
        }

    def _redeliver(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        what: str = "failed",
        count_max: int = REDELIVER_COUNT_MAX,
    ) -> tuple[int, bool]:
        """Send messages again that were created in a time, oldest first.

        :param since: naive UTC, inclusive; ``until`` exclusive
        :param what: ``failed``: those that need a decision; ``all``: delivered ones too
        :return: how many, and whether there are more
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM retail_outbox_event
                    WHERE subscription_id = %s AND state IN %s AND payload IS NOT NULL
                      AND created_at >= %s
                      AND (%s::timestamp IS NULL OR created_at < %s)
                    ORDER BY id LIMIT %s""",
                self.id,
                REDELIVERABLE[what],
                since,
                until,
                until,
                count_max + 1,
            )
        )
        chosen = [event_id for (event_id,) in rows[:count_max]]
        messages = self.env["retail.outbox.event"].sudo()
        messages._mark([Mark(event_id, "pending") for event_id in chosen])
        if chosen:
            self._arm()
        return len(chosen), len(rows) > count_max

    def action_redeliver_failed(self) -> dict:
        """Send again what needs a decision because it could not be delivered."""
        self.ensure_one()
        self.env["retail.outbox.event"]._check_operator()
        self.check_access("read")
        count, more = self._redeliver(datetime.min, what="failed")
        text = self.env._("%(count)s messages are sent again.", count=count)
        if more:
            text += " " + self.env._("There are more: press again.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": text,
                "type": "success" if count else "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
