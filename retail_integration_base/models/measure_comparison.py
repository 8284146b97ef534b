"""``retail.measure``: whether both sides agree, and how far behind recurring flows are.

Differences are counted from the partial index over undecided ones. How far stock lags
behind only modules that publish it can know: they extend ``_measures`` in the same way,
with samples per backend and store.
"""

from datetime import datetime

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .measure import Measure, Scope

_lt = LazyTranslate(__name__)

UNDECIDED = ("open", "proposed")
RULE = ("retail.reconciliation.rule", "name")

#: People upload at nine today and at eleven tomorrow: half an interval is no delay.
LATE_FACTOR = 1.5


class RetailMeasure(models.AbstractModel):
    _inherit = "retail.measure"

    @api.model
    def _measures(self) -> list[Measure]:
        return [*super()._measures(), *AGREEMENT, *SYNC]


def _differences(scope: Scope) -> SQL:
    return SQL(
        """SELECT l.company_id, l.backend_id, r.name->>'en_US' AS part,
                  count(*) AS value
             FROM retail_reconciliation_line l
             JOIN retail_reconciliation_rule r ON r.id = l.rule_id
            WHERE l.state IN ('open', 'proposed') AND %s
            GROUP BY l.company_id, l.backend_id, r.name->>'en_US'""",
        scope.where(company="l.company_id", backend="l.backend_id"),
    )


def _differences_amount(scope: Scope) -> SQL:
    """Add up what is at stake, by the currency that the lists name."""
    return SQL(
        """SELECT l.company_id, l.backend_id, r.name->>'en_US' AS part,
                  COALESCE(u.id, c.currency_id) AS currency_id,
                  sum(l.amount) AS value
             FROM retail_reconciliation_line l
             JOIN retail_reconciliation_rule r ON r.id = l.rule_id
             JOIN res_company c ON c.id = l.company_id
             LEFT JOIN res_currency u
               ON u.name = COALESCE(l.here->>'currency', l.there->>'currency')
            WHERE l.state IN ('open', 'proposed') AND l.amount IS NOT NULL AND %s
            GROUP BY l.company_id, l.backend_id, r.name->>'en_US',
                     COALESCE(u.id, c.currency_id)""",
        scope.where(company="l.company_id", backend="l.backend_id"),
    )


def late_rules(now: datetime) -> SQL:
    """Return the condition on a rule ``r`` of a backend ``b`` that is late at ``now``.

    :param now: naive UTC
    """
    return SQL(
        """r.active AND r.state = 'active' AND b.active AND b.state = 'active'
           AND r.create_date < %(now)s - r.interval_hours * %(wait)s
           AND NOT EXISTS (
               SELECT FROM retail_reconciliation_run run
                WHERE run.rule_id = r.id AND run.state = 'done'
                  AND run.finished_at >= %(now)s - r.interval_hours * %(wait)s)""",
        now=now,
        wait=SQL("%s * interval '1 hour'", LATE_FACTOR),
    )


def _comparisons_late(scope: Scope) -> SQL:
    return SQL(
        """SELECT r.company_id, r.backend_id, r.name->>'en_US' AS part, 1 AS value
             FROM retail_reconciliation_rule r
             JOIN retail_backend b ON b.id = r.backend_id
            WHERE %s AND %s""",
        late_rules(scope.now),
        scope.where(company="r.company_id", backend="r.backend_id"),
    )


def _undecided(scope: Scope) -> list:
    places = scope.domain(company="company_id", backend="backend_id")
    return [("state", "in", UNDECIDED), *places]


AGREEMENT = (
    Measure(
        "differences_open",
        _lt("Undecided differences"),
        _lt("Both sides were compared and do not agree; nobody has decided yet."),
        "business",
        _differences,
        model="retail.reconciliation.line",
        domain=_undecided,
        alarm=0,
        parts=RULE,
    ),
    Measure(
        "differences_amount",
        _lt("Undecided amount"),
        _lt("What the undecided differences are about."),
        "business",
        _differences_amount,
        unit="amount",
        model="retail.reconciliation.line",
        domain=_undecided,
        parts=RULE,
    ),
    Measure(
        "comparisons_late",
        _lt("Not compared"),
        _lt("Both sides should have been compared by now: nobody knows if they agree."),
        "business",
        _comparisons_late,
        model="retail.reconciliation.rule",
        domain=lambda scope: [
            ("is_late", "=", True),
            *scope.domain(company="company_id", backend="backend_id"),
        ],
        alarm=0,
        parts=RULE,
    ),
)


# --- recurring flows --------------------------------------------------------------


def _sync_lag_s(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, name AS part,
                  greatest(0, EXTRACT(EPOCH FROM
                      %s - COALESCE(watermark_at, create_date))) AS value
             FROM retail_sync_job WHERE active AND state = 'active' AND %s""",
        scope.now,
        scope.where(company="company_id", backend="backend_id"),
    )


def _syncs_late(scope: Scope) -> SQL:
    return SQL(
        """SELECT company_id, backend_id, name AS part, 1 AS value
             FROM retail_sync_job
            WHERE active AND state = 'active'
              AND COALESCE(watermark_at, create_date)
                  < %s - objective_s * interval '1 second'
              AND %s""",
        scope.now,
        scope.where(company="company_id", backend="backend_id"),
    )


def _jobs(scope: Scope) -> list:
    places = scope.domain(company="company_id", backend="backend_id")
    return [("state", "=", "active"), *places]


SYNC = (
    Measure(
        "syncs_late",
        _lt("Flows behind"),
        _lt("Sync jobs that know less than their objective allows."),
        "business",
        _syncs_late,
        model="retail.sync.job",
        domain=lambda scope: [("is_late", "=", True), *_jobs(scope)],
        alarm=0,
        parts=("retail.sync.job", "name"),
    ),
    Measure(
        "sync_lag_s",
        _lt("Furthest behind"),
        _lt("Age of what the sync job knows that is furthest behind."),
        "technical",
        _sync_lag_s,
        unit="seconds",
        combine="max",
        model="retail.sync.job",
        domain=_jobs,
    ),
)
