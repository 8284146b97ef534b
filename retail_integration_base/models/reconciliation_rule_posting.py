"""``retail.reconciliation.rule``: lists that the system posts, and that do not come.

Called by ``reconciliation_rule_work.py`` (schedule, buttons) and by the runs.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now
from ..tools.errors import SyncLate


class RetailReconciliationRule(models.Model):
    _inherit = "retail.reconciliation.rule"

    posting_path = fields.Char(
        string="Address to post to", compute="_compute_posting_path"
    )

    def _compute_posting_path(self) -> None:
        for rule in self:
            rule.posting_path = (
                f"/retail/v1/reconciliations/{rule.id}/lists"
                if rule._origin and rule.origin == "post"
                else False
            )

    def _check_not_posted(self) -> None:
        """Let nobody compare by hand what the system posts.

        :raises UserError: there is nothing to compare until the system posts
        """
        if self.origin == "post":
            raise UserError(
                self.env._(
                    "The system posts this list itself; it is compared as soon as the "
                    "last part is there."
                )
            )

    def _note_posted(self) -> None:
        """Expect the next list one interval from now; this one is not late any more."""
        for rule in self:
            rule.next_run_at = fields.Datetime.add(
                fields.Datetime.now(), hours=rule.interval_hours
            )
        keys = [f"list-late:{rule.id}" for rule in self]
        self.env["retail.exception"].search(
            [("dedupe_key", "in", keys), ("state", "!=", "resolved")]
        )._resolve("replayed", self.env._("The list was posted."))

    @api.model
    def _report_unposted(self) -> None:
        """Tell people about lists that did not come: silence is no agreement."""
        now = to_naive(utc_now())
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH due AS MATERIALIZED (
                        SELECT r.id, r.next_run_at IS NOT NULL AS is_late
                          FROM retail_reconciliation_rule r
                          JOIN retail_backend b ON b.id = r.backend_id
                         WHERE b.state = 'active' AND b.active AND r.active
                           AND r.state = 'active' AND r.origin = 'post'
                           AND (r.next_run_at IS NULL OR r.next_run_at < %(now)s))
                   UPDATE retail_reconciliation_rule r
                      SET next_run_at = %(now)s + r.interval_hours * interval '1 hour'
                     FROM due WHERE due.id = r.id
                RETURNING r.id, due.is_late""",
                now=now,
            )
        )
        self.invalidate_model(["next_run_at"])
        for rule in self.browse(rule_id for rule_id, is_late in rows if is_late):
            self.env["retail.exception"]._open(
                rule.backend_id,
                SyncLate(
                    f"{rule.name}: the system posts a list every "
                    f"{rule.interval_hours} hours, and did not"
                ),
                dedupe_key=f"list-late:{rule.id}",
            )
