"""``retail.outbox.event``: messages while their partner is away, and their release.

A lane that may not send applies the policies of its backend to what waits in it; people
release what waits for them (R170).
"""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..fields import LooseMany2one
from ..tools.errors import FlowRefused
from .backend_degradation import WAITING_STATES
from .event_mixin import Mark

BATCH_SIZE = 500


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    caused_by_id = LooseMany2one("res.users", string="Caused by user", readonly=True)
    released_by_id = LooseMany2one("res.users", string="Released by", readonly=True)

    # --- applied by lanes -----------------------------------------------------------

    @api.model
    def _apply_policies(self, lane: models.BaseModel) -> None:
        """Apply the policies for the partner's absence to what waits in ``lane``."""
        with self._own_transaction() as messages:
            policies = messages.env["retail.degradation.policy"]
            for policy in policies._find_policies(lane.backend_id.id):
                waiting = messages._waiting_for(lane.id, policy)
                if policy.policy == "manual":
                    messages._mark([Mark(event.id, "approval") for event in waiting])
                else:
                    waiting._refuse_flow(policy)

    def _waiting_for(
        self, lane_id: int, policy: models.BaseModel
    ) -> "RetailOutboxEvent":
        """Return the messages of the lane that a policy does not let simply wait."""
        lanes = policy.backend_id._outgoing_lanes()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM (
                       SELECT id, lane_id, state, released_by_id,
                              row_number() OVER (ORDER BY id) AS position
                         FROM retail_outbox_event
                        WHERE lane_id = ANY (%s) AND topic_id = %s
                          AND state IN %s) AS waiting
                    WHERE lane_id = %s AND state = 'pending'
                      AND released_by_id IS NULL AND position > %s
                    ORDER BY id LIMIT %s""",
                lanes.ids,
                policy.topic_id.id,
                WAITING_STATES,
                lane_id,
                policy.waiting_max if policy.policy == "restrict" else 0,
                BATCH_SIZE,
            )
        )
        return self.browse(row[0] for row in rows)

    def _refuse_flow(self, policy: models.BaseModel) -> None:
        """Give these messages up, and tell a person that it happened."""
        if not self:
            return
        error = FlowRefused(
            f"{policy.backend_id.name} is away: messages of {policy.topic_id.name} "
            f"are not sent, now or later. {policy.note or ''}".strip()
        )
        self._mark(
            [
                Mark(
                    event.id,
                    "cancelled",
                    error_code=error.code,
                    error_message=error.message,
                )
                for event in self
            ]
        )
        self._release_successors()
        self.env["retail.exception"]._open(
            policy.backend_id, error, dedupe_key=f"policy:{policy.id}"
        )

    # --- released by people -----------------------------------------------------------

    def action_release(self) -> None:
        """Let messages go that wait for a person: not for the one who caused them.

        :raises UserError: four eyes are needed, or a message does not wait
        """
        self._check_operator()
        if any(event.state != "approval" for event in self):
            raise UserError(self.env._("Only messages that wait for it are released."))
        if any(event.caused_by_id == self.env.user for event in self.sudo()):
            raise UserError(
                self.env._("You caused this message: somebody else has to release it.")
            )
        self._audit("message.released")
        messages = self.sudo()
        messages._mark([Mark(event.id, "pending") for event in messages])
        self.env.execute_query(
            SQL(
                "UPDATE retail_outbox_event SET released_by_id = %s"
                " WHERE id = ANY (%s) RETURNING id",
                self.env.uid,
                list(self.ids),
            )
        )
        messages.invalidate_recordset(["released_by_id"])
        self.env["retail.lane"]._arm_after_commit(set(messages.lane_id.ids))
