"""``retail.trace``: one correlation id from the first byte in to the last answer.

A screen, not a store: the steps are read from messages, attempts, transactions and
exceptions each time it is opened.
"""

from collections.abc import Iterator

from odoo import api, fields, models

#: causal order of steps within one second
RANK = {
    "received": 0,
    "attempt": 1,
    "effect": 2,
    "exception": 3,
    "created": 4,
    "delivery": 5,
}


class RetailTrace(models.TransientModel):
    _name = "retail.trace"
    _description = "Trace"

    correlation_id = fields.Char()
    step_ids = fields.One2many(
        "retail.trace.step",
        "trace_id",
        compute="_compute_step_ids",
        # Stored computes run as superuser by default, which would tell the stories of
        # other companies: senders choose their correlation ids.
        compute_sudo=False,
        store=True,
        readonly=True,
    )

    @api.depends("correlation_id")
    def _compute_display_name(self) -> None:
        for trace in self:
            trace.display_name = trace.correlation_id or self.env._("Trace")

    @api.depends("correlation_id")
    def _compute_step_ids(self) -> None:
        for trace in self:
            # What follows from each other can carry the same second.
            steps = sorted(
                trace._read_steps(),
                key=lambda step: (step["at"], RANK.get(step["stage"], 0)),
            )
            trace.step_ids = [
                fields.Command.clear(),
                *(fields.Command.create(step) for step in steps),
            ]

    def action_search(self) -> dict:
        """Show the story of a correlation id, a message id or a receipt number."""
        self.ensure_one()
        return self._open(self._find_correlation((self.correlation_id or "").strip()))

    @api.model
    def _find_correlation(self, text: str) -> str:
        for model, name in (
            ("retail.inbox.event", "event_key"),
            ("retail.outbox.event", "event_key"),
            ("retail.transaction", "ref"),
        ):
            found = self.env[model].search([(name, "=", text)], limit=1)
            if found:
                return found.correlation_id
        return text

    @api.model
    def _open(self, correlation_id: str) -> dict:
        """Return the action that shows the story of ``correlation_id``."""
        trace = self.create({"correlation_id": correlation_id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Trace"),
            "res_model": self._name,
            "res_id": trace.id,
            "view_mode": "form",
        }

    # --- reading the steps ----------------------------------------------------------

    def _read_steps(self) -> Iterator[dict]:
        if not self.correlation_id:
            return
        domain = [("correlation_id", "=", self.correlation_id)]
        causes = self.env["retail.inbox.event"].search(domain)
        # Effects are stamped with the beginning of the transaction that worked the
        # message; they are shown after that work, not before it.
        worked_at = max(filter(None, causes.mapped("finished_at")), default=None)
        for event in causes:
            yield self._prepare_step(
                event,
                "received",
                event.received_at,
                self.env._("Received from %(name)s", name=event.backend_id.name),
                event.topic_id.name,
            )
            yield from self._read_attempts(event)
        for transaction in self.env["retail.transaction"].search(domain):
            yield self._prepare_step(
                transaction,
                "effect",
                worked_at or transaction.create_date,
                self.env._("Recorded %(ref)s", ref=transaction.ref),
                transaction.currency_id.format(transaction.amount_total),
            )
        for event in self.env["retail.outbox.event"].search(domain):
            yield self._prepare_step(
                event,
                "created",
                max(event.created_at, worked_at or event.created_at),
                self.env._("Message for %(name)s", name=event.backend_id.name),
                event.topic_id.name,
            )
            yield from self._read_attempts(event)
        for exception in self.env["retail.exception"].search(domain):
            yield self._prepare_step(
                exception, "exception", exception.opened_at, exception.summary, ""
            )

    def _read_attempts(self, event: models.BaseModel) -> Iterator[dict]:
        incoming = event._name == "retail.inbox.event"
        for attempt in event.attempt_ids:
            title = (
                self.env._("Worked in Odoo")
                if incoming
                else self.env._("Sent to %(name)s", name=event.backend_id.name)
            )
            detail = attempt.message or ""
            if not incoming:
                detail = f"{detail} ({attempt.latency_ms} ms)"
            step = self._prepare_step(
                event, "attempt", attempt.started_at, title, detail
            )
            rank = "attempt" if incoming else "delivery"
            yield step | {"state": attempt.outcome, "stage": rank}

    def _prepare_step(
        self, record: models.BaseModel, stage: str, at: object, title: str, detail: str
    ) -> dict:
        backend = record.backend_id
        return {
            "at": at,
            "stage": stage,
            "title": title,
            "detail": detail,
            "state": record.state if "state" in record._fields else "done",
            "backend_id": backend.id,
            "res_model": record._name,
            "res_id": record.id,
        }


class RetailTraceStep(models.TransientModel):
    _name = "retail.trace.step"
    _description = "Step of a Trace"
    _order = "at, id"

    trace_id = fields.Many2one("retail.trace", required=True, ondelete="cascade")
    at = fields.Datetime(string="When", required=True)
    stage = fields.Selection(
        [
            ("received", "Received"),
            ("attempt", "Work"),
            ("effect", "Effect"),
            ("created", "Message out"),
            ("delivery", "Delivery"),
            ("exception", "Exception"),
        ],
        required=True,
    )
    title = fields.Char(string="What", required=True)
    detail = fields.Char()
    state = fields.Char()
    backend_id = fields.Many2one("retail.backend", string="System")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")

    def action_open(self) -> dict:
        """Open the record behind this step."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
