"""``retail.loyalty.accrual``: booking what a return takes, also where it is spent.

The ledger takes points back whether they are there or not; what is missing then is
written off, owed, or paid for with a part of the refund that the till has kept (the
tender ``points_settlement``, negative as refunds are). That part is an adjustment of
its own in the ledger, under the return (decision 99). Called by returns, exchanges and
cancelled orders; the arithmetic is in ``tools/settlement.py``.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import models

from ..tools.booking import Booked
from ..tools.outcomes import Posted
from ..tools.postings import Posting, Reversal, derived_uuid
from ..tools.recorded_sale import Sale
from ..tools.settlement import points_paid
from .loyalty_accrual_sale import account_of, source_of
from .loyalty_accrual_target import Target

#: policy of a program -> what the ledger does where points are missing
SHORTFALL = {"debt": "debt", "reduce_refund": "debt", "write_off": "available"}

#: of one member: payments with points to give back, earned points to take
Part = tuple[Sequence[Booked], Sequence[Booked]]


class Took(NamedTuple):
    """What became of points that had to come back.

    ``cancelled`` were not spendable yet; ``short`` were spent already, by wallet.
    """

    cancelled: int
    written_off: int
    short: dict[str, int]

    @classmethod
    def together(cls, parts: Iterable["Took"]) -> "Took":
        """Return what became of the points of several members."""
        parts = list(parts)
        return cls(
            sum(one.cancelled for one in parts),
            sum(one.written_off for one in parts),
            sums_of(one.short for one in parts),
        )


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    def _reverse_all(
        self,
        transaction: models.BaseModel,
        program: models.BaseModel,
        parts: Sequence[Part],
        occasion: str = "",
    ) -> Took:
        """Reverse what hangs on returned goods, member by member.

        :param occasion: tells apart what one transaction takes back several times
        """
        return Took.together(
            self._reverse_booked(transaction, program, *part, occasion)
            for part in parts
        )

    def _reverse_booked(
        self,
        transaction: models.BaseModel,
        program: models.BaseModel,
        restored: Sequence[Booked],
        gone: Sequence[Booked],
        occasion: str,
    ) -> Took:
        """Reverse payments, then accruals; return what was not there any more.

        In this order: what the return gives back pays for what it takes.
        """
        policy = SHORTFALL[program.spent_policy]
        asked = [
            self._prepare_reversal(transaction, one, "debt", occasion)
            for one in restored
        ]
        count = len(asked)
        asked += [
            self._prepare_reversal(transaction, one, policy, occasion) for one in gone
        ]
        answers = self.env["retail.loyalty.ledger"]._reverse(asked)
        return _took(gone, answers[count:])

    def _prepare_reversal(
        self,
        transaction: models.BaseModel,
        booked: Booked,
        on_shortfall: str,
        occasion: str,
    ) -> Reversal:
        purpose = ":".join(filter(None, ("reversal", occasion, booked.uuid)))
        return Reversal(
            uuid=derived_uuid(transaction.uuid, purpose),
            original_uuid=booked.uuid,
            points=booked.points,
            on_shortfall=on_shortfall,
            effective_at=transaction.occurred_at,
            transaction_id=transaction.id,
            source=source_of(transaction),
        )

    # --- a smaller refund -------------------------------------------------------------

    def _check_settlement(
        self,
        transaction: models.BaseModel,
        original: models.BaseModel,
        sale: Sale,
        refund: Decimal,
    ) -> str:
        """Return why a till's smaller refund does not fit; empty where it does.

        :param original: the row of the sale
        :param refund: money that goes back for the goods, in the sale's currency
        """
        kept, program = sale.kept, original.program_id
        if not kept:
            return ""
        if transaction.currency_id != original.currency_id:
            return f"the goods were sold in {original.currency_id.name}"
        if program.spent_policy != "reduce_refund":
            return f"{program.name} does not reduce refunds"
        if kept > refund:
            return f"{kept} kept of a refund of {refund}"
        terms = program._terms().redemption_in(transaction.currency_id.name)
        if terms is None:
            return f"points have no value in {transaction.currency_id.name}"
        try:
            points_paid(kept, 0, terms)
        except ValueError as error:
            return str(error)
        return ""

    def _take(
        self,
        transaction: models.BaseModel,
        target: Target,
        sale: Sale,
        parts: Sequence[Part],
    ) -> tuple[Took, dict[str, Any]]:
        """Take a return's points, and what the till kept for them.

        :return: what became of the points, and what the return's row says of it
        """
        program = target.program
        if not sale.kept:
            took = self._reverse_all(transaction, program, parts)
            return took, _values(took)
        # What is missing shows when it is taken. Paid for before: not every platform
        # lets a member owe points, and none has to.
        with closing(self.env.cr.savepoint()):
            took = self._reverse_all(transaction, program, parts)
        values = _values(took) | self._credit_kept(transaction, target, sale, took)
        self._reverse_all(transaction, program, parts)
        return took, values

    def _credit_kept(
        self,
        transaction: models.BaseModel,
        target: Target,
        sale: Sale,
        took: Took,
    ) -> dict[str, Any]:
        """Credit the points that a smaller refund pays for; return the row's values."""
        terms = target.program._terms().redemption_in(transaction.currency_id.name)
        missing = took.short.get(terms.wallet, 0)
        points = points_paid(sale.kept, missing, terms)
        posting = Posting(
            uuid=derived_uuid(transaction.uuid, f"settlement:{target.program.id}"),
            account_id=account_of(target.member, terms.wallet).id,
            kind="adjustment",
            points=points,
            effective_at=transaction.occurred_at,
            expires_at=target.program._expires_at(transaction.occurred_at),
            transaction_id=transaction.id,
            source=source_of(transaction),
            reason=f"Paid for with {sale.kept} {terms.currency} less refund",
            company_id=transaction.company_id.id,
        )
        [answer] = self.env["retail.loyalty.ledger"]._post([posting])
        if not answer.ok:
            return {"state": "failed", "reason": "conflict"}
        return {
            "points_owed": sum(took.short.values()) - min(points, missing),
            "points_settled": points,
            "amount_settled": float(sale.kept),
        }


def _values(took: Took) -> dict[str, Any]:
    return {
        "points_written_off": took.written_off,
        "points_owed": sum(took.short.values()),
    }


def sums_of(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the sums of points by wallet."""
    sums: dict[str, int] = {}
    for part in parts:
        for wallet, points in part.items():
            sums[wallet] = sums.get(wallet, 0) + points
    return sums


def settlement_document(
    net: dict[str, int], took: Took, refund: tuple[Decimal, Decimal], sale: Sale
) -> dict[str, Any]:
    """Return what a return moved, as JSON values; quotes tell it.

    :param net: points by wallet, signed for the member
    :param refund: what goes back for the goods: in points, in money
    """
    return {
        "net": net,
        "cancelled": took.cancelled,
        "short": took.short,
        "refund": [str(amount) for amount in refund],
        "kept": str(sale.kept),
    }


def _took(gone: Sequence[Booked], answers: Sequence[Posted]) -> Took:
    cancelled = written_off = 0
    taken: dict[str, int] = {}
    left: dict[str, int] = {}
    for one, answer in zip(gone, answers, strict=True):
        moved = abs(answer.amount)
        written_off += one.points - moved
        if answer.state == "cancelled":
            cancelled += moved
        elif answer.state == "posted":
            taken[one.wallet] = taken.get(one.wallet, 0) + moved
            left[one.wallet] = answer.available or 0
    short = {
        wallet: min(points, -left[wallet])
        for wallet, points in taken.items()
        if left[wallet] < 0
    }
    return Took(cancelled, written_off, short)
