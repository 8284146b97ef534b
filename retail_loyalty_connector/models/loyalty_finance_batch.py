"""``retail.loyalty.finance.batch``: a period of points in the books of a company.

Computed from the ledger (``loyalty_finance_batch_compute.py``), reviewed by a person,
posted as one journal entry per currency (``loyalty_finance_batch_posting.py``), or
reversed as its own.

A batch covers every entry that took place until its last day and that no posted batch
has covered yet: what is told late goes to the period that is open when it comes (R16).
Batches of a company form a chain: each follows one, and one follows it. So there is no
gap and no overlap, and no period can be posted twice.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.dates import day_after

FINANCE = "retail_integration_base.group_finance"
OPERATOR = "retail_integration_base.group_operator"


class RetailLoyaltyFinanceBatch(models.Model):
    _name = "retail.loyalty.finance.batch"
    _description = "Loyalty Period in the Books"
    _inherit = ["mail.thread"]
    _order = "period_end desc, id desc"

    terms_id = fields.Many2one(
        "retail.loyalty.finance.terms",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    program_id = fields.Many2one(
        "retail.loyalty.program",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    previous_id = fields.Many2one(
        "retail.loyalty.finance.batch",
        string="Follows",
        readonly=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [("draft", "To review"), ("posted", "Posted"), ("reversed", "Reversed")],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        tracking=True,
    )
    version = BigInteger(default=0, readonly=True)
    period_start = fields.Date(string="From", readonly=True)
    period_end = fields.Date(string="To", required=True, readonly=True)
    effective_until = fields.Datetime(
        required=True, readonly=True, help="The end of the last day, in UTC."
    )
    computed_at = fields.Datetime(string="Computed", readonly=True)
    prepared_by_id = fields.Many2one("res.users", string="Computed by", readonly=True)
    posting_date = fields.Date(
        readonly=True,
        help="The last day of the period, or the first open day after it when the "
        "books are locked.",
    )
    posted_by_id = fields.Many2one(
        "res.users", string="Posted by", readonly=True, tracking=True
    )
    posted_at = fields.Datetime(string="Posted at", readonly=True)
    entry_count = fields.Integer(string="Ledger entries", readonly=True)
    late_count = fields.Integer(
        string="Told late",
        readonly=True,
        help="Entries of days that an earlier batch has closed already.",
    )
    points_entries = BigInteger(
        string="Points of entries",
        readonly=True,
        help="What members got less what they gave, by the ledger's entries.",
    )
    points_change = BigInteger(
        string="Change of outstanding points", readonly=True, help="By cohorts."
    )
    points_elsewhere = BigInteger(
        string="Owed, or of other companies",
        readonly=True,
        help="Points spent on credit, and points that another company had issued.",
    )
    points_outstanding = BigInteger(string="Outstanding", readonly=True)
    points_pending = BigInteger(
        string="Not spendable yet",
        readonly=True,
        help="Earned until the last day, posted when the return window is over. Their "
        "price is deferred all the same.",
    )
    amount_added = fields.Monetary(string="Deferred", readonly=True)
    amount_revenue = fields.Monetary(string="Released", readonly=True)
    amount_closing = fields.Monetary(string="Liability", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_ids = fields.One2many("retail.loyalty.finance.line", "batch_id")
    # Auditors of the hub read batches, and need not read the books.
    move_ids = fields.One2many(
        "account.move",
        "retail_loyalty_batch_id",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    move_count = fields.Integer(compute="_compute_move_count")
    can_post = fields.Boolean(compute="_compute_can_post")

    _next_uniq = models.UniqueIndex(
        "(terms_id, COALESCE(previous_id, 0)) WHERE state IN ('draft', 'posted')",
        "There is a batch of this period already.",
    )

    @api.depends("program_id", "period_end")
    def _compute_display_name(self) -> None:
        for batch in self:
            end = batch.period_end and format_date(self.env, batch.period_end)
            batch.display_name = f"{batch.program_id.name} · {end}"

    @api.depends("move_ids")
    def _compute_move_count(self) -> None:
        for batch in self:
            batch.move_count = len(batch.sudo().move_ids)

    @api.depends("state", "prepared_by_id")
    @api.depends_context("uid")
    def _compute_can_post(self) -> None:
        for batch in self:
            batch.can_post = batch.state == "draft" and batch._why_not_post() is None

    # --- who may do what --------------------------------------------------------------

    def _check_group(self, group: str) -> None:
        """Let people of ``group`` pass, for batches of their companies.

        :raises AccessError: they are not in it
        """
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(self.env._("Only finance decides about the books."))

    def _why_not_post(self) -> str | None:
        """Say why the user may not post this, if so."""
        if self.env.su:
            return None
        if not self.env.user.has_group(FINANCE):
            return self.env._("Only finance decides about the books.")
        if self.prepared_by_id == self.env.user:
            return self.env._(
                "You computed it yourself; somebody else has to review it."
            )
        return None

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self) -> None:
        if any(batch.state != "draft" for batch in self):
            raise UserError(self.env._("What was posted stays; reverse it instead."))

    def _claim(self, state: str, to_state: str | None = None) -> None:
        """Take this batch for the transaction, if it is in ``state``.

        Whoever does the same at the same moment is replayed and then finds it gone.

        :raises UserError: somebody decided about it before
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            "UPDATE retail_loyalty_finance_batch"
            "   SET state = %s, version = version + 1"
            " WHERE id = %s AND state = %s",
            (to_state or state, self.id, state),
            log_exceptions=False,
        )
        if not self.env.cr.rowcount:
            raise UserError(self.env._("Somebody decided about this batch before."))
        self.invalidate_recordset(["state", "version"], flush=False)
        self.modified(["state"])

    # --- beginning --------------------------------------------------------------------

    @api.model
    def _prepare(
        self, terms: models.BaseModel, period_end: date
    ) -> "RetailLoyaltyFinanceBatch":
        """Compute the batch up to ``period_end``; return the one under review if any.

        :raises AccessError: not for operators and finance
        :raises UserError: the period is posted, not over, or cannot be valued
        """
        if not self.env.su and not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("Only finance decides about the books."))
        terms.check_access("read")
        own = self.sudo().search([("terms_id", "=", terms.id)])
        draft = own.filtered(lambda one: one.state == "draft")
        if draft:
            return draft.with_env(self.env)
        previous = own.filtered(lambda one: one.state == "posted")[:1]
        self._check_period(terms, previous, period_end)
        if previous:
            previous._claim("posted")  # nobody reverses it meanwhile
        batch = self.sudo().create(
            {
                "terms_id": terms.id,
                "program_id": terms.program_id.id,
                "company_id": terms.company_id.id,
                "previous_id": previous.id,
                "period_start": previous and previous.period_end + timedelta(days=1),
                "period_end": period_end,
                "effective_until": to_naive(day_after(period_end, terms.program_id.tz)),
            }
        )
        batch._compute_batch()
        return batch.with_env(self.env)

    def _check_period(
        self, terms: models.BaseModel, previous: models.BaseModel, period_end: date
    ) -> None:
        if previous and previous.period_end >= period_end:
            raise UserError(
                self.env._(
                    "The books have the points of this period: posted up to %(day)s.",
                    day=format_date(self.env, previous.period_end),
                )
            )
        if period_end >= terms._today():
            raise UserError(self.env._("The period is not over yet."))

    # --- what people do ---------------------------------------------------------------

    def _show(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_compute(self) -> None:
        """Compute it again, with what the ledger has learnt meanwhile.

        :raises AccessError: not for operators and finance
        :raises UserError: it is posted
        """
        self._check_group(OPERATOR)
        for batch in self.sudo():
            batch._claim("draft")
            batch._compute_batch()

    def action_discard(self) -> dict:
        """Throw a draft away; its entries are covered by the next one.

        :raises AccessError: not for operators and finance
        :raises UserError: it is posted
        """
        self._check_group(OPERATOR)
        for batch in self.sudo():
            batch._claim("draft")
            batch.unlink()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "retail_loyalty_connector.action_retail_loyalty_finance_batch"
        )

    def action_show_movements(self) -> dict:
        """List the ledger's entries that this batch covers."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retail_loyalty_connector.action_retail_loyalty_finance_movement"
        )
        return action | {"domain": [("batch_id", "=", self.id)], "context": {}}

    def action_show_moves(self) -> dict:
        """Show the journal entries."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Journal Entries"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("retail_loyalty_batch_id", "=", self.id)],
        }
