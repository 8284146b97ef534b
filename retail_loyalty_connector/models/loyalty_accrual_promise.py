"""``retail.loyalty.accrual``: points that were promised, once they can be dated.

An order is promised points when it is placed; whether they can be spent is a matter of
payment, delivery and the time in which goods may come back (R10). Until the ledger can
say when, they stand on the row alone.
"""

from datetime import datetime
from decimal import Decimal

from odoo import api, models

from ..tools.accrual_policy import LineProgress, Parcel, position
from ..tools.booking import Booked, booked_rows, points_left
from ..tools.postings import Posting, derived_uuid
from ..tools.sold_documents import read_sold, read_state
from .loyalty_accrual_sale import account_of, source_of


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _when(
        self, program: models.BaseModel, is_paid: bool, fulfilled_at: datetime | None
    ) -> tuple[str, datetime | None]:
        """Return ``done`` or ``waiting``, and until when points are pending.

        What nobody can date yet stays out of the ledger: it is promised, not pending.
        """
        parcels = (Parcel(Decimal(1), fulfilled_at),) if fulfilled_at else ()
        progress = LineProgress(Decimal(1), parcels=parcels)
        now = self.env["retail.loyalty.ledger"]._now()
        place = position(program._accrual_policy(), 1, progress, is_paid, now)
        if place.posted:
            return "done", None
        if place.pending and place.matures:
            return "done", place.matures[0][0]
        return "waiting", None

    @api.model
    def _mark_progress(
        self,
        transactions: models.BaseModel,
        *,
        is_paid: bool = False,
        fulfilled_at: datetime | None = None,
    ) -> None:
        """Post promised points of orders that were paid or handed over by now.

        Called where orders are followed; repeating it changes nothing.

        :param fulfilled_at: when all of it was handed over (UTC)
        """
        waiting = self.sudo().search(
            [("transaction_id", "in", transactions.ids), ("state", "=", "waiting")]
        )
        for accrual in waiting:
            accrual.write(
                {
                    "is_paid": accrual.is_paid or is_paid,
                    "fulfilled_at": accrual.fulfilled_at or fulfilled_at,
                }
            )
        waiting._post_promised()

    def _post_promised(self) -> None:
        """Post what has become due: what was earned, less what came back meanwhile."""
        asked: list[tuple[models.BaseModel, Booked]] = []
        postings: list[Posting] = []
        for accrual in self:
            state, matures_at = self._when(
                accrual.program_id, accrual.is_paid, accrual.fulfilled_at
            )
            if state == "waiting":
                continue
            accrual.write({"state": "done", "matures_at": matures_at, "booked": []})
            order, back = read_sold(accrual.sold), read_state(accrual.came_back)
            for wallet, points in points_left(order, back).items():
                if points:
                    posting = accrual._prepare_promised(wallet, points)
                    postings.append(posting)
                    asked.append((accrual, Booked(wallet, posting.uuid, points)))
        answers = self.env["retail.loyalty.ledger"]._post(postings)
        for (accrual, booked), answer in zip(asked, answers, strict=True):
            if answer.ok:
                known = accrual.booked or []
                accrual.booked = known + booked_rows([booked])
            else:
                accrual.write({"state": "failed", "reason": "conflict"})

    def _prepare_promised(self, wallet: str, points: int) -> Posting:
        sale, program = self.transaction_id, self.program_id
        return Posting(
            uuid=derived_uuid(sale.uuid, f"accrual:{program.id}:{wallet}"),
            account_id=account_of(self.member_id, wallet).id,
            kind="accrual",
            points=points,
            effective_at=sale.occurred_at,
            expires_at=program._expires_at(sale.occurred_at),
            matures_at=self.matures_at or None,
            transaction_id=sale.id,
            source=source_of(sale),
            company_id=sale.company_id.id,
        )
