"""``retail.loyalty.outcome``: whether loyalty does what it is there for (R22).

Measured once and stored, so that a year can be looked at: disputes, how soon after its
end a day's figures are ready, how many of those a campaign was for bought in its time.
A cron measures the last days again, since late sales still come; old rows stay as they
were seen.
"""

from datetime import date, timedelta

from odoo import api, fields, models

from odoo.addons.retail_integration_base.fields import BigInteger
from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.dates import day_after

#: days that are measured again each night
DAYS = 3
#: a campaign is measured so long after its end
AFTER = timedelta(days=7)
STORE = """
    INSERT INTO retail_loyalty_outcome (program_id, company_id, kind, campaign_id,
        outcome_date, value, base, rate, measured_at)
    VALUES (%(program)s, %(company)s, %(kind)s, %(campaign)s, %(day)s, %(value)s,
        %(base)s, %(rate)s, %(now)s)
    ON CONFLICT (program_id, kind, coalesce(campaign_id, 0), outcome_date) DO UPDATE
       SET value = excluded.value, base = excluded.base, rate = excluded.rate,
           measured_at = excluded.measured_at
"""
DISPUTES = """
    SELECT count(*) FROM retail_loyalty_adjustment
     WHERE program_id = %(program)s AND cause = 'complaint'
       AND create_date >= %(since)s AND create_date < %(until)s
"""
ENTRIES = """
    SELECT count(*) FROM retail_loyalty_entry
     WHERE program_id = %(program)s AND recorded_at >= %(since)s
       AND recorded_at < %(until)s
"""
# Of the day's first version; a later one corrects what was ready before.
READY = """
    SELECT min(published_at) FROM retail_loyalty_snapshot
     WHERE program_id = %(program)s AND day = %(day)s
"""
# Whoever was in one of its segments during the campaign, and of those who bought.
TARGETED = """
    WITH targeted AS (
        SELECT member_id FROM retail_loyalty_segment_member
         WHERE segment_id = ANY(%(segments)s) AND since_at < %(until)s
         UNION
        SELECT member_id FROM retail_loyalty_segment_change
         WHERE segment_id = ANY(%(segments)s) AND change = 'removed'
           AND changed_at >= %(since)s AND changed_at < %(until)s
    )
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT FROM retail_loyalty_accrual AS accrual
                 JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
                WHERE accrual.member_id = targeted.member_id
                  AND accrual.program_id = %(program)s AND sale.kind <> 'return'
                  AND accrual.state IN ('done', 'waiting')
                  AND sale.occurred_at >= %(since)s AND sale.occurred_at < %(until)s))
      FROM targeted
"""


class RetailLoyaltyOutcome(models.Model):
    _name = "retail.loyalty.outcome"
    _description = "Outcome Measure"
    _log_access = False
    _order = "outcome_date desc, id desc"
    _rec_name = "kind"

    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    kind = fields.Selection(
        [
            ("disputes", "Disputes"),
            ("reporting", "Hours until the day's figures are ready"),
            ("response", "Targeted members who bought"),
        ],
        string="What",
        required=True,
        readonly=True,
    )
    campaign_id = fields.Many2one(
        "retail.loyalty.campaign", readonly=True, ondelete="cascade"
    )
    outcome_date = fields.Date(string="Day", required=True, readonly=True)
    value = fields.Float(
        readonly=True, digits=(16, 2), help="Disputes, hours, members who bought."
    )
    base = BigInteger(
        string="Of", readonly=True, help="Entries of the day, members targeted."
    )
    rate = fields.Float(
        string="Rate (%)",
        readonly=True,
        digits=(16, 2),
        aggregator="avg",
        help="Disputes per hundred entries; share of the targeted who bought.",
    )
    measured_at = fields.Datetime(string="Measured", required=True, readonly=True)

    _place_uniq = models.UniqueIndex(
        "(program_id, kind, coalesce(campaign_id, 0), outcome_date)",
        "This day was measured.",
    )

    @api.model
    def _cron_measure(self) -> None:
        """Measure the last days, and campaigns that run or have just ended."""
        self.env.flush_all()
        now = self.env["retail.loyalty.ledger"]._now()
        for program in self.env["retail.loyalty.program"].sudo().search([], limit=1000):
            today = program._day(now)
            for days in range(1, DAYS + 1):
                self._measure_day(program, today - timedelta(days=days))
            self._measure_campaigns(program, today)

    @api.model
    def _measure_day(self, program: models.BaseModel, day: date) -> None:
        span = {**_span(program, day, day), "day": day}
        disputes, entries = (self._ask(query, span)[0] for query in (DISPUTES, ENTRIES))
        self._store(program, "disputes", day, disputes, entries)
        [ready_at] = self._ask(READY, span)
        if ready_at:
            hours = (ready_at - span["until"]).total_seconds() / 3600
            self._store(program, "reporting", day, hours, None)

    @api.model
    def _measure_campaigns(self, program: models.BaseModel, today: date) -> None:
        for campaign in program.campaign_ids.filtered("member_segment_ids"):
            first = campaign.date_from or program._day(campaign.create_date)
            last = campaign.date_to or today
            if not first <= today <= last + AFTER:
                continue
            span = _span(program, first, min(last, today))
            targeted, bought = self._ask(
                TARGETED, {**span, "segments": campaign.member_segment_ids.ids}
            )
            self._store(program, "response", last, bought, targeted, campaign)

    def _ask(self, query: str, span: dict) -> tuple:
        self.env.cr.execute(query, span)
        return self.env.cr.fetchone()

    def _store(
        self,
        program: models.BaseModel,
        kind: str,
        day: date,
        value: float,
        base: int | None,
        campaign: models.BaseModel | None = None,
    ) -> None:
        self.env.cr.execute(
            STORE,
            {
                "program": program.id,
                "company": program.company_id.id or None,
                "kind": kind,
                "campaign": campaign.id if campaign else None,
                "day": day,
                "value": value,
                "base": base,
                "rate": 100 * value / base if base else 0,
                "now": self.env["retail.loyalty.ledger"]._now(),
            },
        )
        self.invalidate_model()


def _span(program: models.BaseModel, first: date, last: date) -> dict:
    """Return the moments at which these days begin and end on the program's clock."""
    before = first - timedelta(days=1)
    return {
        "program": program.id,
        "since": to_naive(day_after(before, program.tz)),
        "until": to_naive(day_after(last, program.tz)),
    }
