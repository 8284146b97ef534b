"""``retail.loyalty.finance.line``: a cohort of points in a period's batch.

Points of the period and since the cohort began; amounts in the currency of its sales
and in that of the books. The running sums are what the next period goes on from.
Written by ``retail.loyalty.finance.batch`` only.
"""

from decimal import Decimal

from odoo import fields, models

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.tools import money

from ..tools.finance import Booked, Line, Sums

#: figure -> its field; the books' are ``<field>_books``
FIGURES = {
    "opening": "amount_opening",
    "added": "amount_added",
    "redeemed": "amount_redeemed",
    "breakage": "amount_breakage",
    "closing": "amount_closing",
}
RUNNING = ("allocated", "revenue", "redeemed")


class RetailLoyaltyFinanceLine(models.Model):
    _name = "retail.loyalty.finance.line"
    _description = "Cohort of Loyalty Points"
    _order = "batch_id desc, currency_id, cohort desc, is_priced desc"
    _rec_name = "cohort"

    batch_id = fields.Many2one(
        "retail.loyalty.finance.batch",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    program_id = fields.Many2one(related="batch_id.program_id", store=True, index=True)
    company_id = fields.Many2one(related="batch_id.company_id", store=True, index=True)
    state = fields.Selection(related="batch_id.state", store=True)
    period_end = fields.Date(related="batch_id.period_end", store=True)
    books_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the books"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    cohort = fields.Char(string="Issued in", required=True, readonly=True)
    is_priced = fields.Boolean(string="With a sale", readonly=True)
    estimate_id = fields.Many2one(
        "retail.loyalty.finance.estimate", readonly=True, ondelete="restrict"
    )
    redeemed_share = fields.Float(related="estimate_id.redeemed_share")
    points_issued = BigInteger(string="Issued", readonly=True)
    points_redeemed = BigInteger(string="Redeemed", readonly=True)
    points_lapsed = BigInteger(string="Lapsed", readonly=True)
    total_issued = BigInteger(string="Issued so far", readonly=True)
    total_redeemed = BigInteger(string="Redeemed so far", readonly=True)
    total_lapsed = BigInteger(string="Lapsed so far", readonly=True)
    points_outstanding = BigInteger(string="Outstanding", readonly=True)
    points_expected = fields.Float(
        string="Expected in all",
        digits=(20, 2),
        readonly=True,
        help="How many of the points issued will have been used in the end.",
    )
    amount_opening = fields.Monetary(string="Liability before", readonly=True)
    amount_added = fields.Monetary(string="Deferred", readonly=True)
    amount_redeemed = fields.Monetary(string="Released: used", readonly=True)
    amount_breakage = fields.Monetary(string="Released: breakage", readonly=True)
    amount_closing = fields.Monetary(string="Liability after", readonly=True)
    amount_opening_books = fields.Monetary(
        currency_field="books_currency_id", readonly=True
    )
    amount_added_books = fields.Monetary(
        currency_field="books_currency_id", readonly=True
    )
    amount_redeemed_books = fields.Monetary(
        currency_field="books_currency_id", readonly=True
    )
    amount_breakage_books = fields.Monetary(
        currency_field="books_currency_id", readonly=True
    )
    amount_closing_books = fields.Monetary(
        string="In the books", currency_field="books_currency_id", readonly=True
    )
    # Exact running sums, as decimal strings: the next period goes on from them.
    sums = fields.Json(readonly=True)
    booked = fields.Json(readonly=True)

    _cohort_uniq = models.Constraint(
        "UNIQUE (batch_id, currency_id, cohort, is_priced)",
        "A cohort stands once in a batch.",
    )

    def _sums(self) -> Sums:
        """Return the cohort's points and price since it began."""
        kept = self.sums
        if not kept:
            return Sums()
        return Sums(*kept[:3], Decimal(kept[3]))

    def _booked(self) -> Booked:
        """Return what is posted for the cohort so far."""
        return Booked(*map(Decimal, self.booked)) if self.booked else Booked()

    def _prepare_figures(self, line: Line) -> dict:
        """Return the values of a measured cohort."""
        values: dict = {"points_expected": float(line.expected)}
        for figure, name in FIGURES.items():
            values[name] = float(getattr(line.amounts, figure))
            values[f"{name}_books"] = float(getattr(line.books, figure))
        booked = line.booked
        values["booked"] = [
            str(getattr(booked, name + suffix))
            for suffix in ("", "_books")
            for name in RUNNING
        ]
        return values

    def _amounts(self, suffix: str = "") -> dict[str, Decimal]:
        """Return the stored figures, exact: ``""`` of the sales, ``"_books"``."""
        self.ensure_one()
        currency = self.books_currency_id if suffix else self.currency_id
        return {
            figure: money.from_stored(self[name + suffix], currency.decimal_places)
            for figure, name in FIGURES.items()
        }

    def action_show_movements(self) -> dict:
        """List the ledger's entries behind this line, with their sales."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "retail_loyalty_connector.action_retail_loyalty_finance_movement"
        )
        domain = [
            ("batch_id", "=", self.batch_id.id),
            ("currency_id", "=", self.currency_id.id),
            ("cohort", "=", self.cohort),
            ("is_priced", "=", self.is_priced),
        ]
        return action | {"domain": domain, "context": {}}
