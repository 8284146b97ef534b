"""``retail.backend``: whether a flow may go on while its system is away (R170).

What business code asks before it promises something to a customer. What happens to
messages that were emitted anyway is in ``outbox_event_degradation.py``.
"""

from odoo import fields, models

from ..tools.errors import FlowRefused

#: No other states: the partial index of ready messages is to be used.
WAITING_STATES = ("pending", "retry")


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    policy_ids = fields.One2many("retail.degradation.policy", "backend_id")

    def _is_away(self) -> bool:
        """Tell whether policies for the absence of the system count now."""
        self.ensure_one()
        if self.state == "paused":
            return True
        gates = self.env["retail.gate"].sudo()
        away = [("backend_id", "=", self.id), ("state", "!=", "closed")]
        return bool(gates.search_count(away, limit=1))

    def _check_flow(self, topic_name: str) -> str:
        """Return the policy that counts for a flow now; ``defer`` in good times.

        To be asked before a promise is made: ``manual`` means that a person will
        release the message, ``restrict`` that it is one of the last that may wait.

        :raises FlowRefused: nothing of this flow is taken while the system is away
        """
        self.ensure_one()
        policies = self.env["retail.degradation.policy"]._find_policies(self.id)
        policy = policies.filtered(lambda one: one.topic_id.name == topic_name)
        if not policy or not self._is_away():
            return "defer"
        full = policy.policy == "restrict" and (
            self._count_waiting(policy.topic_id) >= policy.waiting_max
        )
        if policy.policy == "refuse" or full:
            raise FlowRefused(
                f"{self.name} is away and takes no {topic_name} for now. "
                f"{policy.note or ''}".strip()
            )
        return policy.policy

    def _outgoing_lanes(self) -> models.BaseModel:
        lanes = self.env["retail.lane"].sudo()
        return lanes.search([("backend_id", "in", self.ids), ("direction", "=", "out")])

    def action_pause(self) -> None:
        """Hold everything; what waits already follows its policies."""
        done = super().action_pause()
        self._outgoing_lanes()._arm()
        return done

    def _count_waiting(self, topic: models.BaseModel) -> int:
        domain = [
            ("lane_id", "in", self._outgoing_lanes().ids),
            ("topic_id", "=", topic.id),
            ("state", "in", WAITING_STATES),
        ]
        return self.env["retail.outbox.event"].sudo().search_count(domain)
