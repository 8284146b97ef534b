"""``retail.reconciliation.source.loyalty.sales``: sales, against the ledger.

Both lists are ours. The first is what the sales of a system say: each sale or return of
a customer, with what it earned (less what came back) and what was paid in points. The
second is what the ledger has posted for them, pending points too, and what it has
posted for no sale at all (R9, R20).
"""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools.reconciliation import Column

SALES = """
    SELECT sale.ref::text AS sale, coalesce(program.code, '')::text AS program,
           CASE WHEN own.state = 'done' THEN own.points ELSE 0 END::numeric AS earned,
           CASE WHEN own.state = 'done' THEN own.points_spent - own.points_restored
                ELSE 0 END::numeric AS spent,
           coalesce(own.state || coalesce(': ' || own.reason, ''),
                    'never counted')::text AS state,
           sale.business_date::text AS day, sale.id AS res_id,
           -- Nothing has to be in the ledger where nothing was to be moved.
           coalesce(own.state = 'waiting' OR own.state = 'done' AND own.points = 0
                    AND own.points_spent = own.points_restored, FALSE) AS is_optional
      FROM retail_transaction AS sale
      LEFT JOIN retail_loyalty_accrual AS own ON own.transaction_id = sale.id
      LEFT JOIN retail_loyalty_program AS program ON program.id = own.program_id
      LEFT JOIN retail_identity AS shown ON shown.id = sale.identity_id
     WHERE sale.backend_id = %(backend)s AND sale.company_id = %(company)s
       AND sale.kind IN ('sale', 'return', 'exchange')
       AND (%(since)s::date IS NULL OR sale.business_date >= %(since)s)
       AND (%(until)s::date IS NULL OR sale.business_date < %(until)s)
       AND (own.state IN ('done', 'waiting', 'failed')
            OR own.id IS NULL AND EXISTS (
               SELECT FROM retail_loyalty_member AS member
                WHERE (member.partner_id IN (sale.partner_id, shown.partner_id)
                       OR shown.kind = 'loyalty' AND shown.value = member.number)
                  AND member.state = 'active'
                  AND member.enrolled_at <= sale.occurred_at))
"""
# A hold that was captured before its sale came is known by the sale's tender. A pending
# accrual stands for its entry until it is posted; what of it was cancelled counts for
# the return that did so.
LEDGER = """
    WITH taken AS (
        SELECT tender.transaction_id, entry.id
          FROM retail_transaction_tender AS tender
          JOIN retail_loyalty_hold AS hold ON hold.uuid = lower(tender.reference)
          JOIN retail_loyalty_entry AS entry
            ON entry.hold_id = hold.id AND entry.reverses_id IS NULL
         WHERE tender.tender_type = 'points' AND entry.transaction_id IS NULL
    ), moved AS (
        SELECT entry.transaction_id, entry.program_id, entry.kind, entry.amount
          FROM retail_loyalty_entry AS entry
         WHERE entry.transaction_id IS NOT NULL
         UNION ALL
        SELECT taken.transaction_id, entry.program_id, entry.kind, entry.amount
          FROM taken JOIN retail_loyalty_entry AS entry ON entry.id = taken.id
         UNION ALL
        SELECT pending.transaction_id, pending.program_id, pending.kind,
               CASE pending.state WHEN 'cancellation' THEN -pending.amount
                    WHEN 'posted' THEN pending.cancelled ELSE pending.amount END
          FROM retail_loyalty_pending AS pending
         WHERE pending.transaction_id IS NOT NULL
    )
    SELECT sale.ref::text AS sale, program.code::text AS program,
           coalesce(sum(moved.amount) FILTER (WHERE moved.kind = 'accrual'), 0)::numeric
               AS earned,
           -coalesce(sum(moved.amount) FILTER (WHERE moved.kind = 'redemption'),
                     0)::numeric AS spent,
           'posted'::text AS state, sale.business_date::text AS day
      FROM moved
      JOIN retail_transaction AS sale ON sale.id = moved.transaction_id
      JOIN retail_loyalty_program AS program ON program.id = moved.program_id
     WHERE sale.backend_id = %(backend)s AND sale.company_id = %(company)s
       AND (%(since)s::date IS NULL OR sale.business_date >= %(since)s)
       AND (%(until)s::date IS NULL OR sale.business_date < %(until)s)
     GROUP BY sale.id, sale.ref, sale.business_date, program.code
 UNION ALL
    SELECT 'entry ' || entry.uuid, program.code::text,
           CASE entry.kind WHEN 'accrual' THEN entry.amount ELSE 0 END::numeric,
           CASE entry.kind WHEN 'redemption' THEN -entry.amount ELSE 0 END::numeric,
           'no sale'::text, entry.effective_at::date::text
      FROM retail_loyalty_entry AS entry
      JOIN retail_loyalty_program AS program ON program.id = entry.program_id
     WHERE entry.company_id = %(company)s AND entry.transaction_id IS NULL
       AND entry.kind IN ('accrual', 'redemption') AND entry.reverses_id IS NULL
       AND entry.movement_id IS NULL
       AND (%(since)s::date IS NULL OR entry.effective_at >= %(since)s)
       AND (%(until)s::date IS NULL OR entry.effective_at < %(until)s)
       AND NOT EXISTS (SELECT FROM taken WHERE taken.id = entry.id)
"""


class RetailReconciliationSourceLoyaltySales(models.AbstractModel):
    _name = "retail.reconciliation.source.loyalty.sales"
    _inherit = "retail.reconciliation.source"
    _description = "Sales of members, against the points ledger"

    _source_model = "retail.transaction"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("sale", role="key"),
            Column("program", role="key"),
            Column("earned", kind="number"),
            Column("spent", kind="number"),
            Column("state", role="info"),
            Column("day", kind="date", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "sale": self.env._("Sale"),
            "program": self.env._("Program"),
            "earned": self.env._("Points earned"),
            "spent": self.env._("Points paid with"),
            "state": self.env._("State"),
            "day": self.env._("Day"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(SALES, **self._scope(backend, since, until))

    @api.model
    def _other_query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(LEDGER, **self._scope(backend, since, until))

    def _scope(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> dict:
        company = backend.company_id.id
        return {
            "backend": backend.id,
            "company": company,
            "since": since,
            "until": until,
        }

    @api.model
    def _heal_missing_there(self, backend: models.BaseModel, ids: list[int]) -> int:
        """Count sales that never were, or that failed; none is counted twice."""
        sales = self.env["retail.transaction"].sudo().browse(ids).exists()
        sales = sales.filtered(lambda one: one.backend_id == backend)
        accruals = self.env["retail.loyalty.accrual"].sudo()
        known = accruals.search([("transaction_id", "in", sales.ids)])
        # What a return named is in its message only; it is replayed there.
        fresh = (sales - known.transaction_id).filtered(lambda one: one.kind == "sale")
        accruals._record(fresh, {})
        known.filtered(lambda one: one.state == "failed")._try_again()
        return len(sales)
