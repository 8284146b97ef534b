"""``retail.reconciliation.rule``: which two lists must agree, how far, and who answers.

Data only: our side is a named source in code, theirs a list of the system's API or an
uploaded file. What a tolerance lets pass nobody sees, so whoever changes a rule cannot
activate it (R176). Schedule and buttons are in ``reconciliation_rule_work.py``,
executions are ``retail.reconciliation.run``.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.clock import utc_now
from ..tools.reconciliation import Column

#: what decides whether a difference is seen and who may accept it
GUARDED = frozenset(
    {
        "backend_id",
        "source",
        "origin",
        "resource",
        "lookback_days",
        "alarm_count",
        "alarm_amount",
        "accept_amount_max",
        "heal_missing_here",
        "heal_missing_there",
    }
)


class RetailReconciliationRule(models.Model):
    _name = "retail.reconciliation.rule"
    _description = "Reconciliation Rule"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    backend_id = fields.Many2one(
        "retail.backend",
        string="System",
        index=True,
        ondelete="cascade",
        copy=False,
        tracking=True,
        check_company=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    owner_id = fields.Many2one(
        "res.users",
        tracking=True,
        help="Answers for the differences; the system's steward if empty.",
    )
    state = fields.Selection(
        [("draft", "To approve"), ("active", "Active"), ("paused", "Paused")],
        required=True,
        default="draft",
        readonly=True,
        tracking=True,
        copy=False,
    )
    changed_by_id = fields.Many2one(
        "res.users", string="Changed by", readonly=True, copy=False
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, tracking=True
    )
    source = fields.Selection(
        selection="_selection_source", string="Our list", required=True
    )
    origin = fields.Selection(
        [
            ("pages", "List of the system's API"),
            ("upload", "Uploaded file"),
            ("post", "Posted by the system"),
            ("ours", "Another list of ours"),
        ],
        string="Their list",
        required=True,
        default="upload",
    )
    resource = fields.Char(string="Name of the list", help="In the system's API.")
    decimal_comma = fields.Boolean(
        string="Comma as decimal sign", help="Files say 1.234,56 instead of 1234.56."
    )
    column_ids = fields.One2many("retail.reconciliation.column", "rule_id", copy=True)
    lookback_days = fields.Integer(
        string="Days compared",
        required=True,
        default=7,
        help="Whole days before today; 0 compares everything there is.",
    )
    interval_hours = fields.Integer(string="Every (hours)", required=True, default=24)
    next_run_at = fields.Datetime(string="Next run", copy=False)
    alarm_count = fields.Integer(
        string="Alarm from (differences)",
        required=True,
        default=1,
        help="This many undecided differences open an exception for the owner.",
    )
    alarm_amount = fields.Float(
        string="Alarm above (amount)",
        digits=(16, 2),
        help="Undecided differences of more than this open an exception too.",
    )
    accept_amount_max = fields.Float(
        string="One person accepts up to",
        digits=(16, 2),
        tracking=True,
        help="Accepting a larger difference needs a second person.",
    )
    heal_missing_here = fields.Boolean(
        string="Fetch what is missing here",
        tracking=True,
        help="Items of their list are stored as incoming messages. The list must hold "
        "whole messages.",
    )
    heal_missing_there = fields.Boolean(
        string="Send again what is missing there", tracking=True
    )
    run_ids = fields.One2many("retail.reconciliation.run", "rule_id")
    line_ids = fields.One2many("retail.reconciliation.line", "rule_id")
    open_count = fields.Integer(string="Open", compute="_compute_open_count")

    _limits_positive = models.Constraint(
        "CHECK (lookback_days >= 0 AND interval_hours > 0 AND alarm_count > 0"
        " AND COALESCE(alarm_amount, 0) >= 0 AND COALESCE(accept_amount_max, 0) >= 0)",
        "Limits and times must be positive.",
    )

    @api.model
    def _selection_source(self) -> list[tuple[str, str]]:
        """Every concrete source, by its own description."""
        children = self.env.registry.descendants(
            ["retail.reconciliation.source"], "_inherit"
        )
        return sorted(
            (name, self.env["ir.model"]._get(name).name)
            for name in children
            if name != "retail.reconciliation.source"
        )

    def _compute_open_count(self) -> None:
        rows = self.env["retail.reconciliation.line"]._read_group(
            [("rule_id", "in", self.ids), ("state", "in", ("open", "proposed"))],
            ["rule_id"],
            ["__count"],
        )
        counts = {rule.id: count for rule, count in rows}
        for rule in self:
            rule.open_count = counts.get(rule.id, 0)

    @api.onchange("source")
    def _onchange_source(self) -> None:
        if self.source and not self.column_ids:
            self.column_ids = self._prepare_columns()

    def _prepare_columns(self) -> list:
        return [
            Command.create(
                {
                    "sequence": position * 10,
                    "name": column.name,
                    "kind": column.kind,
                    "role": column.role,
                }
            )
            for position, column in enumerate(self.env[self.source]._columns(), 1)
        ]

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailReconciliationRule":
        rules = super().create(vals_list)
        for rule in rules.filtered(lambda one: not one.column_ids):
            rule.column_ids = rule._prepare_columns()
        rules._withdraw_approval()
        return rules

    def write(self, vals: dict) -> bool:
        if "backend_id" in vals and any(
            rule.backend_id and rule.backend_id.id != vals["backend_id"]
            for rule in self
        ):
            raise UserError(
                self.env._("A rule stays with its system; duplicate it for another.")
            )
        if not self.env.su and {"state", "changed_by_id", "approved_by_id"} & set(vals):
            raise UserError(self.env._("Use the buttons to activate or pause a rule."))
        result = super().write(vals)
        if GUARDED & set(vals):
            self._withdraw_approval()
        return result

    def _withdraw_approval(self) -> None:
        """Note who changed what the rule lets pass; somebody else activates it."""
        self.sudo().write(
            {
                "state": "draft",
                "changed_by_id": self.env.uid,
                "approved_by_id": False,
            }
        )

    def _spec(self) -> list[Column]:
        return self.column_ids._spec()

    def _labels(self) -> dict[str, str]:
        """Return what people call this rule's columns, in their order."""
        known = self.env[self.source]._labels()
        return {one.name: known.get(one.name, one.name) for one in self.column_ids}

    def _window(self) -> tuple[date | None, date | None]:
        """Return the first day compared and the day after the last."""
        if not self.lookback_days:
            return None, None
        today = utc_now().date()
        return today - timedelta(days=self.lookback_days), today
