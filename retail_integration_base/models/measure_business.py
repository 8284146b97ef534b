"""``retail.measure``: sales, stores, customers and what waits for people (R161)."""

from datetime import date, timedelta

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .measure import Measure, Scope
from .measure_counted import counted

_lt = LazyTranslate(__name__)

RECENT = timedelta(days=30)
STORE_DIMS = frozenset({"company", "backend", "store", "period"})


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *SALES, *EXCEPTIONS]


# --- sales ------------------------------------------------------------------------


def _sales(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, store_id, part, sum(count) AS value
             FROM retail_counter WHERE %s
            GROUP BY company_id, backend_id, store_id, part""",
        counted("sale", _by_day(scope), store="store_id"),
    )


def _sales_amount(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, store_id, part, currency_id,
                  sum(total) AS value
             FROM retail_counter WHERE %s
            GROUP BY company_id, backend_id, store_id, part, currency_id""",
        counted("sale", _by_day(scope), store="store_id"),
    )


def _by_day(scope: Scope) -> Scope:
    """Return the same scope for sales, which belong to days and not to moments."""
    return Scope(
        scope.now,
        scope.company_ids,
        scope.backend_ids,
        scope.store_ids,
        scope.since_date or scope.since,
    )


def _sales_domain(scope: Scope) -> list:
    places = scope.domain(company="company_id", backend="backend_id", store="store_id")
    since = scope.since_date or (scope.since and scope.since.date())
    return [*places, *([("business_date", ">=", since)] if since else [])]


def _stores_late(scope: Scope) -> SQL:
    """Find active stores whose last sale came in longer ago than they promise."""
    return SQL(
        """SELECT s.company_id, s.id AS store_id, 1 AS value
             FROM retail_store s
             LEFT JOIN LATERAL (
                  SELECT t.received_at FROM retail_transaction t
                   WHERE t.store_id = s.id
                   ORDER BY t.received_at DESC LIMIT 1) last ON TRUE
            WHERE s.active AND s.silence_hours_max > 0
              AND COALESCE(last.received_at, s.create_date)
                  < %s - s.silence_hours_max * interval '1 hour'
              AND %s""",
        scope.now,
        scope.where(company="s.company_id", store="s.id"),
    )


def _stores_late_domain(scope: Scope) -> list:
    places = scope.domain(company="company_id", store="id")
    return [("is_late", "=", True), *places]


def _unmatched(scope: Scope) -> SQL:
    since = scope.since_date or (scope.since and scope.since.date())
    return SQL(
        """SELECT company_id, backend_id, store_id, count(*) AS value
             FROM retail_transaction
            WHERE identity_id IS NOT NULL AND partner_id IS NULL
              AND %s AND %s
            GROUP BY company_id, backend_id, store_id""",
        SQL("business_date >= %s", since) if since else SQL("TRUE"),
        scope.where(company="company_id", backend="backend_id", store="store_id"),
    )


def _unmatched_domain(scope: Scope) -> list:
    unmatched = [("identity_id", "!=", False), ("partner_id", "=", False)]
    return [*unmatched, *_sales_domain(scope)]


def _unreferenced(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, store_id, count(*) AS value
             FROM retail_transaction
            WHERE is_unreferenced AND business_date >= %s AND %s
            GROUP BY company_id, backend_id, store_id""",
        _since_date(scope),
        scope.where(company="company_id", backend="backend_id", store="store_id"),
    )


def _since_date(scope: Scope) -> date:
    """Return the first day asked for; without one, a month ago."""
    since = scope.since_date or (scope.since and scope.since.date())
    return since or scope.now.date() - RECENT


def _unreferenced_domain(scope: Scope) -> list:
    return [
        ("is_unreferenced", "=", True),
        ("business_date", ">=", _since_date(scope)),
        *scope.domain(company="company_id", backend="backend_id", store="store_id"),
    ]


SALES = (
    Measure(
        "sales",
        _lt("Sales recorded"),
        _lt("Sales, returns and exchanges by business day."),
        "business",
        _sales,
        model="retail.transaction",
        domain=_sales_domain,
        dims=STORE_DIMS,
        counter=True,
        parts=("retail.transaction", "kind"),
    ),
    Measure(
        "sales_amount",
        _lt("Turnover"),
        _lt("With tax, returns deducted, by business day."),
        "business",
        _sales_amount,
        unit="amount",
        model="retail.transaction",
        domain=_sales_domain,
        dims=STORE_DIMS,
        parts=("retail.transaction", "kind"),
    ),
    Measure(
        "stores_late",
        _lt("Stores silent"),
        _lt("Stores that sent nothing for longer than they promise."),
        "business",
        _stores_late,
        model="retail.store",
        domain=_stores_late_domain,
        dims=frozenset({"company", "store"}),
        alarm=0,
    ),
    Measure(
        "customers_unmatched",
        _lt("Unmatched customers"),
        _lt("Sales to somebody who is known there but not here."),
        "business",
        _unmatched,
        model="retail.transaction",
        domain=_unmatched_domain,
        dims=STORE_DIMS,
        exported=False,
    ),
    Measure(
        "returns_unreferenced",
        _lt("Returns without a sale"),
        _lt("Goods taken back without naming the sale; without a period, 30 days."),
        "business",
        _unreferenced,
        model="retail.transaction",
        domain=_unreferenced_domain,
        dims=STORE_DIMS,
    ),
)


# --- exceptions -------------------------------------------------------------------


def _exceptions(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, category AS part, count(*) AS value
             FROM retail_exception WHERE state != 'resolved' AND %s
            GROUP BY company_id, backend_id, category""",
        scope.where(company="company_id", backend="backend_id"),
    )


def _exceptions_late(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, category AS part, count(*) AS value
             FROM retail_exception
            WHERE state != 'resolved' AND deadline_at < %s AND %s
            GROUP BY company_id, backend_id, category""",
        scope.now,
        scope.where(company="company_id", backend="backend_id"),
    )


def _exceptions_domain(scope: Scope) -> list:
    places = scope.domain(company="company_id", backend="backend_id")
    return [("state", "!=", "resolved"), *places]


def _exceptions_late_domain(scope: Scope) -> list:
    return [("deadline_at", "<", scope.now), *_exceptions_domain(scope)]


EXCEPTIONS = (
    Measure(
        "exceptions_open",
        _lt("Open exceptions"),
        _lt("Everything that a person has to decide."),
        "business",
        _exceptions,
        model="retail.exception",
        domain=_exceptions_domain,
        parts=("retail.exception.category", "code"),
    ),
    Measure(
        "exceptions_late",
        _lt("Past the deadline"),
        _lt("Exceptions that nobody decided in time."),
        "business",
        _exceptions_late,
        model="retail.exception",
        domain=_exceptions_late_domain,
        alarm=0,
        parts=("retail.exception.category", "code"),
    ),
)
