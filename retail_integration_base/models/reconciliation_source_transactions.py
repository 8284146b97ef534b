"""``retail.reconciliation.source.transactions``: sales that a system reported to us."""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from ..tools.reconciliation import Column


class RetailReconciliationSourceTransactions(models.AbstractModel):
    _name = "retail.reconciliation.source.transactions"
    _inherit = "retail.reconciliation.source"
    _description = "Sales received from the system"

    _source_model = "retail.transaction"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("ref", role="key"),
            Column("business_date", kind="date"),
            Column("total", kind="number"),
            Column("tax", kind="number", role="info"),
            Column("currency"),
            Column("kind", role="info"),
            Column("store", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "ref": self.env._("Reference"),
            "business_date": self.env._("Day"),
            "total": self.env._("Total"),
            "tax": self.env._("Tax"),
            "currency": self.env._("Currency"),
            "kind": self.env._("Kind"),
            "store": self.env._("Store"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(
            """SELECT t.ref::text AS ref, t.business_date::text AS business_date,
                      t.amount_total::numeric AS total, t.amount_tax::numeric AS tax,
                      c.name::text AS currency, t.kind::text AS kind,
                      s.code::text AS store, t.id AS res_id, FALSE AS is_optional
                 FROM retail_transaction t
                 JOIN res_currency c ON c.id = t.currency_id
                 JOIN retail_store s ON s.id = t.store_id
                WHERE t.backend_id = %(backend)s AND t.company_id = %(company)s
                  AND (%(since)s::date IS NULL OR t.business_date >= %(since)s)
                  AND (%(until)s::date IS NULL OR t.business_date < %(until)s)""",
            backend=backend.id,
            company=backend.company_id.id,
            since=since,
            until=until,
        )
