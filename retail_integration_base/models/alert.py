"""``retail.alert``: a limit that is passed, from its beginning to its end (R158).

``pending`` (passed, but not for long enough to tell anybody) → ``open`` → perhaps
``acknowledged`` → ``cleared``. Rules move it, people acknowledge it. At most one live
alert per rule and place.
"""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.clock import to_naive, utc_now

# Nothing of other models is imported here: this file is loaded before them.
OPERATOR_GROUP = "retail_integration_base.group_operator"
LIVE = ("open", "acknowledged")
ACTIVITY = "mail.mail_activity_data_todo"
KEPT = timedelta(days=180)


class RetailAlert(models.Model):
    _name = "retail.alert"
    _description = "Alert"
    _order = "state_order, opened_at desc, id desc"
    _rec_name = "name"

    rule_id = fields.Many2one(
        "retail.alert.rule", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char(related="rule_id.name")
    impact = fields.Text(related="rule_id.impact")
    severity = fields.Selection(related="rule_id.severity", store=True)
    owner_id = fields.Many2one(related="rule_id.user_id", store=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    backend_id = fields.Many2one(
        "retail.backend", string="System", readonly=True, ondelete="cascade"
    )
    store_id = fields.Many2one("retail.store", readonly=True, ondelete="cascade")
    state = fields.Selection(
        [
            ("pending", "Watched"),
            ("open", "Open"),
            ("acknowledged", "Acknowledged"),
            ("cleared", "Over"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    state_order = fields.Integer(compute="_compute_state_order", store=True)
    value = fields.Float(readonly=True, help="The last value that was seen.")
    worst = fields.Float(readonly=True)
    breached_at = fields.Datetime(string="Limit passed", readonly=True)
    opened_at = fields.Datetime(string="Opened", readonly=True)
    calm_at = fields.Datetime(string="Back to normal", readonly=True)
    cleared_at = fields.Datetime(string="Over since", readonly=True)
    acknowledged_at = fields.Datetime(string="Acknowledged at", readonly=True)
    acknowledged_by_id = fields.Many2one("res.users", readonly=True)

    _live_uniq = models.UniqueIndex(
        "(rule_id, COALESCE(company_id, 0), COALESCE(backend_id, 0),"
        " COALESCE(store_id, 0)) WHERE state != 'cleared'",
        "There is an alert already.",
    )

    @api.depends("state")
    def _compute_state_order(self) -> None:
        order = {"open": 0, "acknowledged": 1, "pending": 2, "cleared": 3}
        for alert in self:
            alert.state_order = order[alert.state]

    # --- moved by its rule ----------------------------------------------------------

    def _continue(self, value: float | None, now: datetime) -> None:
        """Follow the number: note it, end the alert, or forget one that came to
        nothing."""
        rule = self.rule_id
        if self.state == "pending":
            if not rule._is_breached(value):
                self.unlink()
            return
        self._note(value or 0.0)
        if not rule._is_calm(value):
            if self.calm_at:
                self.calm_at = False
        elif not self.calm_at:
            self.calm_at = now
        if self.calm_at and now - self.calm_at >= self._duration():
            self.write({"state": "cleared", "cleared_at": now})
            self._tell_systems(now)
            if not rule.alert_ids.filtered(lambda alert: alert.state in LIVE):
                rule.activity_feedback([ACTIVITY], feedback=self.env._("It is over."))

    def _note(self, value: float) -> None:
        worse = max if self.rule_id.comparison == "above" else min
        worst = worse(self.worst, value)
        if value != self.value or worst != self.worst:
            self.write({"value": value, "worst": worst})

    def _duration(self) -> timedelta:
        return timedelta(minutes=self.rule_id.duration_minutes)

    def _is_due(self, now: datetime) -> bool:
        """Tell whether it is time that somebody hears of this."""
        alert = self.exists()
        if not alert or alert.state != "pending":
            return False
        return now - alert.breached_at >= alert._duration()

    def _raise(self, now: datetime) -> None:
        """Open these alerts of one rule: one message for all, however many they are."""
        if not self:
            return
        rule = self.rule_id
        loud = self.filtered(lambda alert: not alert._was_just_over(now))
        self.write({"state": "open", "opened_at": now})
        self._tell_systems(now)
        if not loud:
            return
        note = self.env._(
            "%(count)s× %(rule)s: %(places)s",
            count=len(loud),
            rule=rule.name,
            places=", ".join(loud[:10].mapped("display_name")),
        )
        if rule.by_activity and not rule.activity_ids:
            # The activity alone: a message is a channel of its own.
            rule.with_context(mail_activity_quick_update=True).activity_schedule(
                ACTIVITY, summary=note[:100], note=rule.impact, user_id=rule.user_id.id
            )
        if rule.by_mail:
            rule.message_notify(
                partner_ids=rule.user_id.partner_id.ids, subject=note, body=rule.impact
            )

    def _was_just_over(self, now: datetime) -> bool:
        """Tell whether the same place had this alert a moment ago."""
        quiet = timedelta(minutes=self.rule_id.quiet_minutes)
        return bool(
            self.search_count(
                [
                    ("rule_id", "=", self.rule_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("backend_id", "=", self.backend_id.id),
                    ("store_id", "=", self.store_id.id),
                    ("cleared_at", ">", now - quiet),
                ],
                limit=1,
            )
        )

    def _tell_systems(self, now: datetime) -> None:
        for alert in self.filtered("rule_id.by_webhook"):
            company = alert.company_id or alert.rule_id.company_id or self.env.company
            self.env["retail.outbox.event"]._emit_alert(alert, company, now)

    @api.depends("rule_id.name", "backend_id.name", "store_id.name")
    def _compute_display_name(self) -> None:
        for alert in self:
            place = alert.store_id or alert.backend_id or alert.company_id
            parts = (alert.rule_id.name, place.display_name)
            alert.display_name = " – ".join(part for part in parts if part)

    @api.autovacuum
    def _gc_alerts(self) -> None:
        limit = fields.Datetime.now() - KEPT
        self.sudo().search([("cleared_at", "<", limit)], limit=10_000).unlink()

    # --- what people do -------------------------------------------------------------

    def action_acknowledge(self) -> None:
        """Say that somebody is on it; the alert ends by itself when it is over."""
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(OPERATOR_GROUP)):
            raise AccessError(self.env._("Only operators acknowledge alerts."))
        if any(alert.state != "open" for alert in self):
            raise UserError(self.env._("Only open alerts are acknowledged."))
        self.sudo().write(
            {
                "state": "acknowledged",
                "acknowledged_at": to_naive(utc_now()),
                "acknowledged_by_id": self.env.uid,
            }
        )

    def action_open_records(self) -> dict:
        """Show the records behind the number."""
        self.ensure_one()
        self.check_access("read")
        return self.rule_id.action_open_records()
