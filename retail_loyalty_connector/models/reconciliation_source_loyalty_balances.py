"""``retail.reconciliation.source.loyalty.balances``: points of members at a platform.

Their side is the platform's list ``balances``. Ours is what the platform should have:
the ledger's balance, less what it was not told of yet, plus what it told us that is not
taken over yet. So a difference is drift, not a delay (R20).
"""

from datetime import date

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.retail_integration_base.tools.reconciliation import Column

# What needs a person (stuck, refused) is drift: it is not on its way.
QUERY = """
    WITH linked AS (
        SELECT member.id, member.number, member.platform_ref AS ref, member.program_id
          FROM retail_loyalty_member AS member
          JOIN retail_loyalty_program AS program ON program.id = member.program_id
         WHERE program.backend_id = %(backend)s AND member.platform_ref IS NOT NULL
    ), untold AS (
        SELECT member_id,
               sum(CASE WHEN kind = 'capture'
                          OR kind = 'reverse' AND original_kind = 'accrual'
                        THEN -points ELSE points END) AS points
          FROM retail_loyalty_platform_order
         WHERE backend_id = %(backend)s AND state IN ('waiting', 'sending')
         GROUP BY member_id
    ), untaken AS (
        SELECT member_ref, sum(points) AS points
          FROM retail_loyalty_platform_movement
         WHERE backend_id = %(backend)s AND state = 'waiting'
         GROUP BY member_ref
    )
    SELECT linked.ref::text AS member,
           (account.posted - coalesce(untold.points, 0)
            + coalesce(untaken.points, 0))::numeric AS points,
           account.posted::numeric AS ledger,
           coalesce(untold.points, 0)::numeric AS untold,
           coalesce(untaken.points, 0)::numeric AS untaken,
           linked.number::text AS number, linked.id AS res_id, FALSE AS is_optional
      FROM linked
      JOIN retail_loyalty_account AS account
        ON account.member_id = linked.id AND account.wallet_id = (
           SELECT min(wallet.id) FROM retail_loyalty_wallet AS wallet
            WHERE wallet.program_id = linked.program_id)
      LEFT JOIN untold ON untold.member_id = linked.id
      LEFT JOIN untaken ON untaken.member_ref = linked.ref
"""


class RetailReconciliationSourceLoyaltyBalances(models.AbstractModel):
    _name = "retail.reconciliation.source.loyalty.balances"
    _inherit = "retail.reconciliation.source"
    _description = "Points of members, against the program's platform"

    _source_model = "retail.loyalty.member"

    @api.model
    def _columns(self) -> list[Column]:
        return [
            Column("member", role="key"),
            Column("points", kind="number"),
            Column("ledger", kind="number", role="info"),
            Column("untold", kind="number", role="info"),
            Column("untaken", kind="number", role="info"),
            Column("number", role="info"),
        ]

    @api.model
    def _labels(self) -> dict[str, str]:
        return {
            "member": self.env._("Member there"),
            "points": self.env._("Points that should be there"),
            "ledger": self.env._("Balance here"),
            "untold": self.env._("Not told yet"),
            "untaken": self.env._("Not taken over yet"),
            "number": self.env._("Member"),
        }

    @api.model
    def _query(
        self, backend: models.BaseModel, since: date | None, until: date | None
    ) -> SQL:
        return SQL(QUERY, backend=backend.id)

    @api.model
    def _heal_missing_there(self, backend: models.BaseModel, ids: list[int]) -> int:
        """Forget what they are called there: the next order finds or enrols them."""
        members = self.env["retail.loyalty.member"].sudo().browse(ids).exists()
        members = members.filtered(lambda one: one.program_id.backend_id == backend)
        members.write({"platform_ref": False})
        return len(members)
