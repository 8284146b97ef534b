"""``retail.loyalty.accrual``: an exchange of goods of one sale, netted.

The points that the old goods earned stay where they are and belong to the new goods
from now on; only the difference moves. Later returns of the new goods take back from
both postings (``tools/booking.py``).
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from odoo import models

from ..tools.booking import Booked, booked_rows, read_booked, take
from ..tools.earned import Earned
from ..tools.exchange import Exchange, NewGoods, take_exchange
from ..tools.recorded_sale import Sale
from ..tools.sold import ReturnExceedsSaleError
from ..tools.sold_documents import read_sold, read_state, state_document
from .loyalty_accrual_sale import Desk, Plan
from .loyalty_accrual_settlement import settlement_document
from .loyalty_accrual_target import Target


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    def _is_nettable(self, original: models.BaseModel) -> bool:
        """Tell whether the old goods' points are in the ledger, not only promised."""
        return original.state != "waiting"

    def _exchange(
        self,
        transaction: models.BaseModel,
        sale: Sale,
        original: models.BaseModel,
        qty: dict[str, Decimal],
        originals: dict[str, Any],
    ) -> "RetailLoyaltyAccrual":
        target = Target(original.program_id, original.member_id._survivor())
        desk = Desk(self.env)
        basket = self.env["retail.loyalty.engine"]._basket_of(transaction, sale)
        facts = desk.facts(target.member, basket.local_at)
        new = NewGoods(basket, desk.terms(target.program), facts)
        program = target.program
        try:
            result = take_exchange(
                read_sold(original.sold),
                read_state(original.came_back),
                qty,
                new,
                program.split_policy,
                program.exchange_terms,
            )
        except ValueError as error:
            exceeds = isinstance(error, ReturnExceedsSaleError)
            reason = "return_exceeds" if exceeds else "not_computable"
            return self._fail_return(
                transaction, reason, originals, original, str(error)
            )
        money = result.refund_money
        wrong = self._check_settlement(transaction, original, sale, money)
        if wrong:
            return self._fail_return(
                transaction, "settlement_refused", originals, original, wrong
            )
        plan = Plan(transaction, target, result.sold, Earned(), {})
        self._spend(plan, sale, desk, is_first=True)
        fresh = sum(one.points for one in plan.spent)
        plan.sold = replace(result.sold, points_spent=result.sold.points_spent + fresh)
        return self._net(plan, sale, original, result, originals)

    def _net(
        self,
        plan: Plan,
        sale: Sale,
        original: models.BaseModel,
        result: Exchange,
        originals: dict[str, Any],
    ) -> "RetailLoyaltyAccrual":
        """Post what the new goods earn more, or reverse what they earn less."""
        moved, carried = self._hand_over(original, result)
        restored, carried = take(carried, plan.sold.wallet, result.points_restored)
        gone: list[Booked] = []
        for name, points in result.net.items():
            if points < 0:
                taken, moved = take(moved, name, -points)
                gone += taken
        took, said = self._take(plan.transaction, plan.target, sale, [(restored, gone)])
        refund = (result.refund_points_amount, result.refund_money)
        plan.grants = {name: n for name, n in result.net.items() if n > 0}
        fresh = sum(one.points for one in plan.spent)
        plan.spent = carried + plan.spent
        self._post_plans([plan], {plan.transaction.id: sale})
        plan.values |= {
            "booked": booked_rows(moved + plan.booked),
            "originals": originals,
            "original_id": original.id,
            "points": sum(result.net.values()) + took.written_off,
            "points_spent": fresh,
            "points_restored": result.points_restored,
            "settlement": settlement_document(result.net, took, refund, sale),
            **said,
        }
        return self.create([plan.values])

    def _hand_over(
        self, original: models.BaseModel, result: Exchange
    ) -> tuple[list[Booked], list[Booked]]:
        """Take the old goods' points and payments with points off their sale."""
        back = result.returned
        moved, left = _moved(read_booked(original.booked), back.taken)
        carried, unspent = take(
            read_booked(original.spent), result.sold.wallet, back.points_restored
        )
        original.write(
            {
                "came_back": state_document(back.after),
                "booked": booked_rows(left),
                "spent": booked_rows(unspent),
            }
        )
        return moved, carried


def _moved(
    booked: list[Booked], taken: dict[str, int]
) -> tuple[list[Booked], list[Booked]]:
    """Return the bookings that go with the exchanged goods, and those that stay."""
    moved: list[Booked] = []
    for wallet, points in taken.items():
        found, booked = take(booked, wallet, points)
        moved += found[::-1]
    return moved, booked
