"""``retail.reconciliation.decide``: what became of differences, and why."""

from odoo import fields, models


class RetailReconciliationDecide(models.TransientModel):
    _name = "retail.reconciliation.decide"
    _description = "Decide about Differences"

    line_ids = fields.Many2many("retail.reconciliation.line", string="Differences")
    decision = fields.Selection(
        [
            ("explained", "Explained: we know why"),
            ("corrected", "Corrected: one side was wrong and is mended"),
            ("accepted", "Accepted: it stays as it is"),
        ],
        required=True,
        default="explained",
    )
    reason = fields.Text(required=True)

    def action_apply(self) -> dict:
        """Decide all of them at once."""
        self.ensure_one()
        self.line_ids._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
