"""``retail.loyalty.cap.use``: what a limit per day or month has given a member already.

One row per member, limit and period, added to in the transaction that posts the points.
Two sales of one member at a time exclude each other on the account. A return takes off
what its goods had earned, since those points are taken back as well.
"""

from datetime import date

from psycopg2.extras import execute_values

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger

ADD = """
    INSERT INTO retail_loyalty_cap_use AS use
           (member_id, company_id, cap, period_date, points)
    VALUES %s
        ON CONFLICT (member_id, cap, period_date)
        DO UPDATE SET points = greatest(0, use.points + EXCLUDED.points)
"""


class RetailLoyaltyCapUse(models.Model):
    _name = "retail.loyalty.cap.use"
    _description = "Use of an Earning Limit"
    _log_access = False
    _order = "period_date desc, id desc"
    _rec_name = "cap"

    member_id = fields.Many2one(
        "retail.loyalty.member", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    cap = fields.Char(string="Limit", required=True, readonly=True)
    period_date = fields.Date(
        string="Since", required=True, readonly=True, help="First day of its period."
    )
    points = BigInteger(required=True, readonly=True)

    _place_uniq = models.Constraint(
        "UNIQUE (member_id, cap, period_date)", "One count per limit and period."
    )

    @api.model
    def _used(self, members: models.BaseModel, day: date) -> dict[int, dict[str, int]]:
        """Return ``member id -> limit -> points`` for the day and month of ``day``."""
        names = members._names()
        self.env.cr.execute(
            "SELECT member_id, cap, points FROM retail_loyalty_cap_use"
            " WHERE member_id = ANY(%s) AND (cap LIKE '%%:day' AND period_date = %s"
            " OR cap LIKE '%%:period' AND period_date = %s)",
            (list(names), day, day.replace(day=1)),
        )
        used: dict[int, dict[str, int]] = {}
        for member_id, cap, points in self.env.cr.fetchall():
            mine = used.setdefault(names[member_id], {})
            mine[cap] = mine.get(cap, 0) + points
        return used

    @api.model
    def _add(self, given: dict[tuple[int, int | None, str, date], int]) -> None:
        """Count ``(member, company, limit, day of the sale) -> points``, signed."""
        sums: dict[tuple[int, int | None, str, date], int] = {}
        for (member_id, company_id, cap, day), points in given.items():
            since = day.replace(day=1) if cap.endswith(":period") else day
            key = (member_id, company_id, cap, since)
            sums[key] = sums.get(key, 0) + points
        if sums:
            execute_values(
                self.env.cr._obj,
                ADD,
                [(*key, sums[key]) for key in sorted(sums, key=str)],
            )
            self.invalidate_model()
