"""``retail.trace``: one correlation id from the first byte in to the last answer.

A screen, not a store: the steps are read each time it is opened, by
``trace_reading.py``.
"""

from datetime import timedelta

from odoo import api, fields, models

from ..tools.durations import brief

#: causal order of steps within one second
RANK = {
    "received": 0,
    "attempt": 1,
    "effect": 2,
    "exception": 3,
    "created": 4,
    "delivery": 5,
    "outcome": 6,
    "decision": 7,
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
    status = fields.Selection(
        [
            ("done", "Complete"),
            ("running", "Under way"),
            ("trouble", "Needs a decision"),
        ],
        compute="_compute_overview",
    )
    duration_text = fields.Char(string="Took", compute="_compute_overview")

    @api.depends("step_ids")
    def _compute_overview(self) -> None:
        for trace in self:
            steps = trace.step_ids
            moments = steps.mapped("at")
            took = max(moments) - min(moments) if moments else timedelta(0)
            trace.duration_text = brief(took) if moments else False
            trace.status = trace._status() if moments else False

    def _status(self) -> str:
        story = [("correlation_id", "=", self.correlation_id)]
        exceptions = self.env["retail.exception"]
        if exceptions.search([*story, ("state", "!=", "resolved")], limit=1):
            return "trouble"
        for model in ("retail.inbox.event", "retail.outbox.event"):
            if self.env[model].search([*story, ("finished_at", "=", False)], limit=1):
                return "running"
        return "done"

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
            begin = steps[0]["at"] if steps else None
            trace.step_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        step | {"offset_text": f"+{brief(step['at'] - begin)}"}
                    )
                    for step in steps
                ),
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
            ("outcome", "Outcome"),
            ("decision", "Decision"),
        ],
        required=True,
    )
    offset_text = fields.Char(string="After the beginning")
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
