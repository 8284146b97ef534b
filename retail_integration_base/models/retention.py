"""``retail.retention``: removes what has been kept long enough, a little at a time.

Contents of finished messages are erased and finished messages removed, by topic and
company. Each batch is a short transaction of its own that skips rows somebody works
on, and rests as long as it worked, so that the doors stay quick. Open messages, and
those behind an open exception, are never touched. Called by the cron; what was done
stands in the audit chain.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg2.extras import execute_values

from odoo import SUPERUSER_ID, api, fields, models
from odoo.sql_db import BaseCursor
from odoo.tools import SQL

from ..tools.retention import DeleteRule, shortest

WINDOW_IDS = 2_000
#: Odoo ends a cron job that takes longer than ``limit_time_real_cron``.
RUN_BUDGET_S = 60.0
TABLES = {
    "retail_inbox_event": ("inbox_event_id", ("done", "ignored")),
    "retail_outbox_event": ("outbox_event_id", ("sent", "cancelled")),
}
CRON = "retail_integration_base.cron_apply_retention"
LONG_AGO = datetime(1970, 1, 1)

_logger = logging.getLogger(__name__)

# The window is of ids, so that no index of the hottest table is needed for this.
DUE = """
    WITH rule (topic_id, company_id, erase_before, delete_before) AS (VALUES %s),
    due AS (
        SELECT e.id, e.finished_at < rule.delete_before AS is_old
          FROM {table} e
          JOIN rule ON rule.topic_id = e.topic_id AND rule.company_id = e.company_id
         WHERE e.id > {after} AND e.id <= {upto} AND e.state IN {states}
           AND (e.finished_at < rule.delete_before
                OR e.payload IS NOT NULL AND e.finished_at < rule.erase_before)
           AND NOT EXISTS (SELECT FROM retail_exception x
                            WHERE x.{column} = e.id AND x.state <> 'resolved')
           FOR NO KEY UPDATE OF e SKIP LOCKED)
    SELECT id, is_old FROM due
"""


class Window(NamedTuple):
    """What one batch erased and removed."""

    erased: int
    removed: int


class RetailRetention(models.AbstractModel):
    _name = "retail.retention"
    _description = "Retention"

    @api.model
    def _cron_apply(self) -> None:
        """Remove what is due; starts itself again when the time was not enough."""
        stop_at = time.monotonic() + RUN_BUDGET_S
        done: Counter[str] = Counter()
        finished = True
        rules = self._rules()
        for table in TABLES if rules else ():
            for window in self._work_table(table, rules):
                done[f"{table}: contents erased"] += window.erased
                done[f"{table}: removed"] += window.removed
                if time.monotonic() > stop_at:
                    finished = False
                    break
        done["retail_audit_entry: removed"] = self._remove_audit_entries()
        counted = {what: count for what, count in done.items() if count}
        if counted:
            _logger.info("retention: %s", counted)
            self.env["retail.audit.entry"]._record("retention.applied", details=counted)
        if not finished:
            self.env.ref(CRON)._trigger()

    @api.model
    def _rules(self) -> list[tuple[int, int, datetime, datetime]]:
        """Return topic, company, and the moments before which to erase and remove."""
        now = fields.Datetime.now()
        real = [("id", ">", 0)]
        policies = self.env["retail.retention.policy"].sudo().search(real)
        by_company = {
            policy.company_id.id: DeleteRule(policy.payload_days, policy.record_days)
            for policy in policies
        }
        topics = self.env["retail.topic"].sudo().with_context(active_test=False)
        own = {
            topic.id: DeleteRule(
                topic.payload_retention_days, topic.record_retention_days
            )
            for topic in topics.search(real)
        }
        rules = []
        for company in self.env["res.company"].sudo().search(real):
            for topic_id, rule in own.items():
                days = shortest(rule, by_company.get(company.id))
                erase_before = _before(now, days.payload_days)
                delete_before = _before(now, days.record_days)
                rules.append((topic_id, company.id, erase_before, delete_before))
        return rules

    # --- messages -------------------------------------------------------------------

    @api.model
    def _work_table(self, table: str, rules: list[tuple]) -> Iterator[Window]:
        """Go through a table from its oldest row on; yield what each window did."""
        newest = max(max(rule[2], rule[3]) for rule in rules)
        after, upto = self._bounds(table, newest)
        while after < upto:
            started = time.monotonic()
            last = min(after + WINDOW_IDS, upto)
            window = self._work_window(table, rules, after, last)
            yield window
            after = last
            if window.erased or window.removed:
                # Half of the time at most is ours.
                time.sleep(time.monotonic() - started)

    @api.model
    def _bounds(self, table: str, newest: datetime) -> tuple[int, int]:
        """Return the id before the first row and one that is newer than all due ones.

        A message finishes after it came, and ids grow with time: found by halving.
        """
        column = "received_at" if table == "retail_inbox_event" else "created_at"
        with self.env.registry.cursor() as cr:
            first, last = id_range(cr, table)
            if first is None or last is None:
                return 0, 0
            low, high = first - 1, last
            while low < high:
                middle = (low + high + 1) // 2
                cr.execute(
                    SQL(
                        "SELECT %s FROM %s WHERE id >= %s ORDER BY id LIMIT 1",
                        SQL.identifier(column),
                        SQL.identifier(table),
                        middle,
                    )
                )
                row = cr.fetchone()
                if row and row[0] < newest:
                    low = middle
                else:
                    high = middle - 1
            return first - 1, low

    @api.model
    def _work_window(
        self, table: str, rules: list[tuple], after: int, upto: int
    ) -> Window:
        column, states = TABLES[table]
        query = DUE.format(
            table=table, after=after, upto=upto, states=states, column=column
        )
        with self.env.registry.cursor() as cr:
            due = execute_values(
                cr._obj,
                query,
                rules,
                template="(%s::int, %s::int, %s::timestamp, %s::timestamp)",
                page_size=len(rules),
                fetch=True,
            )
            old = [row_id for row_id, is_old in due if is_old]
            young = [row_id for row_id, is_old in due if not is_old]
            if old:
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE id = ANY (%s)", SQL.identifier(table), old
                    )
                )
            if young:
                erase_contents(cr, table, young)
        return Window(erased=len(young), removed=len(old))

    # --- audit ------------------------------------------------------------------------

    @api.model
    def _remove_audit_entries(self) -> int:
        """Shorten the audit chain of each company with a policy; return how many.

        The shared chain, and those of companies without a policy, are kept for ever.
        """
        policies = self.env["retail.retention.policy"].sudo()
        now = fields.Datetime.now()
        removed = 0
        for policy in policies.search([("audit_days", ">", 0)]):
            limit = _before(now, policy.audit_days)
            with self.env.registry.cursor() as cr:
                chains = api.Environment(cr, SUPERUSER_ID, {})["retail.audit.stream"]
                for chain in chains.search([("company_id", "=", policy.company_id.id)]):
                    removed += chain._remove_before(limit)
        return removed


def id_range(cr: BaseCursor, table: str) -> tuple[int | None, int | None]:
    """Return the smallest and the largest id of a table."""
    cr.execute(SQL("SELECT min(id), max(id) FROM %s", SQL.identifier(table)))
    return cr.fetchone()


def erase_contents(cr: BaseCursor, table: str, ids: list[int]) -> None:
    """Erase what messages contain, and what partners answered to them."""
    cr.execute(
        SQL(
            "UPDATE %s SET payload = NULL WHERE id = ANY (%s)",
            SQL.identifier(table),
            ids,
        )
    )
    cr.execute(
        SQL(
            "UPDATE retail_event_attempt SET response_excerpt = NULL"
            " WHERE %s = ANY (%s) AND response_excerpt IS NOT NULL",
            SQL.identifier(TABLES[table][0]),
            ids,
        )
    )


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days) if days else LONG_AGO
