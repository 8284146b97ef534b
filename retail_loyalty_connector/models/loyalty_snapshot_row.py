"""``retail.loyalty.snapshot.row``: one store's or company's figures of one day.

Rows of stores hold what happened there; the company's row without a store also what
stood at the end of the day. Append-only by trigger. What stands (members, outstanding
points, liability) is averaged over days and summed over companies in reports; rates are
made of sums.
"""

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.fields import BigInteger

#: what stands at the end of a day: no sum over days means anything
STOCKS = ("members", "members_active", "points_outstanding", "amount_liability")
GUARD = """
    CREATE OR REPLACE TRIGGER retail_loyalty_snapshot_row_keep_row
        BEFORE UPDATE OR DELETE ON retail_loyalty_snapshot_row
        FOR EACH ROW EXECUTE FUNCTION retail_loyalty_refuse();
    CREATE OR REPLACE TRIGGER retail_loyalty_snapshot_row_keep_table
        BEFORE TRUNCATE ON retail_loyalty_snapshot_row
        FOR EACH STATEMENT EXECUTE FUNCTION retail_loyalty_refuse();
"""


class RetailLoyaltySnapshotRow(models.Model):
    _name = "retail.loyalty.snapshot.row"
    _description = "Loyalty Figures"
    _order = "day desc, program_id, company_id, store_id"
    _log_access = False
    _rec_name = "day"

    snapshot_id = fields.Many2one(
        "retail.loyalty.snapshot",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    state = fields.Selection(related="snapshot_id.state")
    program_id = fields.Many2one(
        "retail.loyalty.program", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, index=True, help="Empty: of the whole group."
    )
    store_id = fields.Many2one("retail.store", readonly=True)
    day = fields.Date(required=True, readonly=True, index=True)
    members = BigInteger(readonly=True, help="Enrolled at the end of the day.")
    members_active = BigInteger(
        string="Active members",
        readonly=True,
        help="Earned or spent points in the 365 days before.",
    )
    points_earned = BigInteger(string="Earned", readonly=True)
    points_redeemed = BigInteger(string="Redeemed", readonly=True)
    points_expired = BigInteger(string="Expired", readonly=True)
    points_breakage = BigInteger(string="Written off", readonly=True)
    points_adjusted = BigInteger(string="Adjusted", readonly=True)
    points_outstanding = BigInteger(string="Outstanding", readonly=True)
    redemption_rate = fields.Float(
        string="Redemption rate (%)",
        digits=(7, 2),
        readonly=True,
        aggregator="avg",
        help="Redeemed for a hundred earned.",
    )
    amount_liability = fields.Monetary(
        string="Liability",
        readonly=True,
        help="By the periods posted that day, in the program's currency.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)

    def init(self) -> None:
        """Keep what was published, once the ledger's functions are there."""
        self.pool.post_init(self.env.cr.execute, GUARD)

    def _read_group_select(self, aggregate_spec: str, query: object) -> SQL:
        """Average what stands over days; make rates of sums."""
        name = aggregate_spec.partition(":")[0]
        if aggregate_spec.endswith(":sum") and name in STOCKS:
            column = self._field_to_sql(self._table, name, query)
            day = self._field_to_sql(self._table, "day", query)
            return SQL("SUM(%s) / NULLIF(COUNT(DISTINCT %s), 0)", column, day)
        if aggregate_spec == "redemption_rate:avg":
            redeemed = self._field_to_sql(self._table, "points_redeemed", query)
            earned = self._field_to_sql(self._table, "points_earned", query)
            return SQL("100.0 * SUM(%s) / NULLIF(SUM(%s), 0)", redeemed, earned)
        return super()._read_group_select(aggregate_spec, query)
