"""``retail.loyalty.finance.batch``: from entries of the ledger to a period's figures.

SQL splits the entries over cohorts and sums them (``data/ledger/finance.sql``); what is
left are a few rows per cohort, which the standard's arithmetic measures
(``tools/liability.py``, ``tools/finance.py``).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.retail_integration_base.tools.errors import RetailError

from ..tools.error_finance import BooksUntied, EstimateMissing
from ..tools.finance import Sums, book_line
from ..tools.liability import Estimate

MISSING = """
    SELECT f.currency_id, min(f.day), count(*)
      FROM retail_loyalty_finance_piece AS p
      JOIN retail_loyalty_finance_fact AS f ON f.lot_id = p.lot_id
     WHERE p.amount IS NULL GROUP BY f.currency_id ORDER BY 2 LIMIT 1
"""
KEEP = """
    INSERT INTO retail_loyalty_finance_movement (batch_id, company_id, entry_id, lot_id,
        role, currency_id, cohort, is_priced, points_issued, points_redeemed,
        points_lapsed, amount, is_void)
    SELECT %s, company_id, entry_id, lot_id, role, currency_id, cohort, is_priced,
           issued, redeemed, lapsed, amount, false
      FROM retail_loyalty_finance_piece ORDER BY entry_id, lot_id
"""
COHORTS = """
    SELECT currency_id, cohort, is_priced, sum(issued)::bigint, sum(redeemed)::bigint,
           sum(lapsed)::bigint, sum(amount)::text
      FROM retail_loyalty_finance_piece GROUP BY 1, 2, 3
"""
# What a batch says of points, and what the ledger's own rows say, read anew.
TOTALS = """
    WITH covered AS (
        SELECT DISTINCT entry_id FROM retail_loyalty_finance_piece
    ), lots AS (
        SELECT coalesce(sum(lot.points), 0) AS points
          FROM covered JOIN retail_loyalty_lot AS lot USING (entry_id)
          JOIN retail_loyalty_finance_fact AS f ON f.lot_id = lot.id
         WHERE f.company_id = %(company)s
    ), uses AS (
        SELECT coalesce(sum(u.points), 0) AS points
          FROM covered JOIN retail_loyalty_lot_use AS u USING (entry_id)
          JOIN retail_loyalty_finance_fact AS f ON f.lot_id = u.lot_id
         WHERE f.company_id = %(company)s
    )
    SELECT count(*), coalesce(sum(e.amount), 0)::bigint,
           count(*) FILTER (WHERE e.effective_at < %(closed)s AND NOT EXISTS (
               SELECT FROM retail_loyalty_pending AS p WHERE p.entry_id = e.id
                  AND p.recorded_at <= %(computed)s)),
           (SELECT lots.points - uses.points FROM lots, uses)::bigint,
           (SELECT coalesce(sum(p.issued - p.redeemed - p.lapsed), 0)
              FROM retail_loyalty_finance_piece AS p)::bigint,
           (min(e.effective_at) AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date
      FROM covered JOIN retail_loyalty_entry AS e ON e.id = covered.entry_id
"""
#: the cohort of points whose return window is open, as lines are sorted last first
PENDING = "pending"


class CohortKey(NamedTuple):
    """What a line is about, in a company's books of a program."""

    currency_id: int
    cohort: str
    is_priced: bool


class RetailLoyaltyFinanceBatch(models.Model):
    _inherit = "retail.loyalty.finance.batch"

    def _compute_batch(self) -> None:
        """Cover what is to be covered, and measure every cohort; draft only.

        :raises EstimateMissing: points cannot be valued on some day
        :raises BooksUntied: the points are not those of the ledger
        """
        self.ensure_one()
        self.line_ids.unlink()
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            "DELETE FROM retail_loyalty_finance_movement WHERE batch_id = %s",
            (self.id,),
        )
        cr.execute("SELECT retail_loyalty_finance_split(%s)", (self.id,))
        cr.execute("SELECT retail_loyalty_finance_price(%s)", (self.program_id.id,))
        self._check_valued()
        cr.execute(KEEP, (self.id,))
        self._note_totals()
        self._write_lines(self._read_cohorts(), self._read_pending())
        self._note_amounts()

    def _check_valued(self) -> None:
        self.env.cr.execute(MISSING)
        found = self.env.cr.fetchone()
        if found:
            currency_id, day, count = found
            raise self._estimate_missing(currency_id, day, count)

    def _estimate_missing(
        self, currency_id: int, day: date, count: int
    ) -> EstimateMissing:
        currency = self.env["res.currency"].browse(currency_id)
        return EstimateMissing(
            self.env._(
                "%(count)s postings in %(currency)s from %(day)s on: nobody has said "
                "what points are worth then. Approve an estimate for %(program)s.",
                count=count,
                currency=currency.name,
                day=format_date(self.env, day),
                program=self.program_id.name,
            )
        )

    def _note_totals(self) -> None:
        self.env.cr.execute(
            TOTALS,
            {
                "company": self.company_id.id,
                "closed": self.previous_id.effective_until or datetime.min,
                # What was pending then was known, and is not late.
                "computed": self.previous_id.computed_at or datetime.min,
                "tz": self.program_id.tz,
            },
        )
        count, points, late, ledger, change, first = self.env.cr.fetchone()
        if ledger != change:
            raise BooksUntied(
                f"{self.display_name}: {change} points by cohorts, {ledger} by lots"
            )
        self.write(
            {
                "entry_count": count,
                "late_count": late,
                "points_entries": points,
                "points_change": change,
                "points_elsewhere": points - change,
                "period_start": self.period_start or first or self.period_end,
                "computed_at": fields.Datetime.now(),
                "prepared_by_id": self.env.uid,
                "posting_date": self._find_posting_date(self.period_end),
            }
        )

    def _read_cohorts(self) -> dict[CohortKey, Sums]:
        """Return what this batch adds to each cohort."""
        self.env.cr.execute(COHORTS)
        return {
            CohortKey(*row[:3]): Sums(*row[3:6], Decimal(row[6]))
            for row in self.env.cr.fetchall()
        }

    def _read_pending(self) -> dict[CohortKey, Sums]:
        """Return what stands of points that the ledger has not posted yet.

        :raises EstimateMissing: they cannot be valued
        """
        self.env.cr.execute(
            "SELECT currency_id, points, amount::text, unvalued, day"
            "  FROM retail_loyalty_finance_pending(%s)",
            (self.id,),
        )
        standing = {}
        for currency_id, points, amount, unvalued, day in self.env.cr.fetchall():
            if unvalued:
                raise self._estimate_missing(currency_id, day, unvalued)
            key = CohortKey(currency_id, PENDING, True)
            standing[key] = Sums(points, allocated=Decimal(amount))
        return standing

    # --- lines ------------------------------------------------------------------------

    def _write_lines(
        self, fresh: dict[CohortKey, Sums], standing: dict[CohortKey, Sums]
    ) -> None:
        """Make a line of each cohort that moved or still has points or a liability.

        :param standing: what is no sum of movements: it replaces what stood before
        """
        before = self._find_last_lines()
        for key, line in before.items():
            if key.cohort == PENDING:
                now = standing.get(key, Sums())
                fresh[key] = now.plus(line._sums().negated())
        fresh |= {key: now for key, now in standing.items() if key not in before}
        values = []
        for key in sorted({*fresh, *before}):
            last = before.get(key, self.env["retail.loyalty.finance.line"])
            moved = fresh.get(key, Sums())
            idle = not last.points_outstanding and not last.amount_closing
            if (key in fresh and moved != Sums()) or not idle:
                values.append(self._prepare_line(key, moved, last))
        self.env["retail.loyalty.finance.line"].create(values)

    def _find_last_lines(self) -> dict[CohortKey, models.BaseModel]:
        """Return the newest posted line of each cohort."""
        lines = self.env["retail.loyalty.finance.line"].search(
            [
                ("batch_id.terms_id", "=", self.terms_id.id),
                ("batch_id.state", "=", "posted"),
            ],
            order="period_end, id",
        )
        return {
            CohortKey(one.currency_id.id, one.cohort, one.is_priced): one
            for one in lines
        }

    def _prepare_line(
        self, key: CohortKey, moved: Sums, last: models.BaseModel
    ) -> dict:
        kept = last._sums().plus(moved)
        sums = kept.settled()
        currency = self.env["res.currency"].browse(key.currency_id)
        books = self.company_id.currency_id
        rate = self.env["res.currency"]._get_conversion_rate(
            currency, books, self.company_id, self.period_end
        )
        estimate = self._find_estimate(currency) if key.is_priced else None
        line = book_line(
            key.cohort,
            currency.name,
            (currency.decimal_places, books.decimal_places),
            sums,
            last._booked(),
            estimate._estimate() if estimate else FREE,
            Decimal(repr(rate)),
        )
        return {
            "batch_id": self.id,
            "currency_id": currency.id,
            "cohort": key.cohort,
            "is_priced": key.is_priced,
            "estimate_id": estimate and estimate.id,
            "points_issued": moved.issued,
            "points_redeemed": moved.redeemed,
            "points_lapsed": moved.lapsed,
            "total_issued": sums.issued,
            "total_redeemed": sums.redeemed,
            "total_lapsed": sums.lapsed,
            "points_outstanding": sums.issued - sums.redeemed - sums.lapsed,
            "sums": [kept.issued, kept.redeemed, kept.lapsed, str(kept.allocated)],
            **last._prepare_figures(line),
        }

    def _find_estimate(self, currency: models.BaseModel) -> models.BaseModel:
        """Return the version that holds on the period's last day.

        :raises EstimateMissing: none
        """
        estimates = self.env["retail.loyalty.finance.estimate"]
        found = estimates._find(self.program_id, currency, self.period_end)
        if not found:
            raise self._estimate_missing(currency.id, self.period_end, self.entry_count)
        return found

    def _note_amounts(self) -> None:
        lines = self.line_ids
        pending = lines.filtered(lambda one: one.cohort == PENDING)
        spendable = lines - pending
        self.write(
            {
                "points_outstanding": sum(spendable.mapped("points_outstanding")),
                "points_pending": sum(pending.mapped("points_outstanding")),
                "amount_added": sum(lines.mapped("amount_added_books")),
                "amount_revenue": sum(lines.mapped("amount_redeemed_books"))
                + sum(lines.mapped("amount_breakage_books")),
                "amount_closing": sum(lines.mapped("amount_closing_books")),
            }
        )

    # --- by night ---------------------------------------------------------------------

    @api.model
    def _prepare_or_report(self, terms: models.BaseModel, period_end: date) -> None:
        """Compute a batch for people to review; why not is an exception for them."""
        try:
            with self.env.cr.savepoint():
                self._prepare(terms, period_end)
        except RetailError as error:
            self.env["retail.exception"]._open(
                terms._get_books(),
                error,
                dedupe_key=f"loyalty-period:{terms.id}:{period_end}",
            )


#: points without a price: whatever is expected of them, nothing is booked
FREE = Estimate(0, date.min, Decimal(1))
