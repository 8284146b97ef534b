"""``retail.reconciliation.source.loyalty.movements``: entries, against a platform's.

Their side is the platform's list ``movements``. Ours is what we took over, and what we
told it, under the id that the platform gave it. What is still on its way is expected by
nobody; what needs a person is missing there.
"""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools.reconciliation import Column

# The ledger itself is read for what was taken over. What was told is known by the id
# that the platform gave it; one order may be several entries there, which it told us.
QUERY = """
    SELECT entry.ref::text AS id, entry.amount::numeric AS points,
           entry.kind::text AS kind, 'taken'::text AS state,
           entry.effective_at::date::text AS day, entry.id AS res_id,
           FALSE AS is_optional
      FROM retail_loyalty_entry AS entry
     WHERE entry.movement_id IS NOT NULL AND entry.program_id = ANY(%(programs)s)
       AND (%(since)s::date IS NULL OR entry.effective_at >= %(since)s)
       AND (%(until)s::date IS NULL OR entry.effective_at < %(until)s)
 UNION ALL
    SELECT heard.movement_ref::text, heard.points::numeric, heard.kind::text,
           heard.state::text, heard.moved_at::date::text, own.entry_id, FALSE
      FROM retail_loyalty_platform_movement AS heard
      LEFT JOIN retail_loyalty_platform_order AS own ON own.id = heard.order_id
     WHERE heard.backend_id = %(backend)s AND heard.state <> 'taken'
       AND (%(since)s::date IS NULL OR heard.moved_at >= %(since)s)
       AND (%(until)s::date IS NULL OR heard.moved_at < %(until)s)
 UNION ALL
    SELECT coalesce(told.movement_ref, told.uuid)::text,
           CASE WHEN told.state = 'done' THEN told.moved
                WHEN told.kind = 'capture'
                  OR told.kind = 'reverse' AND told.original_kind = 'accrual'
                THEN -told.points ELSE told.points END::numeric,
           told.kind::text, told.state::text,
           coalesce(told.done_at, told.created_at)::date::text, told.entry_id,
           told.state IN ('waiting', 'sending')
      FROM retail_loyalty_platform_order AS told
     WHERE told.backend_id = %(backend)s
       AND (told.state <> 'done' OR told.movement_ref IS NOT NULL)
       AND (%(since)s::date IS NULL
            OR coalesce(told.done_at, told.created_at) >= %(since)s)
       AND (%(until)s::date IS NULL
            OR coalesce(told.done_at, told.created_at) < %(until)s)
       AND NOT EXISTS (
        SELECT FROM retail_loyalty_platform_movement AS heard
         WHERE heard.order_id = told.id)
"""


class RetailReconciliationSourceLoyaltyMovements(models.AbstractModel):
    _name = "retail.reconciliation.source.loyalty.movements"
    _inherit = "retail.reconciliation.source"
    _description = "Movements of points, against the program's platform"

    _source_model = "retail.loyalty.entry"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("id", role="key"),
            Column("points", kind="number"),
            Column("kind", role="info"),
            Column("state", role="info"),
            Column("day", kind="date", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "id": self.env._("Entry there"),
            "points": self.env._("Points"),
            "kind": self.env._("Kind"),
            "state": self.env._("State here"),
            "day": self.env._("Day"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        programs = (
            self.env["retail.loyalty.program"]
            .sudo()
            .with_context(active_test=False)
            .search([("backend_id", "=", backend.id)])
        )
        return SQL(
            QUERY,
            backend=backend.id,
            programs=programs.ids,
            since=since,
            until=until,
        )

    @api.model
    def _heal_missing_there(self, backend: models.BaseModel, ids: list[int]) -> int:
        """Tell once more what the platform refused or what got stuck, under its key."""
        orders = (
            self.env["retail.loyalty.platform.order"]
            .sudo()
            .search(
                [
                    ("backend_id", "=", backend.id),
                    ("entry_id", "in", ids),
                    ("state", "in", ("stuck", "refused")),
                ]
            )
        )
        orders._tell_again()
        return len(orders)
