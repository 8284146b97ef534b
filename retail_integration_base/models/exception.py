"""``retail.exception``: something a person has to decide, and all needed to do it.

This file: the record and how late it is. By topic beside it: how it is opened
(``exception_opening.py``), what people do (``exception_solving.py``), the second person
(``exception_approval.py``), escalation, telling owners, the queue, and the words.
"""

from datetime import timedelta

from odoo import api, fields, models

#: With less than this left, or this share of its time, an exception is due soon.
SOON = timedelta(hours=1)
SOON_SHARE = 0.25


class RetailException(models.Model):
    _name = "retail.exception"
    _description = "Retail Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    # What needs somebody first, and of that what is late or late next.
    _order = "resolved_at desc nulls first, deadline_at, id"
    _rec_name = "summary"
    _rec_names_search = ["summary", "mapping_value", "code"]

    summary = fields.Char(required=True, readonly=True)
    code = fields.Char(string="Error code", required=True, readonly=True, index=True)
    category_id = fields.Many2one(
        "retail.exception.category", readonly=True, ondelete="restrict", index=True
    )
    category = fields.Char(
        string="Category code", required=True, readonly=True, index=True
    )
    severity = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        required=True,
        default="medium",
        tracking=True,
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("in_progress", "In progress"),
            ("to_approve", "Waits for a second person"),
            ("resolved", "Resolved"),
        ],
        required=True,
        default="open",
        tracking=True,
        group_expand=True,
    )
    cause = fields.Text(required=True, readonly=True)
    facts = fields.Json(readonly=True)
    backend_id = fields.Many2one(
        "retail.backend", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    amount = fields.Monetary(
        string="At stake", readonly=True, help="What the message behind it is about."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", tracking=True, index=True)
    group_id = fields.Many2one(
        "res.groups", string="Team", readonly=True, help="Who may take it."
    )
    deadline_at = fields.Datetime(string="Deadline", tracking=True)
    opened_at = fields.Datetime(string="Opened", required=True, readonly=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    resolved_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    resolution = fields.Selection(
        [
            ("replayed", "Replayed"),
            ("mapped", "Mapped and replayed"),
            ("accepted", "Accepted"),
            ("written_off", "Written off"),
            ("recovered", "Went away by itself"),
        ],
        readonly=True,
        tracking=True,
    )
    resolution_note = fields.Text(string="Reason", readonly=True)
    inbox_event_id = fields.Many2one(
        "retail.inbox.event", readonly=True, index="btree_not_null"
    )
    outbox_event_id = fields.Many2one(
        "retail.outbox.event", readonly=True, index="btree_not_null"
    )
    correlation_id = fields.Char(readonly=True, index=True)
    mapping_kind = fields.Char(readonly=True)
    mapping_value = fields.Char(string="Unknown value", readonly=True)
    dedupe_key = fields.Char(required=True, readonly=True)
    is_late = fields.Boolean(compute="_compute_sla", search="_search_is_late")
    sla = fields.Selection(
        [
            ("late", "Late"),
            ("soon", "Due soon"),
            ("fine", "In time"),
            ("done", "Resolved"),
        ],
        string="Urgency",
        compute="_compute_sla",
    )

    _open_uniq = models.UniqueIndex(
        "(dedupe_key) WHERE state != 'resolved'", "This exception is open already."
    )
    _due_idx = models.Index("(deadline_at) WHERE state != 'resolved'")

    @api.depends("deadline_at", "opened_at", "state")
    def _compute_sla(self) -> None:
        now = fields.Datetime.now()
        for record in self:
            record.sla = record._sla_at(now)
            record.is_late = record.sla == "late"

    def _sla_at(self, now: object) -> str:
        if self.state == "resolved":
            return "done"
        if not self.deadline_at:
            return "fine"
        if self.deadline_at < now:
            return "late"
        whole = self.deadline_at - (self.opened_at or now)
        left = self.deadline_at - now
        return "soon" if left <= max(whole * SOON_SHARE, SOON) else "fine"

    def _search_is_late(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        return [
            ("state", "!=", "resolved"),
            ("deadline_at", "<", fields.Datetime.now()),
        ]

    def action_open_trace(self) -> dict:
        """Show the whole story that this exception belongs to."""
        self.ensure_one()
        return self.env["retail.trace"]._open(self.correlation_id)
