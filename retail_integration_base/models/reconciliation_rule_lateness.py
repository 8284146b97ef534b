"""``retail.reconciliation.rule``: comparisons that should have been made by now.

No difference is known where nothing was compared: silence must not look like
agreement. Read by the measure ``comparisons_late`` and by the list of rules.
"""

from odoo import fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from .measure_comparison import late_rules


class RetailReconciliationRule(models.Model):
    _inherit = "retail.reconciliation.rule"

    is_late = fields.Boolean(
        string="Not compared in time",
        compute="_compute_is_late",
        search="_search_is_late",
    )

    def _compute_is_late(self) -> None:
        late = set(self._late_ids())
        for rule in self:
            rule.is_late = rule.id in late

    def _search_is_late(self, operator: str, value: object) -> list:
        if operator != "in":
            return NotImplemented
        return [("id", "in", self._late_ids())]

    def _late_ids(self) -> list[int]:
        self.flush_model(["active", "state", "interval_hours", "backend_id"])
        self.env["retail.reconciliation.run"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT r.id FROM retail_reconciliation_rule r"
                "  JOIN retail_backend b ON b.id = r.backend_id WHERE %s",
                late_rules(to_naive(utc_now())),
            )
        )
        return [rule_id for (rule_id,) in rows]
