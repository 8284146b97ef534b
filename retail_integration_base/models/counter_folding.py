"""``retail.counter``: summing fresh rows up, and old periods into longer ones.

One statement per step: what is deleted and what it becomes commit together, so a reader
never sees a count twice or not at all. Called by the cron each minute. Two of them at
once cannot count twice either: the second finds its rows deleted and is replayed.
"""

from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.clock import to_naive, utc_now

#: one cron call sums up at most this many fresh rows
FRESH_ROWS_MAX = 50_000
SLOTS_KEPT = timedelta(days=2)
HOURS_KEPT = timedelta(days=90)
SALES_KEPT = timedelta(days=400)
#: the period of what was counted since ever
EVER_AT = datetime(1970, 1, 1)
KEYS = SQL(
    "name, company_id, backend_id, store_id, topic_id, currency_id, part, detail"
)
UNIQUE_KEY = SQL(
    "name, period_at, level, COALESCE(company_id, 0), COALESCE(backend_id, 0),"
    " COALESCE(store_id, 0), COALESCE(topic_id, 0), COALESCE(currency_id, 0),"
    " COALESCE(part, ''), COALESCE(detail, '')"
)


class RetailCounter(models.Model):
    _inherit = "retail.counter"

    @api.model
    def _fold(self) -> None:
        """Turn fresh rows into one per period and kind, and old periods into hours."""
        self._fold_fresh()
        self._fold_slots(to_naive(utc_now()) - SLOTS_KEPT)

    def _fold_fresh(self) -> None:
        self.env.execute_query(
            SQL(
                """WITH picked AS (
                       SELECT id FROM retail_counter WHERE level = 'fresh' LIMIT %s
                   ), gone AS (
                       DELETE FROM retail_counter
                        WHERE id IN (SELECT id FROM picked) RETURNING *
                   ), summed AS (
                       SELECT 'slot' AS level, period_at, %s, sum(count) AS count,
                              sum(total) AS total
                         FROM gone GROUP BY period_at, %s
                       UNION ALL
                       SELECT 'total', %s, %s, sum(count), sum(total)
                         FROM gone GROUP BY %s
                   )
                   %s""",
                FRESH_ROWS_MAX,
                KEYS,
                KEYS,
                EVER_AT,
                KEYS,
                KEYS,
                _merge(),
            )
        )
        self.invalidate_model()

    def _fold_slots(self, before: datetime) -> None:
        self.env.execute_query(
            SQL(
                """WITH gone AS (
                       DELETE FROM retail_counter
                        WHERE level = 'slot' AND period_at < %s RETURNING *
                   ), summed AS (
                       SELECT 'hour' AS level,
                              date_trunc('hour', period_at) AS period_at, %s,
                              sum(count) AS count, sum(total) AS total
                         FROM gone GROUP BY date_trunc('hour', period_at), %s
                   )
                   %s""",
                before,
                KEYS,
                KEYS,
                _merge(),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_counters(self) -> None:
        """Forget old periods; what was counted since ever stays."""
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """DELETE FROM retail_counter
                    WHERE level = 'hour' AND (period_at < %s
                          OR period_at < %s AND name != 'sale') RETURNING id""",
                now - SALES_KEPT,
                now - HOURS_KEPT,
            )
        )


def _merge() -> SQL:
    return SQL(
        """INSERT INTO retail_counter AS known (level, period_at, %s, count, total)
           SELECT level, period_at, %s, count, total FROM summed
               ON CONFLICT (%s) WHERE level != 'fresh'
               DO UPDATE SET count = known.count + EXCLUDED.count,
                             total = known.total + EXCLUDED.total
        RETURNING id""",
        KEYS,
        KEYS,
        UNIQUE_KEY,
    )
