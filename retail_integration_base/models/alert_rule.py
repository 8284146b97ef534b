"""``retail.alert.rule``: when a number means trouble, and for whom (R158).

Lives here: what people decide: the measure, its limit, for how long, whose it is and
what it costs the business. How a rule is checked is in ``alert_rule_check.py``, what it
leads to is a ``retail.alert``.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RetailAlertRule(models.Model):
    _name = "retail.alert.rule"
    _description = "Alert Rule"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", help="Leave empty to watch every company on its own."
    )
    measure = fields.Selection(
        selection="_selection_measure", required=True, tracking=True
    )
    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        check_company=True,
        ondelete="cascade",
        help="Leave empty to watch all systems.",
    )
    per = fields.Selection(
        [("company", "Company"), ("backend", "System"), ("store", "Store")],
        string="One alert per",
        required=True,
        default="company",
    )
    comparison = fields.Selection(
        [("above", "is above"), ("below", "is below")], required=True, default="above"
    )
    threshold = fields.Float(required=True, default=0.0, tracking=True)
    clear_threshold = fields.Float(
        string="Back to normal at",
        help="An alert ends only here, so that a number at its limit does not flicker.",
    )
    window_minutes = fields.Integer(
        string="Looks back (min)",
        default=15,
        help="For numbers of what happened; what is waiting is looked at as it is.",
    )
    duration_minutes = fields.Integer(
        string="For at least (min)",
        help="The limit has to be passed for this long; an alert ends the same way.",
    )
    quiet_minutes = fields.Integer(
        string="Quiet after its end (min)",
        default=60,
        help="An alert that comes back within this time tells nobody again.",
    )
    severity = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        required=True,
        default="medium",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
    )
    impact = fields.Text(
        string="What it means",
        required=True,
        translate=True,
        help="The cost to the business, in words a store manager understands.",
    )
    by_activity = fields.Boolean(string="Activity", default=True)
    by_mail = fields.Boolean(string="Message")
    by_webhook = fields.Boolean(
        string="Webhook",
        default=True,
        help="Systems that subscribed to retail.alert.changed.v1 are told.",
    )
    alert_ids = fields.One2many("retail.alert", "rule_id")
    open_count = fields.Integer(compute="_compute_open_count")

    _times_positive = models.Constraint(
        "CHECK (window_minutes > 0 AND duration_minutes >= 0 AND quiet_minutes >= 0)",
        "Times must be positive.",
    )

    @api.model
    def _selection_measure(self) -> list[tuple[str, str]]:
        """Return every measure of every installed module."""
        measures = self.env["retail.measure"]._measures()
        return [(measure.key, self.env._(measure.label)) for measure in measures]

    def _compute_open_count(self) -> None:
        live = [("rule_id", "in", self.ids), ("state", "in", ("open", "acknowledged"))]
        counts = dict(
            self.env["retail.alert"]._read_group(live, ["rule_id"], ["__count"])
        )
        for rule in self:
            rule.open_count = counts.get(rule, 0)

    @api.onchange("threshold")
    def _onchange_threshold(self) -> None:
        self.clear_threshold = self.threshold

    @api.constrains("comparison", "threshold", "clear_threshold")
    def _check_clear_threshold(self) -> None:
        for rule in self:
            above = rule.comparison == "above"
            beyond = rule.clear_threshold - rule.threshold
            if (beyond > 0) if above else (beyond < 0):
                raise ValidationError(
                    self.env._(
                        "%(rule)s could never end: it is back to normal at a value "
                        "that still breaks its limit.",
                        rule=rule.name,
                    )
                )

    @api.constrains("company_id")
    def _check_own_company(self) -> None:
        # Odoo checks as superuser; who asks is still the user.
        user = self.env.user
        if not user._is_superuser() and self.company_id - user.company_ids:
            raise ValidationError(
                self.env._("A rule watches a company that you work in.")
            )

    @api.constrains("measure", "per", "backend_id")
    def _check_per(self) -> None:
        measures = self.env["retail.measure"]
        for rule in self:
            dims = measures._get(rule.measure).dims
            asked = {rule.per} | ({"backend"} if rule.backend_id else set())
            if asked - dims - {"company"}:
                raise ValidationError(
                    self.env._(
                        "%(measure)s is not known per system or store: watch it per "
                        "company.",
                        measure=self.env._(measures._get(rule.measure).label),
                    )
                )

    def action_open_records(self) -> dict:
        """Show the records behind the number that is watched."""
        self.ensure_one()
        measures = self.env["retail.measure"]
        return measures._action(measures._get(self.measure), self._scope())
