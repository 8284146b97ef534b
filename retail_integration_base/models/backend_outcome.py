"""``retail.backend``: what its system can do about messages whose outcome is unknown.

Settings, and the questions the outbox asks (``outbox_event_outcome.py``).
"""

from odoo import fields, models

from ..tools.http_client import OutboundRequest


class RetailBackend(models.Model):
    _inherit = "retail.backend"

    honours_keys = fields.Boolean(
        string="Recognises repetitions",
        default=True,
        help="The system applies a message with a known idempotency key only once. "
        "Without this, a message whose outcome is unknown is never sent again by "
        "itself.",
    )
    outcome_url = fields.Char(
        string="Address to ask for a message",
        help="Where the system tells whether it has a message: {id} stands for the "
        "message id. 200 means yes, 404 means no.",
    )

    def _repeats_safely(self) -> bool:
        """Tell whether sending a message again under the same key is harmless."""
        can = "idempotent_writes" in self._connector()._capabilities()
        return can and self.honours_keys

    def _outcome_request(self, event: models.BaseModel) -> OutboundRequest | None:
        """Return the question what became of ``event``, ``None`` for none."""
        connector = self._connector()
        if "query_outcome" not in connector._capabilities():
            return None
        return connector._outcome_request(event)
