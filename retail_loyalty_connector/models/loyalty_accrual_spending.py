"""``retail.loyalty.accrual``: sales that were paid with points.

A points tender names its hold; what is still held is captured here, in the transaction
that records the sale. Without a hold (an offline till) the points are taken directly.
Points that are not there are a failure for a person: the customer has the goods.
"""

import uuid as uuids
from dataclasses import replace
from decimal import Decimal

from odoo import api, models

from ..tools.basket import POINTS_TENDER
from ..tools.booking import Booked
from ..tools.postings import Capture, Posting, derived_uuid
from ..tools.recorded_sale import Sale, SaleTender
from ..tools.redemption import RedemptionTerms
from .loyalty_accrual_sale import Desk, Plan, account_of, source_of


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _spend(self, plan: Plan, sale: Sale, desk: Desk, *, is_first: bool) -> None:
        """Take what was paid with points, into ``plan``.

        :param is_first: of several programs, the one that payments without a hold are
            taken from
        """
        terms = desk.terms(plan.target.program).redemption_in(
            plan.transaction.currency_id.name
        )
        for n, tender in enumerate(sale.tenders):
            if tender.type != POINTS_TENDER or tender.amount <= 0:
                continue
            hold = self._find_hold(tender)
            if hold.member_id and hold.member_id._survivor() != plan.target.member:
                continue
            if not hold and not is_first:
                continue
            booked = self._capture_tender(plan, tender, hold, terms)
            booked = booked or self._take_tender(plan, tender, terms, n)
            if booked:
                plan.spent.append(booked)
            else:
                plan.uncovered += tender.amount
        points = sum(one.points for one in plan.spent)
        if points:
            plan.sold = replace(plan.sold, points_spent=points)

    def _find_hold(self, tender: SaleTender) -> models.BaseModel:
        holds = self.env["retail.loyalty.hold"].sudo()
        uuid = _uuid(tender.reference)
        return holds.search([("uuid", "=", uuid)], limit=1) if uuid else holds

    def _capture_tender(
        self,
        plan: Plan,
        tender: SaleTender,
        hold: models.BaseModel,
        terms: RedemptionTerms | None,
    ) -> Booked | None:
        """Capture the hold unless the till did; None where it cannot be any more."""
        if not hold or hold.state not in ("open", "captured"):
            return None
        captured = hold.captured
        if hold.state == "open":
            needed = terms.points_for(tender.amount) if terms else hold.points
            points = min(needed, hold.points)
            answer = self.env["retail.loyalty.ledger"]._capture(
                Capture(
                    hold.uuid,
                    points if points < hold.points else None,
                    effective_at=plan.transaction.occurred_at,
                    transaction_id=plan.transaction.id,
                    source=source_of(plan.transaction),
                )
            )
            captured = answer.captured if answer.done else 0
        if not captured:
            return None
        return Booked(plan.sold.wallet, derived_uuid(hold.uuid, "capture"), captured)

    def _take_tender(
        self, plan: Plan, tender: SaleTender, terms: RedemptionTerms | None, n: int
    ) -> Booked | None:
        """Take points without a hold; None where they are not there."""
        points = _points_for(tender.amount, terms)
        if not points:
            return None
        posting = self._prepare_spending(plan, points, n)
        answer = self.env["retail.loyalty.ledger"]._post([posting])[0]
        return Booked(plan.sold.wallet, posting.uuid, points) if answer.ok else None

    def _prepare_spending(self, plan: Plan, points: int, n: int) -> Posting:
        sale = plan.transaction
        purpose = f"redemption:{plan.target.program.id}:{n}"
        return Posting(
            uuid=derived_uuid(sale.uuid, purpose),
            account_id=account_of(plan.target.member, plan.sold.wallet).id,
            kind="redemption",
            points=-points,
            effective_at=sale.occurred_at,
            transaction_id=sale.id,
            source=source_of(sale),
            company_id=sale.company_id.id,
        )


def _points_for(amount: Decimal, terms: RedemptionTerms | None) -> int:
    return terms.points_for(amount) if terms else 0


def _uuid(text: str | None) -> str | None:
    """Return a reference that is a hold's id, in its canonical form."""
    try:
        return str(uuids.UUID(text or ""))
    except ValueError:
        return None
