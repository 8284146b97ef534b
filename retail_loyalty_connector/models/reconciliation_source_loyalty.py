"""``retail.reconciliation.source.loyalty``: what loyalty's batches say the books owe.

One row per batch and currency, and one per liability account with what its newest
batches leave. A journal entry that somebody wrote on the account by hand is missing
here, and makes the balance differ.
"""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools.reconciliation import Column

# A reversed batch is in the books twice, which is nothing.
QUERY = """
    WITH posted AS (
        SELECT batch.id, batch.period_end, batch.state, program.code,
               terms.liability_account_id AS account_id,
               batch.posting_date
          FROM retail_loyalty_finance_batch batch
          JOIN retail_loyalty_finance_terms terms
            ON terms.id = batch.terms_id
          JOIN retail_loyalty_program program
            ON program.id = batch.program_id
         WHERE batch.company_id = %(company)s AND batch.state <> 'draft'
           AND (%(until)s::date IS NULL OR batch.posting_date < %(until)s)
    ), amounts AS (
        SELECT posted.id, posted.period_end, posted.code, posted.account_id,
               c.name AS currency, posted.state,
               sum(CASE posted.state WHEN 'posted' THEN
                   line.amount_added_books - line.amount_redeemed_books
                   - line.amount_breakage_books ELSE 0 END) AS amount,
               bool_or(line.amount_added_books <> 0
                   OR line.amount_redeemed_books <> 0
                   OR line.amount_breakage_books <> 0) AS is_booked
          FROM posted
          JOIN retail_loyalty_finance_line line ON line.batch_id = posted.id
          JOIN res_currency c ON c.id = line.currency_id
         GROUP BY 1, 2, 3, 4, 5, 6
    )
    SELECT 'period ' || id || ' ' || currency AS ref, amount::numeric,
           period_end::text AS period_end, code::text AS program,
           id AS res_id, FALSE AS is_optional
      FROM amounts
     WHERE is_booked AND (%(since)s::date IS NULL OR period_end >= %(since)s)
     UNION ALL
    SELECT 'balance ' || terms.liability_account_id,
           coalesce(sum(amounts.amount), 0)::numeric, NULL, NULL,
           max(amounts.id) FILTER (WHERE amounts.state = 'posted'), FALSE
      FROM (SELECT DISTINCT liability_account_id
              FROM retail_loyalty_finance_terms
             WHERE company_id = %(company)s) terms
      LEFT JOIN amounts ON amounts.account_id = terms.liability_account_id
     GROUP BY terms.liability_account_id
"""


class RetailReconciliationSourceLoyalty(models.AbstractModel):
    _name = "retail.reconciliation.source.loyalty"
    _inherit = "retail.reconciliation.source"
    _description = "Liability of loyalty points"

    _source_model = "retail.loyalty.finance.batch"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("ref", role="key"),
            Column("amount", kind="number"),
            Column("period_end", kind="date", role="info"),
            Column("program", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "ref": self.env._("What"),
            "amount": self.env._("Liability"),
            "period_end": self.env._("Period until"),
            "program": self.env._("Program"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(
            QUERY,
            company=backend.company_id.id,
            since=since,
            until=until,
        )
