"""``retail.exception``: buttons that ask first, and what they say afterwards.

The dialogue is ``retail.exception.decision``; what a decision does is in
``exception_solving.py`` and its neighbours.
"""

from odoo import models
from odoo.exceptions import UserError


class RetailException(models.Model):
    _inherit = "retail.exception"

    def action_accept(self) -> dict:
        """Ask why the situation is fine as it is; the messages have no effect."""
        return self._ask("accept", self.env._("Accept"))

    def action_write_off(self) -> dict:
        """Ask why the amount is given up; the messages have no effect."""
        return self._ask("write_off", self.env._("Write off"))

    def action_escalate(self) -> dict:
        """Ask why the next person has to decide."""
        return self._ask("escalate", self.env._("Escalate"))

    def action_assign(self) -> dict:
        """Ask who is to decide."""
        return self._ask("assign", self.env._("Assign"))

    def action_reopen(self) -> dict:
        """Ask why it is not over."""
        return self._ask("reopen", self.env._("Reopen"))

    def action_refuse(self) -> dict:
        """Ask why the proposal is not agreed to."""
        return self._ask("refuse", self.env._("Do not agree"))

    def _ask(self, kind: str, title: str) -> dict:
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "retail.exception.decision",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_exception_ids": [(6, 0, self.ids)],
                "default_kind": kind,
            },
        }

    def _say(self, counts: dict[str, int]) -> dict:
        """Return the action that tells how many went how.

        :raises UserError: nothing could be done at all
        """
        words = {
            "done": self.env._("Done: %(count)s"),
            "proposed": self.env._("Waits for a second person: %(count)s"),
            "replayed": self.env._("Tried again: %(count)s"),
            "escalated": self.env._("Escalated: %(count)s"),
            "refused": self.env._("Not agreed: %(count)s"),
            "left": self.env._("Left alone, not possible in their state: %(count)s"),
        }
        said = [
            words[name] % {"count": count} for name, count in counts.items() if count
        ]
        left = counts.get("left", 0)
        if left == sum(counts.values()):
            raise UserError(
                self.env._("This is not possible in the state that it has now.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": " · ".join(said),
                "type": "warning" if left else "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
