"""``retail.reconciliation.column``: one column that both sides of a rule have."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.reconciliation import Column


class RetailReconciliationColumn(models.Model):
    _name = "retail.reconciliation.column"
    _description = "Reconciliation Column"
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one(
        "retail.reconciliation.rule", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Here", required=True, help="Name in our list; the source offers them."
    )
    path = fields.Char(
        string="There",
        help="Column of the file, or path in the object such as data.totals.grand; "
        "empty where it is called the same.",
    )
    kind = fields.Selection(
        [("text", "Text"), ("number", "Number"), ("date", "Day")],
        required=True,
        default="text",
    )
    role = fields.Selection(
        [("key", "Identifies"), ("compare", "Must agree"), ("info", "Shown only")],
        string="Use",
        required=True,
        default="compare",
    )
    tolerance_abs = fields.Float(
        string="Tolerance",
        digits=(16, 4),
        help="Numbers may differ by this much without being a difference.",
    )
    tolerance_pct = fields.Float(string="Tolerance (%)", digits=(7, 4))

    _name_uniq = models.Constraint(
        "UNIQUE (rule_id, name)", "This column is compared already."
    )
    _name_form = models.Constraint(
        "CHECK (name ~ '^[a-z][a-z0-9_]{0,40}$')",
        "A column has small letters, digits and underscores.",
    )
    _tolerance_positive = models.Constraint(
        "CHECK (COALESCE(tolerance_abs, 0) >= 0 AND COALESCE(tolerance_pct, 0) >= 0)",
        "A tolerance cannot be negative.",
    )

    def _spec(self) -> list[Column]:
        """Return these columns as the comparison takes them."""
        return [
            Column(
                name=one.name,
                kind=one.kind,
                role=one.role,
                path=one.path or "",
                # The column is numeric: its text is exact.
                tolerance_abs=Decimal(str(one.tolerance_abs or 0)),
                tolerance_pct=Decimal(str(one.tolerance_pct or 0)),
            )
            for one in self
        ]

    @api.model_create_multi
    def create(self, vals_list: list[dict]) -> "RetailReconciliationColumn":
        columns = super().create(vals_list)
        columns.rule_id._withdraw_approval()
        return columns

    def write(self, vals: dict) -> bool:
        if "rule_id" in vals and any(one.rule_id.id != vals["rule_id"] for one in self):
            raise UserError(self.env._("A column stays with its rule."))
        result = super().write(vals)
        self.rule_id._withdraw_approval()
        return result

    def unlink(self) -> bool:
        rules = self.rule_id
        result = super().unlink()
        rules.exists()._withdraw_approval()
        return result
