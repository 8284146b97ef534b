"""``retail.loyalty.accrual``: goods that come back, alone or in exchange.

What a return takes back and gives back is a difference of running sums that the sale's
row keeps (``tools/returns.py``); an exchange of one sale is netted
(``tools/exchange.py``), so that an even one moves no point. Two returns of one sale at
a time exclude each other on that row.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from odoo import api, models

from ..tools.basket import POINTS_TENDER
from ..tools.booking import Booked, booked_rows, points_left, read_booked, take
from ..tools.recorded_sale import Sale
from ..tools.returns import Return, take_return
from ..tools.rounding import part_of
from ..tools.sold import ReturnExceedsSaleError
from ..tools.sold_documents import read_sold, read_state, state_document
from .loyalty_accrual_original import Original
from .loyalty_accrual_settlement import Part, Took, settlement_document, sums_of
from .loyalty_accrual_target import Target

Parts = dict[models.BaseModel, dict[str, Decimal]]


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _record_return(
        self, transaction: models.BaseModel, sale: Sale, originals: dict[str, Any]
    ) -> "RetailLoyaltyAccrual":
        """Take back and give back points of a return or an exchange."""
        found = self._find_originals(transaction, sale, originals)
        has_new = any(line.qty > 0 for line in sale.lines)
        if found is None:
            reason = "original_unknown" if originals else "unreferenced"
            rows = self.browse()
            # Whose goods nobody names, and nobody's: base lists such returns.
            if originals or transaction.identity_id:
                rows = self._fail_return(transaction, reason, originals)
            return rows | self._record_new_goods(transaction, sale, rows, has_new)
        rows = self.search([("transaction_id", "=", transaction.id)])
        known = rows.program_id
        grouped = self._group_parts(found)
        payer = _payer(grouped)
        for program, parts in grouped.items():
            if program in known:
                continue
            told = sale if program == payer else sale.without_kept()
            closed = [one for one in parts if not one.sold]
            if closed:
                rows |= self._fail_return(
                    transaction, "original_open", originals, closed[0]
                )
            elif has_new and len(parts) == 1 and self._is_nettable(*parts):
                [(original, qty)] = parts.items()
                rows |= self._exchange(transaction, told, original, qty, originals)
            else:
                rows |= self._return(transaction, told, program, parts, originals)
        rows |= self._record_new_goods(transaction, sale, rows, has_new)
        if not rows and sale.kept:
            # Kept for points of a sale that gave nobody any.
            rows = self._fail_return(transaction, "settlement_refused", originals)
        return rows

    def _record_new_goods(
        self,
        transaction: models.BaseModel,
        sale: Sale,
        rows: models.BaseModel,
        has_new: bool,
    ) -> "RetailLoyaltyAccrual":
        """Post new goods of an exchange as a sale where no row speaks for them yet."""
        if not has_new or rows:
            return self.browse()
        return self._record_sales(transaction, {transaction.id: sale})

    def _group_parts(
        self, found: dict[Original, Decimal]
    ) -> dict[models.BaseModel, Parts]:
        """Return, by program, which rows lose how much of which lines."""
        transactions = {place.transaction.id for place in found}
        grouped: dict[models.BaseModel, Parts] = {}
        for row in self.sudo().search([("transaction_id", "in", list(transactions))]):
            qty = {
                place.key: pieces
                for place, pieces in found.items()
                if place.transaction == row.transaction_id
            }
            grouped.setdefault(row.program_id, {})[row] = qty
        return grouped

    def _fail_return(
        self,
        transaction: models.BaseModel,
        reason: str,
        originals: dict[str, Any],
        original: models.BaseModel | None = None,
        detail: str = "",
    ) -> "RetailLoyaltyAccrual":
        engine = self.env["retail.loyalty.engine"]
        row = original or self.browse()
        program = row.program_id or engine._find_programs(transaction.company_id.id)[:1]
        if not program:
            return row
        values = self._prepare_failure(
            transaction, Target(program, row.member_id, reason), detail
        )
        if reason == "original_open" and row.state == "skipped":
            values["state"] = "skipped"
        return self.create(
            [{**values, "originals": originals, "original_id": row.id or None}]
        )

    # --- returns ----------------------------------------------------------------------

    def _return(
        self,
        transaction: models.BaseModel,
        sale: Sale,
        program: models.BaseModel,
        parts: Parts,
        originals: dict[str, Any],
    ) -> "RetailLoyaltyAccrual":
        given = _refunded_in_points(sale) if len(parts) == 1 else None
        done: list[tuple[models.BaseModel, Return]] = []
        for row, qty in parts.items():
            order, state = read_sold(row.sold), read_state(row.came_back)
            try:
                back = take_return(order, state, qty, program.split_policy, given)
            except ReturnExceedsSaleError as error:
                return self._fail_return(
                    transaction, "return_exceeds", originals, row, str(error)
                )
            done.append((row, back))
        money = sum((back.money_amount for _row, back in done), Decimal(0))
        wrong = self._check_settlement(transaction, done[0][0], sale, money)
        if wrong:
            return self._fail_return(
                transaction, "settlement_refused", originals, done[0][0], wrong
            )
        target = Target(program, done[0][0].member_id._survivor())
        took, said = self._take(transaction, target, sale, self._book_returns(done))
        values = {
            **self._prepare_head(transaction, target),
            **_prepare_returned(done, took, sale),
            "originals": originals,
            **said,
        }
        return self.create([values])

    def _book_returns(
        self, returns: list[tuple[models.BaseModel, Return]]
    ) -> list[Part]:
        """Note returns on their sales' rows; return the postings, by buyer.

        :param returns: rows of the program, with what comes back of each
        """
        buyers: dict[models.BaseModel, Part] = {}
        for row, back in returns:
            restored, gone = buyers.get(row.member_id._survivor(), ([], []))
            given_back, taken = self._book_return(row, back)
            part = ([*restored, *given_back], [*gone, *taken])
            buyers[row.member_id._survivor()] = part
        return list(buyers.values())

    def _book_return(
        self, row: models.BaseModel, back: Return
    ) -> tuple[list[Booked], list[Booked]]:
        """Note a return on the sale's row; return which postings it concerns."""
        booked, spent = read_booked(row.booked), read_booked(row.spent)
        gone: list[Booked] = []
        for wallet, points in back.taken.items():
            # What was only promised is in no ledger: its row forgets it.
            if row.state != "waiting":
                taken, booked = take(booked, wallet, points)
                gone += taken
        self._give_caps_back(row, back)
        restored, spent = take(spent, read_sold(row.sold).wallet, back.points_restored)
        row.write(
            {
                "came_back": state_document(back.after),
                "booked": booked_rows(booked),
                "spent": booked_rows(spent),
            }
        )
        return restored, gone

    def _give_caps_back(self, row: models.BaseModel, back: Return) -> None:
        """Take off the limits of days and months what the returned goods had earned.

        In proportion, as a running sum; the points themselves are taken back as well.
        """
        order = read_sold(row.sold)
        total = sum(order.earned().values())
        left = sum(points_left(order, back.after).values())
        before = total - left - sum(back.taken.values())
        member = row.member_id._survivor()
        freed = {
            (member.id, member.company_id.id or None, cap, date.fromisoformat(day)): (
                part_of(points, before, total) - part_of(points, total - left, total)
            )
            for cap, day, points in row.capped or ()
        }
        self.env["retail.loyalty.cap.use"]._add(freed)


def _prepare_returned(
    done: list[tuple[models.BaseModel, Return]], took: Took, sale: Sale
) -> dict[str, Any]:
    """Return the values that say what came back, and which points."""
    taken = sums_of(back.taken for _row, back in done)
    points = sum((back.points_amount for _row, back in done), Decimal(0))
    money = sum((back.money_amount for _row, back in done), Decimal(0))
    net = {wallet: -n for wallet, n in taken.items()}
    return {
        "state": "done",
        "original_id": done[0][0].id,
        "points": took.written_off - sum(taken.values()),
        "points_restored": sum(back.points_restored for _row, back in done),
        "settlement": settlement_document(net, took, (points, money), sale),
    }


def _refunded_in_points(sale: Sale) -> Decimal | None:
    """Return what a till refunded in points; None where the program decides."""
    tenders = sale.without_kept().tenders
    if not tenders or any(line.qty > 0 for line in sale.lines):
        return None
    refunds = (one.amount for one in tenders if one.type == POINTS_TENDER)
    return -sum(refunds, Decimal(0))


def _payer(programs: Iterable[models.BaseModel]) -> models.BaseModel | None:
    """Return the program whose points a till's smaller refund pays for."""
    several = list(programs)
    reducing = (one for one in several if one.spent_policy == "reduce_refund")
    return next(reducing, several[0] if several else None)
