"""``retail.loyalty.hold``: its age and worth, and letting go of it by hand.

A hold ends by itself after its time. Until then somebody at a desk may free the points
of a payment that will not come back. Called by the screens.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.retail_integration_base.models.event_mixin import OPERATOR_GROUP


class RetailLoyaltyHold(models.Model):
    _inherit = "retail.loyalty.hold"

    age_min = fields.Integer(
        string="Open (min)", compute="_compute_age_min", compute_sudo=True
    )
    left_min = fields.Integer(
        string="Left (min)", compute="_compute_age_min", compute_sudo=True
    )
    value = fields.Monetary(string="Worth", compute="_compute_value", compute_sudo=True)
    currency_id = fields.Many2one(related="program_id.currency_id")

    @api.depends("state", "created_at", "expires_at", "resolved_at")
    def _compute_age_min(self) -> None:
        now = self.env["retail.loyalty.ledger"]._now()
        for hold in self:
            until = hold.resolved_at or now
            hold.age_min = (until - hold.created_at).total_seconds() // 60
            left = (hold.expires_at - now).total_seconds() // 60
            hold.left_min = left if hold.state == "open" else 0

    @api.depends("points", "program_id")
    def _compute_value(self) -> None:
        for hold in self:
            wallet = hold.account_id.wallet_id.code
            worth = hold.program_id._worth(
                hold.points, hold.program_id.currency_id.name, wallet
            )
            hold.value = float(worth or 0)

    def action_void(self) -> None:
        """Free the points of open holds; who lets go of them is kept in the audit.

        :raises AccessError: not an operator
        :raises UserError: the payment took the points meanwhile
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators let go of reserved points."))
        ledger = self.env["retail.loyalty.ledger"].sudo()
        for hold in self.sudo():
            if not ledger._void(hold.uuid).done:
                raise UserError(
                    self.env._("The payment took these points; there is nothing left.")
                )
            self.env["retail.audit.entry"]._record(
                "loyalty_hold.voided", hold, details={"points": hold.points}
            )
