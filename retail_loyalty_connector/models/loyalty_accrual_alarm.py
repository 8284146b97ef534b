"""``retail.loyalty.accrual``: failures are put before a person, with a deadline.

One exception of the hub per system and reason while such points have failed, however
many: a night of unknown cards is one matter for one owner. It closes by itself once
none is left. Called by the cron that tries failed points again.
"""

from typing import NamedTuple

from odoo import api, models

from ..tools.error_accrual import PointsNotPosted
from .loyalty_accrual import REASONS

KEY = "points"
FAILED = """
    SELECT sale.backend_id, accrual.reason, count(*)
      FROM retail_loyalty_accrual AS accrual
      JOIN retail_transaction AS sale ON sale.id = accrual.transaction_id
     WHERE accrual.state = 'failed' GROUP BY sale.backend_id, accrual.reason
"""


class Trouble(NamedTuple):
    """Sales of one system that failed for one reason."""

    backend_id: int
    reason: str
    count: int

    @property
    def key(self) -> str:
        """What tells one matter from another."""
        return f"{KEY}:{self.backend_id}:{self.reason}"


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _alarm(self) -> None:
        """Open an exception for each kind of failure, close those that ended."""
        self.env.flush_all()
        self.env.cr.execute(FAILED)
        troubles = [Trouble(*row) for row in self.env.cr.fetchall()]
        exceptions = self.env["retail.exception"].sudo()
        over = exceptions.search(
            [
                ("state", "!=", "resolved"),
                ("code", "=", PointsNotPosted.code),
                ("dedupe_key", "not in", [one.key for one in troubles]),
            ]
        )
        over._resolve("recovered", self.env._("No points fail for this reason now."))
        words = dict(REASONS)
        for one in troubles:
            exceptions._open(
                self.env["retail.backend"].sudo().browse(one.backend_id),
                PointsNotPosted(
                    f"points of {one.count} sales were not posted: {words[one.reason]}."
                    " See Loyalty, Failed points",
                    context={"reason": one.reason, "count": one.count},
                ),
                dedupe_key=one.key,
            )
