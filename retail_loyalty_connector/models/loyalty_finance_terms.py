"""``retail.loyalty.finance.terms``: where a company books a program's points.

One record per program and company: journal and accounts. What points are worth and how
many will be used is the program's (``loyalty_finance_estimate.py``), the same for all
companies of a group. Read by ``retail.loyalty.finance.batch``.
"""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

GUARDED = ("liability_account_id", "cohort_span")


class RetailLoyaltyFinanceTerms(models.Model):
    _name = "retail.loyalty.finance.terms"
    _description = "Accounting of Loyalty Points"
    _inherit = ["mail.thread", "retail.anchored.mixin", "retail.accountable.mixin"]
    _anchor_fields = ("program_id", "company_id")
    _check_company_auto = True
    _order = "program_id, company_id"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    active = fields.Boolean(default=True)
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    liability_account_id = fields.Many2one(
        "account.account",
        string="Liability",
        required=True,
        check_company=True,
        help="Points that customers have not used yet: a contract liability.",
    )
    deferral_account_id = fields.Many2one(
        "account.account",
        string="Deferred from",
        required=True,
        check_company=True,
        help="Debited with the part of the sales' price that belongs to the points.",
    )
    revenue_account_id = fields.Many2one(
        "account.account",
        string="Released to",
        required=True,
        check_company=True,
        help="Credited when points are used: revenue, or the account that tills book "
        "points to as means of payment.",
    )
    breakage_account_id = fields.Many2one(
        "account.account",
        string="Breakage to",
        check_company=True,
        help="Credited with the part for points that nobody will use. Empty: the same "
        "account as for used ones.",
    )
    cohort_span = fields.Selection(
        [("year", "of a calendar year"), ("month", "of a calendar month")],
        string="Measured together: points",
        required=True,
        default="year",
        help="Points issued in the same span share a price and an expectation.",
    )
    batch_ids = fields.One2many("retail.loyalty.finance.batch", "terms_id")

    _company_uniq = models.Constraint(
        "UNIQUE (program_id, company_id)",
        "The points of this program are booked in this company already.",
    )

    @api.constrains("program_id", "company_id")
    def _check_program_company(self) -> None:
        for terms in self:
            home = terms.program_id.company_id
            if home and home != terms.company_id:
                raise ValidationError(
                    self.env._("The program belongs to %(company)s.", company=home.name)
                )

    @api.depends("program_id", "company_id")
    def _compute_display_name(self) -> None:
        for terms in self:
            names = (terms.program_id.name, terms.company_id.name)
            terms.display_name = " · ".join(name or "" for name in names)

    def write(self, vals: dict) -> bool:
        changed = any(
            name in vals
            and self._fields[name].convert_to_write(terms[name], terms) != vals[name]
            for terms in self
            for name in GUARDED
        )
        if changed and self.batch_ids.filtered(lambda one: one.state == "posted"):
            raise UserError(
                self.env._(
                    "Periods are posted with this account and these cohorts. Reverse "
                    "them first."
                )
            )
        return super().write(vals)

    def _account(self, role: str) -> models.BaseModel:
        """Return the account of a line by its part in ``tools/finance.py``."""
        self.ensure_one()
        if role == "breakage" and not self.breakage_account_id:
            role = "revenue"
        return self[f"{role}_account_id"]

    # --- what people do ---------------------------------------------------------------

    def action_prepare(self) -> dict:
        """Compute the batch of the last whole month, or show the one under review."""
        self.ensure_one()
        batches = self.env["retail.loyalty.finance.batch"]
        return batches._prepare(self, last_month_end(self._today()))._show()

    def _today(self) -> date:
        """Return today on the program's calendar."""
        return self.program_id._day(fields.Datetime.now())

    @api.model
    def _cron_prepare(self) -> None:
        """Compute the last month's batch wherever it is not there yet."""
        batches = self.env["retail.loyalty.finance.batch"]
        for terms in self.search([("program_id.active", "=", True)], limit=1000):
            end = last_month_end(terms._today())
            if not terms.batch_ids.filtered(
                lambda one, end=end: (
                    one.state == "draft"
                    or (one.state == "posted" and one.period_end >= end)
                )
            ):
                batches._prepare_or_report(terms, end)


def last_month_end(day: date) -> date:
    """Return the last day of the month before."""
    return day.replace(day=1) - timedelta(days=1)
