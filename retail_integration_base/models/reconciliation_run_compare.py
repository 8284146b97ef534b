"""``retail.reconciliation.run``: from two lists to differences that people decide.

One short transaction: compare, carry lines of earlier runs over, settle those that
agree now, heal what the rule allows, raise the alarm. Every step is one statement over
all rows, however many there are.
"""

import json
from datetime import date

from odoo import fields, models
from odoo.tools import SQL

from ..tools.errors import ReconciliationUnreadable
from ..tools.reconciliation import CLASSES, Column
from .reconciliation_compare import DIFFERENCES, SEPARATOR, Comparison

#: Stored for people to decide; more are only counted: the list is wrong as a whole.
LINES_MAX = 10_000
HEALED_MAX = 1000
HEALS_MAX = 3

# A decision stands as long as the fingerprint of the difference does.
CARRY_OVER = """
    INSERT INTO retail_reconciliation_line AS line
               (rule_id, backend_id, company_id, kind, key, key_parts,
                here, there, differing, amount, res_model, res_id, state,
                fingerprint, business_date, first_run_id, last_run_id,
                first_at, last_at, seen_count, heal_count, owner_id,
                create_uid, create_date)
        SELECT %(rule)s, %(backend)s, %(company)s, kind, key, key_parts,
               here, there, differing, amount, %(model)s, res_id, 'open',
               md5(concat_ws('|', kind, here::text, there::text)),
               %(day)s, %(run)s, %(run)s, %(now)s, %(now)s, 1, 0, %(owner)s,
               %(uid)s, %(now)s
          FROM %(differences)s
         ORDER BY amount DESC NULLS LAST, key_parts
         LIMIT %(limit)s
        ON CONFLICT (rule_id, key_parts) DO UPDATE
           SET kind = EXCLUDED.kind, here = EXCLUDED.here,
               there = EXCLUDED.there, differing = EXCLUDED.differing,
               amount = EXCLUDED.amount, res_id = EXCLUDED.res_id,
               business_date = EXCLUDED.business_date,
               fingerprint = EXCLUDED.fingerprint,
               last_run_id = EXCLUDED.last_run_id,
               last_at = EXCLUDED.last_at,
               seen_count = line.seen_count + 1,
               state = CASE
                   WHEN line.state IN ('corrected', 'agrees')
                     OR line.fingerprint <> EXCLUDED.fingerprint
                   THEN 'open' ELSE line.state END
"""


class RetailReconciliationRun(models.Model):
    _inherit = "retail.reconciliation.run"

    def _compare_when_read(self) -> None:
        """Compare once their list is complete, if nobody stopped the run."""
        with self._own_transaction() as run:
            if not run.exists() or not run.is_read or not run._may_go_on():
                return
            stage = run.env["retail.reconciliation.stage"]
            if stage._count(run.id) != run.staged_count:
                run._read_again()
                return
            run._compare()
            stage._drop(run.id)

    def _read_again(self) -> None:
        """Their list was lost in a crash of the database."""
        if self.file_name:
            raise ReconciliationUnreadable(
                f"{self.file_name} was lost when the database stopped: upload it again"
            )
        self.env["retail.reconciliation.stage"]._create(self.id, self.rule_id._spec())
        self.write(
            {
                "is_read": False,
                "cursor": False,
                "cursor_mark": False,
                "page_count": 0,
                "item_count": 0,
                "staged_count": 0,
                "unreadable_count": 0,
            }
        )
        self._enqueue("next")

    def _compare(self) -> None:
        columns = self.rule_id._spec()
        source = self.env[self.rule_id.source]
        since = self.since_at and self.since_at.date()
        until = self.until_at and self.until_at.date()
        here = source._query(self.backend_id, since or None, until or None)
        there = self._their_side(source, columns, since or None, until or None)
        found = self.env["retail.reconciliation.compare"]._compare(here, there, columns)
        self._carry_over(columns, source._source_model)
        self._settle_agreeing(columns, here, there)
        self._note_result(found)
        self._heal()
        self._alarm()

    def _their_side(
        self,
        source: models.BaseModel,
        columns: list[Column],
        since: date | None,
        until: date | None,
    ) -> SQL:
        if self.rule_id.origin == "ours":
            return source._other_query(self.backend_id, since, until)
        return self.env["retail.reconciliation.stage"]._select(self.id, columns)

    # --- lines ------------------------------------------------------------------------

    def _carry_over(self, columns: list[Column], res_model: str) -> None:
        """Make lines of the differences; known ones are carried over.

        A decision stands as long as the difference stays what it was.
        """
        days = [c.name for c in columns if c.kind == "date"]
        day = (
            SQL(
                "COALESCE(here->>%(name)s, there->>%(name)s)::date",
                name=days[0],
            )
            if days
            else SQL("NULL::date")
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                CARRY_OVER,
                rule=self.rule_id.id,
                backend=self.backend_id.id,
                company=self.company_id.id,
                model=res_model,
                day=day,
                run=self.id,
                now=fields.Datetime.now(),
                owner=(self.rule_id.owner_id or self.backend_id.steward_id).id or None,
                uid=self.env.uid,
                differences=SQL.identifier(DIFFERENCES),
                limit=LINES_MAX,
            )
        )
        self.env.invalidate_all()

    def _settle_agreeing(self, columns: list[Column], here: SQL, there: SQL) -> None:
        """Close lines of earlier runs whose keys this run compared and found equal."""
        keys = SQL(", ").join(
            SQL("s.%s", SQL.identifier(c.name)) for c in columns if c.role == "key"
        )
        parts = SQL("concat_ws(%s, %s)", SEPARATOR, keys)
        self.env.cr.execute(
            SQL(
                """WITH pending AS MATERIALIZED (
                        SELECT id, key_parts, business_date
                          FROM retail_reconciliation_line
                         WHERE rule_id = %(rule)s AND last_run_id <> %(run)s
                           AND state IN ('open', 'proposed', 'explained')),
                        seen AS (
                        SELECT p.id FROM pending p JOIN (%(here)s) s
                            ON %(parts)s = p.key_parts
                        UNION SELECT p.id FROM pending p JOIN (%(there)s) s
                            ON %(parts)s = p.key_parts
                        UNION SELECT id FROM pending
                         WHERE %(since)s::date IS NULL
                            OR (business_date >= %(since)s
                                AND business_date < %(until)s))
                   UPDATE retail_reconciliation_line line
                      SET state = 'agrees', last_run_id = %(run)s, last_at = %(now)s
                     FROM seen
                    WHERE line.id = seen.id
                      AND NOT EXISTS (SELECT FROM %(differences)s d
                                       WHERE d.key_parts = line.key_parts)""",
                rule=self.rule_id.id,
                run=self.id,
                here=here,
                there=there,
                parts=parts,
                since=self.since_at or None,
                until=self.until_at or None,
                now=fields.Datetime.now(),
                differences=SQL.identifier(DIFFERENCES),
            )
        )
        self.env.invalidate_all()

    # --- what people see --------------------------------------------------------------

    def _note_result(self, found: Comparison) -> None:
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*), COALESCE(sum(amount), 0)"
                "  FROM retail_reconciliation_line"
                " WHERE last_run_id = %s AND state IN ('open', 'proposed')",
                self.id,
            )
        )
        open_count, amount = rows[0]
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "here_count": found.here.count,
                "there_count": found.there.count,
                "sums": {
                    name: [found.here.sums[name], found.there.sums[name]]
                    for name in found.here.sums
                },
                **{f"{kind}_count": found.counts.get(kind, 0) for kind in CLASSES},
                "difference_count": found.differences,
                "matched_count": found.matched,
                # What exceeds the limit is undecided too.
                "open_count": open_count + max(0, found.differences - LINES_MAX),
                "drift_amount": amount,
            }
        )

    # --- healing ----------------------------------------------------------------------

    def _heal(self) -> None:
        """Fetch what is missing here, send again what is missing there, if allowed.

        The lines stay open: the next run settles them when it helped. After a few
        attempts a difference is left to people.
        """
        rule = self.rule_id
        for kind, wanted, heal in (
            ("missing_here", rule.heal_missing_here, self._fetch_missing),
            ("missing_there", rule.heal_missing_there, self._send_missing),
        ):
            lines = self._curable(kind) if wanted else None
            if lines:
                heal(lines)
                lines._note_healing()

    def _curable(self, kind: str) -> models.BaseModel:
        return self.env["retail.reconciliation.line"].search(
            [
                ("last_run_id", "=", self.id),
                ("kind", "=", kind),
                ("state", "=", "open"),
                ("heal_count", "<", HEALS_MAX),
            ],
            limit=HEALED_MAX,
        )

    def _fetch_missing(self, lines: models.BaseModel) -> None:
        columns = self.rule_id._spec()
        stage = self.env["retail.reconciliation.stage"]
        keys = SQL(", ").join(
            SQL("s.%s", SQL.identifier(c.name)) for c in columns if c.role == "key"
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT s.raw FROM %s s WHERE concat_ws(%s, %s) = ANY (%s)"
                " AND s.raw IS NOT NULL",
                stage._name_of(self.id),
                SEPARATOR,
                keys,
                lines.mapped("key_parts"),
            )
        )
        gateway = self.env["retail.gateway"]
        gateway._store_polled(
            gateway._get_door(self.backend_id.id),
            self.rule_id.resource or "",
            [json.loads(raw) for (raw,) in rows],
        )

    def _send_missing(self, lines: models.BaseModel) -> None:
        source = self.env[self.rule_id.source]
        source._heal_missing_there(self.backend_id, lines.mapped("res_id"))
