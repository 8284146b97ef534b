"""``retail.loyalty.accrual``: orders that come further, by ``retail.order.progress``.

Payment and delivery let promised points be posted (``loyalty_accrual_promise.py``);
pieces that will never be handed over are taken off as if they had come back, since
nobody keeps points for goods that were never theirs (R10). Progress tells totals:
what was acted on is kept on the row, so that the same news does nothing twice.
"""

from decimal import Decimal

from odoo import api, models

from ..tools.booking import points_left
from ..tools.returns import Return, take_return
from ..tools.sold_documents import read_sold, read_state
from .loyalty_accrual_settlement import Took

FOLLOWED = ("waiting", "done")


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _follow(self, rows: models.BaseModel) -> None:
        """Act on what is known of these orders; called for news and for retries.

        :param rows: ``retail.order.progress`` of recorded orders
        """
        progress = {row.transaction_id.id: row for row in rows}
        accruals = self.sudo().search(
            [("transaction_id", "in", list(progress)), ("state", "in", FOLLOWED)],
            order="id",
        )
        for accrual in accruals.filtered("sold"):
            accrual._cancel_pieces(progress[accrual.transaction_id.id]._cancelled())
        for row in rows:
            self._mark_progress(
                row.transaction_id,
                is_paid=bool(row.paid_at),
                fulfilled_at=row.fulfilled_at or None,
            )

    def _cancel_pieces(self, cancelled: dict[str, Decimal]) -> None:
        """Take off what pieces would have earned that nobody will get.

        :param cancelled: all cancelled pieces so far, by line of the order
        """
        self.ensure_one()
        fresh = self._fresh_cancellations(cancelled)
        if not fresh:
            return
        order, state = read_sold(self.sold), read_state(self.came_back)
        back = take_return(order, state, fresh, self.program_id.split_policy)
        known = {key: Decimal(qty) for key, qty in (self.cancelled or {}).items()}
        known |= {key: known.get(key, Decimal(0)) + fresh[key] for key in fresh}
        total = sum(known.values(), Decimal(0))
        took = self._reverse_all(
            self.transaction_id,
            self.program_id,
            self._book_returns([(self, back)]),
            occasion=f"cancelled-{total.normalize()}",
        )
        self._note_cancelled(back, known, took)

    def _fresh_cancellations(self, cancelled: dict[str, Decimal]) -> dict[str, Decimal]:
        """Return cancelled pieces by line of the sale that were not acted on yet."""
        order, state = read_sold(self.sold), read_state(self.came_back)
        left = {
            line.key: line.qty - state.qty.get(line.key, Decimal(0))
            for line in order.lines
        }
        known = self.cancelled or {}
        fresh = {}
        for line in self.transaction_id.line_ids:
            key, qty = str(line.position), cancelled.get(line.line_ref or "")
            if qty and key in left:
                more = min(qty - Decimal(known.get(key, "0")), left[key])
                if more > 0:
                    fresh[key] = more
        return fresh

    def _note_cancelled(
        self, back: Return, known: dict[str, Decimal], took: Took
    ) -> None:
        values = {
            "cancelled": {key: str(qty) for key, qty in known.items()},
            "points_cancelled": self.points_cancelled + sum(back.taken.values()),
            "points_restored": self.points_restored + back.points_restored,
            "points_written_off": self.points_written_off + took.written_off,
            "points_owed": self.points_owed + sum(took.short.values()),
        }
        left = points_left(read_sold(self.sold), back.after)
        if self.state == "waiting" and not any(left.values()):
            values["state"] = "done"
        self.write(values)
