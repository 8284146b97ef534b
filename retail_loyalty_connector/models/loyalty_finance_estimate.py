"""``retail.loyalty.finance.estimate``: what points are worth, and how many get used.

Versions that a second person approves (``retail.approved.mixin``). A sale's price is
allocated by the version of its day, a period measured by the version of its last day: a
new one is caught up with at once, and nothing that is posted changes. The same for all
companies of a group.
"""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.models.approved_mixin import no_overlap

from ..tools.liability import Estimate

PERCENT = Decimal(100)


class RetailLoyaltyFinanceEstimate(models.Model):
    _name = "retail.loyalty.finance.estimate"
    _description = "Breakage Estimate"
    _inherit = ["retail.anchored.mixin", "retail.approved.mixin"]
    _anchor_fields = ("program_id", "currency_id")
    _version_key = ("program_id", "currency_id")
    _version_content = ("redeemed_share", "points", "amount", "reason")
    _order = "program_id, currency_id, valid_from desc, id desc"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="program_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    redeemed_share = fields.Float(
        string="Will be used (%)",
        digits=(7, 4),
        required=True,
        default=100,
        tracking=True,
        help="Of all points issued. The rest is breakage.",
    )
    breakage_share = fields.Float(
        string="Breakage (%)", digits=(7, 4), compute="_compute_breakage_share"
    )
    points = BigInteger(required=True, default=100)
    amount = fields.Monetary(
        string="Are worth",
        required=True,
        help="What customers save with them: the stand-alone price.",
    )
    reason = fields.Char(
        string="Based on",
        required=True,
        help="Such as: redemptions of the last 24 months.",
    )

    _in_force_excl = models.Constraint(
        no_overlap("program_id::text || ':' || currency_id::text"),
        "Another estimate holds on one of these days.",
    )
    _share_check = models.Constraint(
        "CHECK (redeemed_share >= 0 AND redeemed_share <= 100"
        " AND points > 0 AND amount > 0)",
        "A share is between 0 and 100 %, and points are worth something.",
    )

    @api.depends("redeemed_share")
    def _compute_breakage_share(self) -> None:
        for version in self:
            version.breakage_share = 100 - version.redeemed_share

    @api.depends("redeemed_share", "valid_from", "currency_id")
    def _compute_display_name(self) -> None:
        for version in self:
            day = version.valid_from and format_date(self.env, version.valid_from)
            version.display_name = (
                f"{version.redeemed_share:g} % · {version.currency_id.name} · {day}"
            )

    def _approve(self, **details: object) -> None:
        for version in self:
            posted = version._find_posted()
            if posted:
                raise UserError(
                    self.env._(
                        "Periods are posted up to %(day)s: a new estimate holds from "
                        "that day on at the earliest, and is caught up with in the "
                        "next period.",
                        day=format_date(self.env, posted.period_end),
                    )
                )
        return super()._approve(**details)

    def _find_posted(self) -> models.BaseModel:
        """Return a posted batch whose days this version would change."""
        self.ensure_one()
        return (
            self.env["retail.loyalty.finance.batch"]
            .sudo()
            .search(
                [
                    ("program_id", "=", self.program_id.id),
                    ("state", "=", "posted"),
                    ("period_end", ">", self.valid_from),
                ],
                order="period_end desc",
                limit=1,
            )
        )

    @api.model
    def _find(
        self, program: models.BaseModel, currency: models.BaseModel, day: fields.Date
    ) -> "RetailLoyaltyFinanceEstimate":
        """Return the version that holds on ``day``, or none."""
        domain = self._in_force(day) & fields.Domain(
            [("program_id", "=", program.id), ("currency_id", "=", currency.id)]
        )
        return self.sudo().search(domain, limit=1)

    def _estimate(self) -> Estimate:
        """Return this version as the standard's arithmetic reads it."""
        self.ensure_one()
        share = Decimal(f"{self.redeemed_share:.4f}") / PERCENT
        return Estimate(self.id, self.valid_from, share)
