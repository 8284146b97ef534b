"""``retail.loyalty.program``: when points can be spent, and when they are gone.

Read into ``tools/accrual_policy.py`` and ``tools/expiry.py`` (R10). Expiry needs dates
on the program's calendar, which is its time zone.
"""

from datetime import date, datetime, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.accrual_policy import AccrualPolicy
from ..tools.dates import day_after
from ..tools.expiry import ExpiryPolicy

MILESTONES = [
    ("ordered", "the order is placed"),
    ("paid", "the order is paid"),
    ("fulfilled", "the goods are handed over"),
    ("window_over", "the goods cannot come back any more"),
]


class RetailLoyaltyProgram(models.Model):
    _inherit = "retail.loyalty.program"

    tz = fields.Selection(
        _tz_get,
        string="Calendar of",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="The time zone in which days of expiry and tiers begin and end.",
    )
    pending_on = fields.Selection(
        MILESTONES,
        string="Points are promised when",
        required=True,
        default="paid",
    )
    posted_on = fields.Selection(
        MILESTONES,
        string="Points can be spent when",
        required=True,
        default="fulfilled",
    )
    window_days = fields.Integer(
        string="Goods may come back for (days)", required=True, default=0
    )
    retroactive_days = fields.Integer(
        string="Sales before joining count for (days)",
        required=True,
        default=1,
        help="So that who joins at the till gets the points of that receipt.",
    )
    expiry = fields.Selection(
        [
            ("never", "never"),
            ("after_months", "some months after they were earned"),
            ("year_end", "with the calendar year"),
            ("inactivity", "some months after the member's last purchase"),
        ],
        string="Points expire",
        required=True,
        default="never",
    )
    expiry_months = fields.Integer(string="Months", default=12)
    expiry_years = fields.Integer(
        string="Years later", help="0: with the year in which they were earned."
    )
    is_expiry_at_month_end = fields.Boolean(string="At the end of that month")
    expiry_grace_days = fields.Integer(string="Days of grace")
    warning_days = fields.Char(
        string="Warn before (days)",
        default="30 7",
        help="Such as: 30 7. Members' apps and mails are told so many days before.",
    )

    @api.constrains("pending_on", "posted_on", "window_days")
    def _check_accrual(self) -> None:
        for program in self:
            try:
                program._accrual_policy()
            except ValueError as error:
                raise ValidationError(
                    self.env._("Points cannot be spent before they are promised.")
                ) from error

    @api.constrains("expiry", "expiry_months", "expiry_years", "expiry_grace_days")
    def _check_expiry(self) -> None:
        for program in self:
            try:
                program._expiry_policy()
            except ValueError as error:
                raise ValidationError(
                    self.env._("Say after how many months points expire.")
                ) from error

    @api.constrains("warning_days")
    def _check_warning_days(self) -> None:
        for program in self:
            if not all(w.isdecimal() for w in (program.warning_days or "").split()):
                raise ValidationError(self.env._("Write days as numbers: 30 7"))

    def _warning_steps(self) -> list[int]:
        return [int(word) for word in (self.warning_days or "").split()]

    def _accrual_policy(self) -> AccrualPolicy:
        return AccrualPolicy(self.pending_on, self.posted_on, self.window_days)

    def _expiry_policy(self) -> ExpiryPolicy:
        return ExpiryPolicy(
            kind=self.expiry,
            months=self.expiry_months,
            years=self.expiry_years,
            grace_days=self.expiry_grace_days,
            to_month_end=self.is_expiry_at_month_end,
        )

    def _expires_at(self, earned_at: datetime) -> datetime | None:
        """Return when points stop being usable that were earned then (UTC)."""
        last = self._expiry_policy().last_day(self._day(earned_at))
        return to_naive(day_after(last, self.tz)) if last else None

    def _last_day(self, expires_at: datetime) -> date:
        """Return the last day of points that end then: as the day after begins."""
        return self._day(expires_at - timedelta(seconds=1))

    def _day(self, at: datetime) -> date:
        """Return the day of a moment (UTC) on the program's calendar."""
        return pytz.utc.localize(at).astimezone(pytz.timezone(self.tz)).date()
