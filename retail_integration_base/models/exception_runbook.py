"""``retail.exception``: what to do about it, in a few sentences on the form.

The full procedures are in ``docs/runbook.md``, one heading per code.
"""

from odoo import api, fields, models


class RetailException(models.Model):
    _inherit = "retail.exception"

    runbook = fields.Text(compute="_compute_runbook", string="What to do")
    guidance = fields.Text(related="category_id.guidance", string="House rules")

    @api.depends("code", "inbox_event_id", "outbox_event_id")
    @api.depends_context("lang")
    def _compute_runbook(self) -> None:
        hints = self._runbook_hints()
        for record in self:
            record.runbook = hints.get(record.code) or record._general_hint()

    def _general_hint(self) -> str:
        if self.inbox_event_id or self.outbox_event_id:
            return self.env._(
                "A technical fault that repeats. Read the attempts of the message; "
                "when the cause is gone, press Replay."
            )
        return self.env._(
            "No message is behind this. Look at the system or flow that the cause "
            "names; what recovers is resolved by itself. Accept it when it was "
            "settled in another way."
        )

    @api.model
    def _runbook_hints(self) -> dict[str, str]:
        """Return code -> what to do, in a few sentences; feature modules add theirs."""
        return {
            "RET-1104": self.env._(
                "The sender left out or mistyped a field. Ask them to send a corrected "
                "message, then accept this one."
            ),
            "RET-1201": self.env._(
                "The sums of this document do not agree, so nothing was booked. "
                "Compare it with the sender's own record; they send a corrected one, "
                "or you accept that it has no effect."
            ),
            "RET-1202": self.env._(
                "A code in the message is unknown here. Press Map and replay and say "
                "what it means; everything that waits for it goes through."
            ),
            "RET-1203": self.env._(
                "Activate the currency in the accounting settings, then press Replay."
            ),
            "RET-1301": self.env._(
                "Two different versions carry the same number; the first one counts. "
                "Find out which is right before you accept."
            ),
            "RET-2101": self.env._(
                "The partner refused the message. Read its answer in the attempts, "
                "settle the cause with the partner, then press Replay."
            ),
            "RET-2301": self.env._(
                "Whoever works this message dies of it: killed, out of memory or over "
                "the time limit. It is not tried any more. Have its content and the "
                "log looked at; Replay tries it once more."
            ),
        }
