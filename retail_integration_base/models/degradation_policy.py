"""``retail.degradation.policy``: what a flow does while its partner is away (R170).

One record says for one topic to one backend whether its messages wait, wait up to a
number, are refused, or go on only when a person lets them. Without a record they wait.
Active while the backend is paused or a circuit of it is open. Business code asks
``retail.backend._check_flow`` before it promises something; the lanes apply the policy
to what was emitted (``outbox_event_degradation.py``).
"""

from odoo import api, fields, models

POLICIES = ("defer", "restrict", "refuse", "manual")


class RetailDegradationPolicy(models.Model):
    _name = "retail.degradation.policy"
    _inherit = ["retail.accountable.mixin", "retail.anchored.mixin"]
    _description = "Degradation Policy"
    _order = "backend_id, topic_id"
    _rec_name = "topic_id"
    _anchor_fields = ("backend_id",)

    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id")
    topic_id = fields.Many2one(
        "retail.topic",
        required=True,
        ondelete="cascade",
        domain=[("direction", "=", "out")],
    )
    policy = fields.Selection(
        [
            ("defer", "Wait: sent when the system is back"),
            ("restrict", "Wait, but only so many; further ones are refused"),
            ("refuse", "Refuse: not sent later either"),
            ("manual", "Wait for a person's release"),
        ],
        string="While it is away",
        required=True,
        default="defer",
    )
    waiting_max = fields.Integer(
        string="At most waiting",
        default=100,
        required=True,
        help="For flows that are restricted.",
    )
    note = fields.Char(
        string="What the business does",
        help="In words for the people in the stores, such as: sell on, no redemption.",
    )

    _flow_uniq = models.Constraint(
        "UNIQUE (backend_id, topic_id)", "This flow has a policy already."
    )
    _waiting_max_positive = models.Constraint(
        "CHECK (waiting_max >= 0)", "The number of waiting messages is not negative."
    )

    @api.model
    def _find_policies(self, backend_id: int) -> "RetailDegradationPolicy":
        """Return the policies of a backend that do more than wait."""
        return self.sudo().search(
            [("backend_id", "=", backend_id), ("policy", "!=", "defer")]
        )
