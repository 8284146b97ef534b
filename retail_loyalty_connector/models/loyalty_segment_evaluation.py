"""``retail.loyalty.segment``: who belongs to it now, and who came and went.

One statement over all members of the program: who should be in is compared with who is,
the difference is kept in numbered parts. Consent governs: who did not agree to the
segment's purpose is not in it, whatever the rules say (R13).
"""

from datetime import datetime

from odoo import api, models
from odoo.tools import SQL

from .loyalty_segment import NO_PURPOSE

#: members in one message of a feed
BATCH = 500
# The row is taken first: of two renewals at once the later one is replayed.
NEXT = """
    UPDATE retail_loyalty_segment
       SET generation = generation + 1, evaluated_at = %(now)s,
           next_at = %(now)s + interval_hours * interval '1 hour'
     WHERE id = %(segment)s RETURNING generation
"""
APPLY = """
    WITH eligible AS MATERIALIZED (
        SELECT member.id, member.company_id
          FROM retail_loyalty_member AS member %(joins)s
         WHERE member.program_id = %(program)s AND member.state = 'active'
           AND %(condition)s
    ), removed AS (
        DELETE FROM retail_loyalty_segment_member AS known
         WHERE known.segment_id = %(segment)s
           AND NOT EXISTS (SELECT FROM eligible WHERE eligible.id = known.member_id)
     RETURNING known.member_id, known.company_id
    ), added AS (
        INSERT INTO retail_loyalty_segment_member
               (segment_id, member_id, company_id, since_at)
        SELECT %(segment)s, id, company_id, %(now)s FROM eligible ORDER BY id
            ON CONFLICT (segment_id, member_id) DO NOTHING
     RETURNING member_id, company_id
    ), moved AS (
        SELECT member_id, company_id, 'added' AS change FROM added
         UNION ALL SELECT member_id, company_id, 'removed' FROM removed
    ), kept AS (
        INSERT INTO retail_loyalty_segment_change (segment_id, member_id, company_id,
               change, changed_at, generation, batch)
        SELECT %(segment)s, member_id, company_id, change, %(now)s, %(generation)s,
               (row_number() OVER (ORDER BY member_id) - 1) / %(batch)s
          FROM moved
     RETURNING change, batch, company_id
    )
    INSERT INTO retail_loyalty_segment_batch (segment_id, company_id, generation,
           number, batch_count, added_count, removed_count, evaluated_at)
    SELECT %(segment)s, min(company_id), %(generation)s, batch,
           count(*) OVER (), count(*) FILTER (WHERE change = 'added'),
           count(*) FILTER (WHERE change = 'removed'), %(now)s
      FROM kept GROUP BY batch
 RETURNING added_count, removed_count
"""
COUNT = """
    UPDATE retail_loyalty_segment
       SET member_count = member_count + %(added)s - %(removed)s,
           added_count = %(added)s, removed_count = %(removed)s
     WHERE id = %(segment)s
"""


class RetailLoyaltySegment(models.Model):
    _inherit = "retail.loyalty.segment"

    def _evaluate(self) -> None:
        """Renew these segments, as of now."""
        self.env.flush_all()
        now = self.env["retail.loyalty.ledger"]._now()
        for segment in self:
            segment._renew(now)
        self.invalidate_recordset()
        self.env["retail.loyalty.segment.member"].invalidate_model()

    def _renew(self, now: datetime) -> None:
        cr = self.env.cr
        own = {"segment": self.id, "now": now}
        cr.execute(NEXT, own, log_exceptions=False)
        [(generation,)] = cr.fetchall()
        joins, condition = self._condition(now)
        rows = self.env.execute_query(
            SQL(
                APPLY,
                **own,
                program=self.program_id.id,
                joins=joins,
                condition=condition,
                generation=generation,
                batch=BATCH,
            )
        )
        added, removed = (sum(row[n] for row in rows) for n in (0, 1))
        cr.execute(COUNT, {**own, "added": added, "removed": removed})

    def _condition(self, now: datetime) -> tuple[SQL, SQL]:
        """Return who is in: by rules or list, and agreed to what it is for.

        :return: tables to join to ``member``, and the condition
        """
        consents = self.env["retail.loyalty.consent"]
        joins, condition = self._listed() if self.kind == "list" else self._ruled(now)
        terms = [
            SQL("member.id IN (%s)", consents._allowed_sql(purpose))
            for purpose in self._purposes()
        ]
        return joins, SQL(" AND ").join([condition, *terms])

    def _listed(self) -> tuple[SQL, SQL]:
        return SQL(), SQL(
            "member.id IN (SELECT member_id FROM retail_loyalty_segment_listed_rel"
            " WHERE segment_id = %s)",
            self.id,
        )

    def _ruled(self, now: datetime) -> tuple[SQL, SQL]:
        joins, terms = [], []
        for n, rule in enumerate(line._rule(now) for line in self.condition_ids):
            if rule.members is None:
                terms.append(SQL("(%s)", rule.condition))
                continue
            place = SQL.identifier(f"rule_{n}", "member_id")
            joins.append(
                SQL(
                    "LEFT JOIN (SELECT DISTINCT member_id FROM (%s) AS found) AS %s"
                    " ON %s = member.id",
                    rule.members,
                    SQL.identifier(f"rule_{n}"),
                    place,
                )
            )
            is_in = SQL("IS NOT NULL") if rule.is_in else SQL("IS NULL")
            terms.append(SQL("%s %s", place, is_in))
        glue = SQL(" OR ") if self.match == "any" else SQL(" AND ")
        condition = SQL("(%s)", glue.join(terms)) if terms else SQL("TRUE")
        return SQL(" ").join(joins), condition

    def _purposes(self) -> list[str]:
        """Return what members must have agreed to."""
        self.ensure_one()
        asked = [] if self.purpose == NO_PURPOSE[0] else [self.purpose]
        return [*asked, *(["partners"] if self.is_partner_consent_needed else [])]

    def _still_allowed(self, members: models.BaseModel) -> models.BaseModel:
        """Return those who agree to it at this moment; a withdrawal counts at once."""
        consents = self.env["retail.loyalty.consent"].sudo()
        for purpose in self._purposes():
            members = consents._allowed(members, purpose)
        return members

    @api.model
    def _cron_evaluate(self) -> None:
        """Renew the segments whose time has come, each in a transaction of its own."""
        now = self.env["retail.loyalty.ledger"]._now()
        due = self.search(["|", ("next_at", "=", False), ("next_at", "<=", now)])
        for segment in due:
            with self.env.registry.cursor() as cr:
                # Somebody may renew it by hand at this moment: then it waits.
                self.env["retail.gate"]._read_committed(cr)
                segment.with_env(self.env(cr=cr))._evaluate()

    @api.model
    def _of(self, members: models.BaseModel) -> dict[int, frozenset[str]]:
        """Return the segments that each of these members is in, as the engine names."""
        self.env.cr.execute(
            "SELECT mine.member_id, segment.code"
            "  FROM retail_loyalty_segment_member AS mine"
            "  JOIN retail_loyalty_segment AS segment ON segment.id = mine.segment_id"
            " WHERE mine.member_id = ANY(%s) AND segment.active",
            (members.ids,),
        )
        found: dict[int, set[str]] = {}
        for member_id, code in self.env.cr.fetchall():
            found.setdefault(member_id, set()).add(engine_key(code))
        return {id_: frozenset(keys) for id_, keys in found.items()}

    def _engine_keys(self) -> frozenset[str]:
        """Return these segments as the engine names them.

        Archived ones too: who is in one is known no more, so that the promise holds for
        nobody, not for everybody.
        """
        return frozenset(engine_key(one.code) for one in self)


def engine_key(code: str) -> str:
    """Return how a segment is told from a contact tag of the same name."""
    return f"segment {code}"
