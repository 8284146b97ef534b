"""``retail.loyalty.member.suspension``: why a member is suspended, or active again.

Opened from a member's form; ``retail.loyalty.member`` acts.
"""

from typing import Any

from odoo import api, fields, models


class RetailLoyaltyMemberSuspension(models.TransientModel):
    _name = "retail.loyalty.member.suspension"
    _description = "Suspend a Member"

    member_id = fields.Many2one("retail.loyalty.member", required=True, readonly=True)
    member_state = fields.Selection(related="member_id.state")
    held = fields.Integer(string="Reserved", compute="_compute_held")
    reason = fields.Char(
        required=True, help="Stays in the audit trail for good: no names, please."
    )

    @api.depends("member_id")
    def _compute_held(self) -> None:
        for wizard in self:
            wizard.held = sum(wizard.member_id.sudo().account_ids.mapped("held"))

    def action_confirm(self) -> dict[str, Any]:
        """Suspend the member, or take it back.

        :raises AccessError: not an operator. :raises UserError: changed meanwhile
        """
        self.ensure_one()
        if self.member_state == "suspended":
            self.member_id._reactivate(self.reason)
        else:
            self.member_id._suspend(self.reason)
        return {"type": "ir.actions.act_window_close"}
