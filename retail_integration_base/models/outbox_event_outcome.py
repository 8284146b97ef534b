"""``retail.outbox.event``: attempts whose outcome is unknown.

No answer came, or a worker was killed between sending and recording: the partner may
have acted. Then it is asked, if it can be; else the message is sent again under the
same key, if the partner honours keys; else a person decides. Never a blind second send
(design §3.2).
"""

from odoo import fields, models
from odoo.tools import SQL

from ..tools.errors import RetailError, UnknownOutcome
from ..tools.http_client import OutboundRequest


class RetailOutboxEvent(models.Model):
    _inherit = "retail.outbox.event"

    outcome_unknown = fields.Boolean(
        readonly=True,
        help="A try had no answer: the partner may have acted on the message.",
    )

    def _prepare_inquiry(self) -> OutboundRequest | None:
        """Return the question whether the partner has this message already.

        ``None``: it may simply be sent.

        :raises UnknownOutcome: it may be there, the partner cannot be asked, and
            sending it again could have its effect twice
        """
        if not self.outcome_unknown:
            return None
        inquiry = self.backend_id._outcome_request(self)
        if inquiry is None and not self.backend_id._repeats_safely():
            raise UnknownOutcome(
                "the partner may have this message, cannot be asked and does not "
                "recognise repetitions: look there, then accept or send again"
            )
        return inquiry

    def _judge_outcome(self, error: RetailError) -> RetailError:
        """Return what a failed try means, given what can be done about it later."""
        backend = self.backend_id
        if not error.context.get("unknown_outcome") or backend._repeats_safely():
            return error
        if backend._outcome_request(self) is not None:
            return error
        return UnknownOutcome(
            f"{error.message}; the partner may have acted, cannot be asked and does "
            "not recognise repetitions: look there, then accept or send again",
            context=error.context,
        )

    def _set_outcome_unknown(self, unknown: bool) -> None:
        self.env.execute_query(
            SQL(
                """UPDATE retail_outbox_event SET outcome_unknown = %s
                    WHERE id = ANY (%s) AND COALESCE(outcome_unknown, false) <> %s
                RETURNING id""",
                unknown,
                list(self.ids),
                unknown,
            )
        )
        self.invalidate_recordset(["outcome_unknown"])

    def action_replay(self) -> None:
        """Send again. Where the partner cannot be asked, the operator has looked."""
        done = super().action_replay()
        decided = self.sudo().filtered(
            lambda event: event.backend_id._outcome_request(event) is None
        )
        decided._set_outcome_unknown(False)
        return done
