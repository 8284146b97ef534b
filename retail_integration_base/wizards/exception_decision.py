"""``retail.exception.decision``: ask why before a matter ends, or who goes on.

One dialogue for one exception or a whole selection. It only asks: rights, reasons and
the second person are checked by ``retail.exception``.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError


class RetailExceptionDecision(models.TransientModel):
    _name = "retail.exception.decision"
    _description = "Decision about Exceptions"

    kind = fields.Selection(
        [
            ("accept", "Accept"),
            ("write_off", "Write off"),
            ("escalate", "Escalate"),
            ("assign", "Assign"),
            ("reopen", "Reopen"),
            ("refuse", "Do not agree"),
        ],
        required=True,
        readonly=True,
    )
    exception_ids = fields.Many2many("retail.exception", required=True)
    exception_count = fields.Integer(compute="_compute_counts")
    message_count = fields.Integer(compute="_compute_counts")
    second_person_count = fields.Integer(compute="_compute_counts")
    amount_text = fields.Char(string="At stake", compute="_compute_counts")
    reason = fields.Text()
    user_id = fields.Many2one("res.users", string="To")

    @api.depends("exception_ids", "kind")
    def _compute_counts(self) -> None:
        for wizard in self:
            exceptions = wizard.exception_ids
            wizard.exception_count = len(exceptions)
            wizard.message_count = len(
                exceptions.filtered(lambda e: e.inbox_event_id or e.outbox_event_id)
            )
            wizard.second_person_count = len(
                exceptions.filtered(
                    lambda e: e.state != "resolved" and e._needs_second_person()
                )
            )
            wizard.amount_text = " + ".join(
                currency.format(sum(of_currency.mapped("amount")))
                for currency, of_currency in exceptions.grouped("currency_id").items()
                if currency
            )

    def action_apply(self) -> dict:
        """Do it, and say how many went how."""
        self.ensure_one()
        exceptions = self.exception_ids
        exceptions.check_access("write")
        if self.kind in ("accept", "write_off"):
            resolution = {"accept": "accepted", "write_off": "written_off"}[self.kind]
            counts = exceptions._end(resolution, self.reason)
        elif self.kind == "escalate":
            counts = exceptions._escalate(self.reason)
        elif self.kind == "reopen":
            counts = exceptions._reopen(self.reason)
        elif self.kind == "refuse":
            counts = exceptions._refuse(self.reason)
        else:
            if not self.user_id:
                raise UserError(self.env._("Choose who is to decide."))
            counts = exceptions._assign(self.user_id)
        return exceptions._say(counts)
