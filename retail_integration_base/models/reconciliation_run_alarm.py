"""``retail.reconciliation.run``: when people have to hear of what a comparison found.

One exception per rule while differences above its limits are undecided; it closes by
itself. Called by ``reconciliation_run_compare.py``.
"""

from odoo import models
from odoo.tools import SQL

from ..tools.errors import ReconciliationDrift
from ..tools.stake import Stake, parse_stake


class RetailReconciliationRun(models.Model):
    _inherit = "retail.reconciliation.run"

    def _alarm(self) -> None:
        """Open an exception for the owner when too much is undecided, or close it."""
        rule = self.rule_id
        keys = [f"drift:{rule.id}", f"reconciliation-failed:{rule.id}"]
        exceptions = self.env["retail.exception"].sudo()
        pending = exceptions.search(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )
        loud = self.open_count >= rule.alarm_count or (
            rule.alarm_amount and self.drift_amount > rule.alarm_amount
        )
        if not loud:
            pending._resolve("replayed", self.env._("Both sides agree now."))
            return
        pending.filtered(lambda one: one.dedupe_key == keys[1])._resolve(
            "replayed", self.env._("A later run went through.")
        )
        exceptions._open(
            self.backend_id,
            ReconciliationDrift(
                f"{rule.name}: {self.open_count} undecided differences, "
                f"{self.drift_amount:.2f} at stake"
            ),
            dedupe_key=keys[0],
            correlation_id=self.correlation_id,
            stake=self._find_stake(),
        )
        if rule.owner_id:
            opened = exceptions.search(
                [("dedupe_key", "=", keys[0]), ("state", "!=", "resolved")]
            )
            opened.filtered(lambda one: one.state == "open").user_id = rule.owner_id

    def _find_stake(self) -> Stake | None:
        """Return what the undecided differences are about, if in one currency."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT COALESCE(here->>'currency', there->>'currency')"
                "  FROM retail_reconciliation_line"
                " WHERE last_run_id = %s AND state IN ('open', 'proposed')",
                self.id,
            )
        )
        currencies = [name for (name,) in rows if name]
        if len(currencies) != 1:
            return None
        return parse_stake(f"{self.drift_amount:.2f}", currencies[0])
