"""``retail.connector.general_ledger``: Odoo's own books, as a list to compare with.

Lets a reconciliation rule read the liability accounts of loyalty like the list of any
other system, page by page: what our batches say is on the other side
(``reconciliation_source_loyalty.py``). A company that keeps its books elsewhere lets
that system post or upload the same columns instead. Sends and receives nothing.
"""

from odoo import api, models

from odoo.addons.retail_integration_base.tools.errors import ConfigurationError
from odoo.addons.retail_integration_base.tools.paging import Page, PageQuery

LIABILITIES = "loyalty_liabilities"
# One row per batch and currency, one per journal entry of anybody else's, and the
# balance of each account.
QUERY = """
    WITH kept AS (
        SELECT DISTINCT terms.program_id, terms.liability_account_id AS account_id
          FROM retail_loyalty_finance_terms AS terms
         WHERE terms.company_id = %(company)s
    ), items AS (
        SELECT item.move_id, item.date, kept.program_id, kept.account_id,
               move.name, move.retail_loyalty_batch_id AS batch_id,
               -item.balance AS amount, currency.name AS currency
          FROM kept
          JOIN account_move_line AS item ON item.account_id = kept.account_id
          JOIN account_move AS move ON move.id = item.move_id
          JOIN res_currency AS currency ON currency.id = item.currency_id
         WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
           AND (%(until)s::date IS NULL OR item.date < %(until)s)
    ), listed AS (
        SELECT 'period ' || batch_id || ' ' || items.currency AS ref,
               sum(amount) AS amount,
               max(batch.period_end) AS day, max(program.code) AS program
          FROM items
          JOIN retail_loyalty_finance_batch AS batch ON batch.id = items.batch_id
          JOIN retail_loyalty_program AS program ON program.id = batch.program_id
         GROUP BY batch_id, items.currency
         UNION ALL
        SELECT 'entry ' || items.name, sum(items.amount), max(items.date), NULL
          FROM items WHERE batch_id IS NULL GROUP BY items.move_id, items.name
    )
    SELECT ref, amount::text, day::text, program FROM listed
     WHERE (%(since)s::date IS NULL OR day >= %(since)s)
     UNION ALL
    SELECT 'balance ' || account.id, coalesce(sum(items.amount), 0)::text, NULL, NULL
      FROM (SELECT DISTINCT account_id AS id FROM kept) AS account
      LEFT JOIN items ON items.account_id = account.id
     GROUP BY account.id
     ORDER BY 1
     LIMIT %(limit)s OFFSET %(offset)s
"""


class RetailConnectorGeneralLedger(models.AbstractModel):
    _name = "retail.connector.general_ledger"
    _inherit = "retail.connector"
    _description = "Odoo's general ledger"

    @api.model
    def _capabilities(self) -> frozenset[str]:
        return frozenset({"poll"})

    @api.model
    def _fetch_page(self, backend: models.BaseModel, query: PageQuery) -> Page:
        """Return a page of what the liability accounts hold.

        :raises ConfigurationError: there is no other list
        """
        if query.resource != LIABILITIES:
            raise ConfigurationError(
                f"{backend.name} has no list {query.resource!r}, only {LIABILITIES!r}."
            )
        offset = int(query.cursor or 0)
        self.env.flush_all()
        self.env.cr.execute(
            QUERY,
            {
                "company": backend.company_id.id,
                "since": query.since and query.since.date(),
                "until": query.until and query.until.date(),
                "limit": query.limit,
                "offset": offset,
            },
        )
        rows = self.env.cr.fetchall()
        names = ("ref", "amount", "period_end", "program")
        items = [dict(zip(names, row, strict=True)) for row in rows]
        more = len(rows) == query.limit
        return Page(items, str(offset + query.limit) if more else None)
