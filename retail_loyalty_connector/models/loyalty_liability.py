"""``retail.loyalty.liability``: points that customers have not used, by when they end.

A view over open lots: what is outstanding now, what it is worth at face value, and what
of it is expected to be used by the estimate of today. The operational counterpart of
the books, whose figures are on the periods' lines. Reads only.
"""

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.fields import BigInteger

VIEW = """
    SELECT min(lot.id) AS id, account.program_id, account.wallet_id, entry.company_id,
           coalesce(estimate.currency_id, program.currency_id) AS currency_id,
           date_trunc('month', lot.expires_at)::date AS expires_month,
           CASE WHEN lot.expires_at IS NULL THEN '6_never'
                WHEN lot.expires_at <= now() AT TIME ZONE 'UTC' THEN '0_due'
                WHEN lot.expires_at <= now() AT TIME ZONE 'UTC' + interval '30 days'
                THEN '1_30'
                WHEN lot.expires_at <= now() AT TIME ZONE 'UTC' + interval '90 days'
                THEN '2_90'
                WHEN lot.expires_at <= now() AT TIME ZONE 'UTC' + interval '180 days'
                THEN '3_180'
                WHEN lot.expires_at <= now() AT TIME ZONE 'UTC' + interval '365 days'
                THEN '4_365'
                ELSE '5_later' END AS age,
           count(DISTINCT lot.account_id) AS member_count,
           sum(lot.remaining) AS points,
           sum(lot.remaining) * estimate.amount / estimate.points AS amount,
           sum(lot.remaining) * estimate.amount / estimate.points
               * estimate.redeemed_share / 100 AS amount_expected,
           sum(lot.remaining) * estimate.amount / estimate.points
               * (1 - estimate.redeemed_share / 100) AS amount_breakage
      FROM retail_loyalty_lot AS lot
      JOIN retail_loyalty_account AS account ON account.id = lot.account_id
      JOIN retail_loyalty_program AS program ON program.id = account.program_id
      JOIN retail_loyalty_entry AS entry ON entry.id = lot.entry_id
      LEFT JOIN retail_loyalty_finance_estimate AS estimate
        ON estimate.program_id = program.id
       AND estimate.currency_id = program.currency_id
       AND estimate.state = 'approved' AND estimate.active
       AND estimate.valid_from <= current_date
       AND (estimate.valid_until IS NULL OR estimate.valid_until >= current_date)
     WHERE lot.is_open
     GROUP BY account.program_id, account.wallet_id, entry.company_id,
              program.currency_id, estimate.id, 6, 7
"""


class RetailLoyaltyLiability(models.Model):
    _name = "retail.loyalty.liability"
    _description = "Outstanding Points"
    _auto = False
    _order = "age, expires_month, id"
    _rec_name = "age"

    program_id = fields.Many2one("retail.loyalty.program", readonly=True)
    wallet_id = fields.Many2one("retail.loyalty.wallet", readonly=True)
    company_id = fields.Many2one("res.company", string="Issued by", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    expires_month = fields.Date(string="Expire in", readonly=True)
    age = fields.Selection(
        [
            ("0_due", "Due"),
            ("1_30", "Within 30 days"),
            ("2_90", "Within 90 days"),
            ("3_180", "Within 180 days"),
            ("4_365", "Within a year"),
            ("5_later", "Later"),
            ("6_never", "Never"),
        ],
        string="Expire",
        readonly=True,
    )
    member_count = fields.Integer(string="Members", readonly=True, aggregator=None)
    points = BigInteger(string="Outstanding", readonly=True)
    amount = fields.Monetary(
        string="Face value",
        readonly=True,
        help="What customers save if they use all of them.",
    )
    amount_expected = fields.Monetary(string="Expected to be used", readonly=True)
    amount_breakage = fields.Monetary(string="Expected breakage", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(VIEW)
