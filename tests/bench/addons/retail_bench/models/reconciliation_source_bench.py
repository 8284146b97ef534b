"""``retail.reconciliation.source.bench``: a list of any length to compare."""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools.reconciliation import Column


class RetailReconciliationSourceBench(models.AbstractModel):
    _name = "retail.reconciliation.source.bench"
    _inherit = "retail.reconciliation.source"
    _description = "Bench list"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("ref", role="key"),
            Column("day", kind="date"),
            Column("total", kind="number"),
            Column("currency"),
        ]

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(
            "SELECT ref, day, total, currency, NULL::int AS res_id,"
            " FALSE AS is_optional FROM retail_bench_here"
        )
