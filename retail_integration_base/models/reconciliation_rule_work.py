"""``retail.reconciliation.rule``: when it runs, and what people do with it."""

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import RetailError
from ..tools.reconciliation import keys_of


class RetailReconciliationRule(models.Model):
    _inherit = "retail.reconciliation.rule"

    # --- schedule -------------------------------------------------------------------

    @api.model
    def _cron_sweep(self) -> None:
        """Start what is due, go on with what was lost, miss what did not come."""
        self.env["retail.reconciliation.run"]._fail_abandoned()
        self._report_unposted()
        now = to_naive(utc_now())
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """UPDATE retail_reconciliation_rule r
                      SET next_run_at = %(now)s + r.interval_hours * interval '1 hour'
                     FROM retail_backend b
                    WHERE b.id = r.backend_id AND b.state = 'active' AND b.active
                      AND r.active AND r.state = 'active'
                      AND r.origin IN ('pages', 'ours')
                      AND (r.next_run_at IS NULL OR r.next_run_at <= %(now)s)
                RETURNING r.id""",
                now=now,
            )
        )
        runs = self.env["retail.reconciliation.run"]
        for rule in self.browse(row[0] for row in rows):
            runs |= runs._begin(rule)
        runs._enqueue("go")
        runs._enqueue_lost()

    # --- what people do -------------------------------------------------------------

    def action_activate(self) -> None:
        """Approve the rule as it is and let it run.

        :raises UserError: who changed it cannot approve it; or it is not complete
        """
        self.check_access("write")
        for rule in self:
            rule._check_runnable()
            if rule.changed_by_id == self.env.user and not self.env.su:
                raise UserError(
                    self.env._(
                        "You changed what %(rule)s lets pass. Somebody else has to "
                        "activate it.",
                        rule=rule.name,
                    )
                )
            rule.sudo().write({"state": "active", "approved_by_id": self.env.uid})
            self.env["retail.audit.entry"]._record("reconciliation.rule_approved", rule)

    def _check_runnable(self) -> None:
        if not self.backend_id:
            raise UserError(self.env._("Choose the system to compare with first."))
        try:
            keys_of(self._spec())
        except RetailError as error:
            raise UserError(error.message) from error
        known = {column.name: column for column in self.env[self.source]._columns()}
        unknown = [c.name for c in self.column_ids if c.name not in known]
        if unknown:
            raise ValidationError(
                self.env._(
                    "Our list has no column %(names)s; it has %(known)s.",
                    names=", ".join(unknown),
                    known=", ".join(known),
                )
            )

    def action_pause(self) -> None:
        """Start nothing new."""
        self.check_access("write")
        self.filtered(lambda rule: rule.state == "active").sudo().state = "paused"

    def action_run_now(self) -> dict:
        """Compare now: read their list, or ask for the file."""
        self.ensure_one()
        runs = self.env["retail.reconciliation.run"]
        runs._check_operator()
        self._check_runnable()
        self._check_not_posted()
        if self.origin == "upload":
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Upload their list"),
                "res_model": "retail.reconciliation.upload",
                "view_mode": "form",
                "target": "new",
                "context": {"default_rule_id": self.id},
            }
        run = runs.sudo()._begin(self)
        run._enqueue("go")
        run = run or runs.search([("rule_id", "=", self.id)], limit=1)
        return run._show()

    def action_show_open(self) -> dict:
        """List the differences that nobody has decided."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retail_integration_base.action_retail_reconciliation_line"
        )
        return action | {"domain": [("rule_id", "=", self.id)]}
