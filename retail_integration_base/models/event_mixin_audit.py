"""``retail.event.mixin``: what people decide about messages is audited (R147).

One entry per backend and press of a button, however many messages were selected.
"""

from odoo import models

IDS_MAX = 500


class RetailEventMixin(models.AbstractModel):
    _inherit = "retail.event.mixin"

    def action_replay(self) -> None:
        """Work these messages again, and remember who wanted it."""
        # First is as good as last: whoever may not do this is rolled back with it.
        self._audit("message.replayed")
        return super().action_replay()

    def _give_up(self, state: str, *, refusal: str, result: str, note: str) -> None:
        self._audit(f"message.{state}")
        return super()._give_up(state, refusal=refusal, result=result, note=note)

    def _audit(self, action: str) -> None:
        entries = self.env["retail.audit.entry"]
        for backend, messages in self.sudo().grouped("backend_id").items():
            if len(messages) == 1:
                entries._record(action, messages)
                continue
            details = {
                "model": self._name,
                "count": len(messages),
                "ids": messages.ids[:IDS_MAX],
            }
            entries._record(action, backend, details=details)
