"""``retail.loyalty.snapshot``: the nightly figures, and what changed about past days.

Days are those of the program's calendar, by when things took place. The last
:data:`LATE_DAYS` are looked at again each night: figures that are not those published
any more are proposed, never put in their place.
"""

import hashlib
import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from odoo import api, fields, models

from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.dates import day_after

LATE_DAYS = 35
#: of a program's first night, so that charts begin with something
FIRST_DAYS = 90
ONE = timedelta(days=1)
FLOWS = ("earned", "redeemed", "expired", "breakage", "adjusted")
# A reversal counts against what it reverses. Transfers are nobody's figure.
FIGURES = """
    SELECT (effective_at AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date AS day,
           coalesce(company_id, %(home)s) AS company_id, store_id,
           coalesce(sum(amount) FILTER (WHERE kind = 'accrual'), 0)::bigint,
           coalesce(-sum(amount) FILTER (WHERE kind = 'redemption'), 0)::bigint,
           coalesce(-sum(amount) FILTER (WHERE kind = 'expiry'), 0)::bigint,
           coalesce(-sum(amount) FILTER (WHERE kind = 'breakage'), 0)::bigint,
           coalesce(sum(amount) FILTER (WHERE kind = 'adjustment'), 0)::bigint,
           coalesce(sum(amount), 0)::bigint
      FROM retail_loyalty_entry
     WHERE program_id = %(program)s AND effective_at >= %(since)s
       AND effective_at < %(until)s
     GROUP BY 1, 2, 3
"""
BASE = """
    SELECT coalesce(company_id, %(home)s), sum(amount)::bigint
      FROM retail_loyalty_entry
     WHERE program_id = %(program)s AND effective_at < %(since)s GROUP BY 1
"""
MEMBERS = """
    SELECT count(*) FROM retail_loyalty_member
     WHERE program_id = %(program)s AND enrolled_at < %(until)s
"""
ACTIVE = """
    SELECT count(DISTINCT account.member_id)
      FROM retail_loyalty_entry AS entry
      JOIN retail_loyalty_account AS account ON account.id = entry.account_id
     WHERE entry.program_id = %(program)s AND entry.effective_at < %(until)s
       AND entry.effective_at >= %(until)s::timestamp - interval '365 days'
       AND entry.kind IN ('accrual', 'redemption')
"""
LIABILITY = """
    SELECT DISTINCT ON (batch.company_id) batch.company_id, batch.amount_closing
      FROM retail_loyalty_finance_batch AS batch
     WHERE batch.program_id = %(program)s AND batch.state = 'posted'
       AND batch.posted_at < %(until)s
     ORDER BY batch.company_id, batch.period_end DESC
"""

Place = tuple[int | None, int | None]


class RetailLoyaltySnapshot(models.Model):
    _inherit = "retail.loyalty.snapshot"

    @api.model
    def _cron_publish(self) -> None:
        """Publish yesterday, and propose what has changed about the days before."""
        programs = self.env["retail.loyalty.program"].search([], limit=1000)
        for program in programs:
            self._publish_until(program, program._day(fields.Datetime.now()) - ONE)

    @api.model
    def _publish_until(self, program: models.BaseModel, last: date) -> models.BaseModel:
        """Publish all days until ``last`` that are not; return new versions to decide.

        Safe to repeat: a day whose figures are as published is left alone.
        """
        self.env.flush_all()
        known = self._find_published(program, last)
        first = last - timedelta(days=FIRST_DAYS)
        if known:
            # Nights that were missed are made up for.
            late = min(last - timedelta(days=LATE_DAYS), max(known) + ONE)
            first = max(late, min(known))
        rows = self._read_rows(program, first, last)
        proposed = self.browse()
        for day in sorted(rows):
            old = known.get(day)
            proposed |= self._take_day(program, day, rows[day], old)
        return proposed

    def _find_published(
        self, program: models.BaseModel, last: date
    ) -> dict[date, models.BaseModel]:
        since = last - timedelta(days=FIRST_DAYS)
        found = self.sudo().search(
            [
                ("program_id", "=", program.id),
                ("state", "=", "published"),
                ("day", ">=", since),
            ]
        )
        return {one.day: one for one in found}

    # --- figures ----------------------------------------------------------------------

    def _read_rows(
        self, program: models.BaseModel, first: date, last: date
    ) -> dict[date, list[dict]]:
        """Return the figures of each day, by company and store."""
        asked = {
            "program": program.id,
            "home": program.company_id.id or None,
            "tz": program.tz,
            "since": _begin(first, program),
            "until": _end(last, program),
        }
        cr = self.env.cr
        cr.execute(BASE, asked)
        standing: dict[int | None, int] = defaultdict(int, cr.fetchall())
        cr.execute(FIGURES, asked)
        moved: dict[date, dict[Place, tuple]] = defaultdict(dict)
        for day, company, store, *flows in cr.fetchall():
            moved[day][company, store] = tuple(flows)
        days: dict[date, list[dict]] = {}
        day = first
        while day <= last:
            for (company, _store), flows in moved[day].items():
                standing[company] += flows[-1]
            days[day] = self._day_rows(program, day, moved[day], standing)
            day += ONE
        return days

    def _day_rows(
        self,
        program: models.BaseModel,
        day: date,
        moved: dict[Place, tuple],
        standing: dict[int | None, int],
    ) -> list[dict]:
        asked = {"program": program.id, "until": _end(day, program)}
        self.env.cr.execute(MEMBERS, asked)
        (members,) = self.env.cr.fetchone()
        liability = self._read_liability(program, day, asked)
        home = program.company_id.id or None
        places: set[Place] = {*moved, (home, None)}
        places |= {(company, None) for company in {*standing, *liability}}
        rows = []
        for company, store in sorted(
            places, key=lambda one: (one[0] or 0, one[1] or 0)
        ):
            flows = moved.get((company, store), (0,) * 6)
            row: dict[str, Any] = {"company_id": company, "store_id": store}
            row |= {f"points_{k}": n for k, n in zip(FLOWS, flows, strict=False)}
            if store is None:
                row["points_outstanding"] = standing.get(company, 0)
                row["amount_liability"] = liability.get(company, 0.0)
                row["members"] = members if company == home else 0
            rows.append(row)
        return rows

    def _read_liability(
        self, program: models.BaseModel, day: date, asked: dict
    ) -> dict[int | None, float]:
        self.env.cr.execute(LIABILITY, asked)
        found = {}
        for company_id, amount in self.env.cr.fetchall():
            company = self.env["res.company"].browse(company_id)
            found[company_id] = company.currency_id._convert(
                amount, program.currency_id, company, day
            )
        return found

    # --- versions ---------------------------------------------------------------------

    def _take_day(
        self,
        program: models.BaseModel,
        day: date,
        rows: list[dict],
        old: models.BaseModel | None,
    ) -> models.BaseModel:
        """Publish a day for the first time, or propose what it would be now."""
        digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
        if old and old.digest == digest:
            return self.browse()
        versions = self.sudo().search(
            [("program_id", "=", program.id), ("day", "=", day)], order="version desc"
        )
        # Proposed before, or declined: people know about these figures.
        if digest in versions.mapped("digest"):
            return self.browse()
        versions.filtered(lambda one: one.state == "proposed").write(
            {"state": "replaced"}
        )
        active = old and sum(old.row_ids.mapped("members_active"))
        snapshot = self.sudo().create(
            {
                "program_id": program.id,
                "company_id": program.company_id.id,
                "day": day,
                "version": (versions[:1].version or 0) + 1,
                "state": "proposed" if old else "published",
                "digest": digest,
                "difference": old and self._difference(old, rows),
                "computed_at": fields.Datetime.now(),
                "published_at": not old and fields.Datetime.now(),
            }
        )
        snapshot._write_rows(rows, active if old else snapshot._read_active())
        return snapshot if old else self.browse()

    def _read_active(self) -> int:
        """Return how many members earned or spent in the year before."""
        program = self.program_id
        asked = {"program": program.id, "until": _end(self.day, program)}
        self.env.cr.execute(ACTIVE, asked)
        return self.env.cr.fetchone()[0]

    def _write_rows(self, rows: list[dict], active: int) -> None:
        home = self.company_id.id or None
        values = []
        for row in rows:
            earned, redeemed = row["points_earned"], row["points_redeemed"]
            is_home = row["company_id"] == home and row["store_id"] is None
            values.append(
                {
                    **row,
                    "snapshot_id": self.id,
                    "program_id": self.program_id.id,
                    "day": self.day,
                    "currency_id": self.program_id.currency_id.id,
                    "members_active": active if is_home else 0,
                    "redemption_rate": 100 * redeemed / earned if earned else 0,
                }
            )
        self.env["retail.loyalty.snapshot.row"].sudo().create(values)

    def _difference(self, old: models.BaseModel, rows: list[dict]) -> str:
        """Say in words which sums differ from those published."""
        told = []
        for name in (*(f"points_{one}" for one in FLOWS), "points_outstanding"):
            before = sum(old.row_ids.mapped(name))
            after = sum(row.get(name, 0) for row in rows)
            if before != after:
                field = self.env["retail.loyalty.snapshot.row"]._fields[name]
                label = field.get_description(self.env)["string"]
                told.append(f"{label}: {before:,} → {after:,}")
        return "\n".join(told) or self.env._("Between stores, members or liability.")


def _place_order(place: Place) -> tuple[int, int]:
    return place[0] or 0, place[1] or 0


def _begin(day: date, program: models.BaseModel) -> object:
    return to_naive(day_after(day - ONE, program.tz))


def _end(day: date, program: models.BaseModel) -> object:
    return to_naive(day_after(day, program.tz))
