"""``retail.escalation.step``: who gets an exception next when nobody decided in time.

Ordered per category; the moving itself is in ``retail.exception``.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .exception_category import OPERATOR_GROUP, ROLES


class RetailEscalationStep(models.Model):
    _name = "retail.escalation.step"
    _description = "Escalation Step"
    _inherit = ["retail.accountable.mixin"]
    _order = "category_id, sequence, id"

    category_id = fields.Many2one(
        "retail.exception.category", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    wait_hours = fields.Integer(
        string="After hours",
        required=True,
        default=0,
        help="Counted from the deadline, for later steps from the step before.",
    )
    role = fields.Selection(ROLES, string="To", required=True, default="team")
    user_id = fields.Many2one("res.users", string="Person")
    group_id = fields.Many2one("res.groups", string="Team")

    _wait_positive = models.Constraint(
        "CHECK (wait_hours >= 0)", "A step cannot come before the one before it."
    )

    @api.constrains("role", "user_id", "group_id")
    def _check_target(self) -> None:
        operator = self.env.ref(OPERATOR_GROUP)
        for step in self:
            if step.role == "user" and operator not in step.user_id.all_group_ids:
                raise ValidationError(
                    self.env._("Name a person who may decide about exceptions.")
                )
            if step.role == "team" and operator not in step.group_id.all_implied_ids:
                raise ValidationError(
                    self.env._("Name a team that may decide about exceptions.")
                )
