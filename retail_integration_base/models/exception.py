"""``retail.exception``: something a person has to decide, and all needed to do it.

Opened by the lanes and the gateway through ``_open*`` (idempotent per origin and
code), solved by people through the actions. Owner and deadline follow from the
category; the cause is a sentence; the code leads to the runbook.
"""

from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import redaction
from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError

#: error category -> (exception category, who decides, severity, hours to decide)
RULES = {
    "mapping": ("mapping", "steward_id", "medium", 8),
    "amount": ("amount", "steward_id", "high", 4),
    "conflict": ("conflict", "steward_id", "high", 4),
    "data": ("payload", "engineer_id", "medium", 8),
    "ordering": ("payload", "engineer_id", "medium", 8),
    "transport": ("delivery", "engineer_id", "high", 4),
    "security": ("technical", "engineer_id", "high", 4),
    "configuration": ("technical", "engineer_id", "high", 4),
    "technical": ("technical", "engineer_id", "high", 4),
}

#: what a person may change directly
DECISIONS = frozenset({"user_id", "severity", "deadline_at", "state"})


class RetailException(models.Model):
    _name = "retail.exception"
    _description = "Retail Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, deadline_at, id"
    _rec_name = "summary"

    summary = fields.Char(required=True, readonly=True)
    code = fields.Char(required=True, readonly=True, index=True)
    category = fields.Selection(
        [
            ("mapping", "Something is not mapped"),
            ("amount", "Amounts do not add up"),
            ("conflict", "Two versions of one thing"),
            ("payload", "Unreadable message"),
            ("delivery", "Could not be delivered"),
            ("technical", "Technical fault"),
        ],
        required=True,
        readonly=True,
    )
    severity = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        required=True,
        default="medium",
    )
    state = fields.Selection(
        [("open", "Open"), ("in_progress", "In progress"), ("resolved", "Resolved")],
        required=True,
        default="open",
        tracking=True,
        group_expand=True,
    )
    cause = fields.Text(required=True, readonly=True)
    backend_id = fields.Many2one(
        "retail.backend", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    user_id = fields.Many2one("res.users", string="Owner", tracking=True, index=True)
    deadline_at = fields.Datetime(string="Deadline", tracking=True)
    opened_at = fields.Datetime(string="Opened", required=True, readonly=True)
    resolved_at = fields.Datetime(string="Resolved", readonly=True)
    resolution = fields.Selection(
        [
            ("replayed", "Replayed"),
            ("mapped", "Mapped and replayed"),
            ("accepted", "Accepted"),
        ],
        readonly=True,
        tracking=True,
    )
    resolution_note = fields.Text(readonly=True)
    inbox_event_id = fields.Many2one(
        "retail.inbox.event", readonly=True, index="btree_not_null"
    )
    outbox_event_id = fields.Many2one(
        "retail.outbox.event", readonly=True, index="btree_not_null"
    )
    correlation_id = fields.Char(readonly=True, index=True)
    mapping_kind = fields.Char(readonly=True)
    mapping_value = fields.Char(readonly=True)
    dedupe_key = fields.Char(required=True, readonly=True)
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")

    _open_uniq = models.UniqueIndex(
        "(dedupe_key) WHERE state != 'resolved'", "This exception is open already."
    )

    @api.depends("deadline_at", "state")
    def _compute_is_late(self) -> None:
        now = fields.Datetime.now()
        for record in self:
            record.is_late = bool(
                record.state != "resolved"
                and record.deadline_at
                and record.deadline_at < now
            )

    def _search_is_late(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        return [
            ("state", "!=", "resolved"),
            ("deadline_at", "<", fields.Datetime.now()),
        ]

    # --- opening --------------------------------------------------------------------

    @api.model
    def _open_for_event(self, event: models.BaseModel, error: RetailError) -> None:
        """Open an exception for a message that needs a decision, once per code."""
        origin = "in" if event._name == "retail.inbox.event" else "out"
        self._open(
            event.backend_id,
            error,
            dedupe_key=f"{origin}:{event.id}:{error.code}",
            inbox_event_id=event.id if origin == "in" else None,
            outbox_event_id=event.id if origin == "out" else None,
            correlation_id=event.correlation_id,
        )

    @api.model
    def _open(
        self,
        backend: models.BaseModel,
        error: RetailError,
        *,
        dedupe_key: str,
        inbox_event_id: int | None = None,
        outbox_event_id: int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """Insert the exception unless the same one is open; touch no hot row.

        Also called in the request that brings a conflicting message, hence plain SQL:
        a flood of the same conflict is one row and no mail.
        """
        values = self._prepare_values(backend, error) | {
            "dedupe_key": dedupe_key,
            "inbox_event_id": inbox_event_id,
            "outbox_event_id": outbox_event_id,
            "correlation_id": correlation_id,
        }
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "INSERT INTO retail_exception (%s) VALUES %s"
                " ON CONFLICT (dedupe_key) WHERE state != 'resolved' DO NOTHING"
                " RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in values),
                tuple(values.values()),
            )
        )

    @api.model
    def _prepare_values(self, backend: models.BaseModel, error: RetailError) -> dict:
        category, owner_field, severity, hours = RULES[error.category]
        now = to_naive(utc_now())
        cause = redaction.scrub_text(error.message[:1].upper() + error.message[1:])
        uid = self.env.uid or SUPERUSER_ID
        return {
            "summary": cause.partition("\n")[0][:200],
            "code": error.code,
            "category": category,
            "severity": severity,
            "state": "open",
            "cause": cause,
            "backend_id": backend.id,
            "company_id": backend.company_id.id,
            "user_id": backend[owner_field].id or None,
            "deadline_at": now + timedelta(hours=hours),
            "opened_at": now,
            "mapping_kind": error.context.get("kind"),
            "mapping_value": error.context.get("value"),
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }

    # --- solving --------------------------------------------------------------------

    def _resolve(self, resolution: str, note: str) -> None:
        """Close those of these that are open; called by lanes and by the actions."""
        pending = self.filtered(lambda record: record.state != "resolved")
        if pending:
            pending.sudo().write(
                {
                    "state": "resolved",
                    "resolution": resolution,
                    "resolution_note": note,
                    "resolved_at": fields.Datetime.now(),
                }
            )
            pending.sudo().activity_unlink(["mail.mail_activity_data_todo"])

    def write(self, vals: dict) -> bool:
        if not self.env.su:
            self._check_decision(vals)
        return super().write(vals)

    def _check_decision(self, vals: dict) -> None:
        """Let people decide, not rewrite: facts stay, and the buttons resolve.

        :raises UserError: a fact would change, or the state without an action
        """
        decided = DECISIONS.issuperset(
            name for name in vals if not name.startswith(("message_", "activity_"))
        )
        if not decided or vals.get("state") == "resolved":
            raise UserError(
                self.env._("Use the buttons: the facts of an exception do not change.")
            )

    def action_open_trace(self) -> dict:
        """Show the whole story that this exception belongs to."""
        self.ensure_one()
        return self.env["retail.trace"]._open(self.correlation_id)

    def action_take(self) -> None:
        """Make the current user the owner."""
        if any(record.state == "resolved" for record in self):
            raise UserError(self.env._("This exception is resolved already."))
        self.write({"user_id": self.env.uid, "state": "in_progress"})

    def action_replay(self) -> None:
        """Try the messages again; they resolve their exception when they go through."""
        self.check_access("write")
        if not (self.inbox_event_id or self.outbox_event_id):
            raise UserError(self.env._("There is no message behind this exception."))
        self.inbox_event_id.action_replay()
        self.outbox_event_id.action_replay()
        self.filtered(lambda r: r.state == "open").write({"state": "in_progress"})

    def action_accept(self) -> None:
        """Accept the situation: the message behind it will have no effect."""
        self.check_access("write")
        # First, or the messages would close their exceptions in words of their own.
        self._resolve(
            "accepted",
            self.env._("Accepted by %(user)s.", user=self.env.user.name),
        )
        self.inbox_event_id.filtered(
            lambda e: e.state in ("received", "retry", "dead", "held")
        ).action_ignore()
        self.outbox_event_id.filtered(
            lambda e: e.state in ("pending", "retry", "dead", "held")
        ).action_cancel()

    def action_map_and_replay(self) -> dict:
        """Ask what the unknown value means, then replay what waits for it."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map and replay"),
            "res_model": "retail.map.and.replay",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": self.id},
        }

    @api.model
    def _cron_notify_owners(self) -> None:
        """Give each open exception without an activity one for its owner.

        Not done when opening: that happens in requests and lanes, where a mail and
        its hot rows have no place.
        """
        waiting = self.search(
            [
                ("state", "=", "open"),
                ("user_id", "!=", False),
                ("activity_ids", "=", False),
            ],
            limit=200,
        )
        for record in waiting:
            record.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.to_date(record.deadline_at),
                summary=record.summary[:100],
                user_id=record.user_id.id,
            )
