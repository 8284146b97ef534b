"""Goods that come back from a member: asked first, then told with the refund."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.models import BaseModel

from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
    TransactionLine,
    TransactionOriginal,
    TransactionTender,
    TransactionTotals,
)

from ..tools.basket import SETTLEMENT_TENDER
from ..tools.return_quote import ReturnQuote
from .common_sales import SalesCase, line


class RefundCase(SalesCase):
    """A program whose till keeps the worth of missing points of a refund."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.program.spent_policy = "reduce_refund"

    def back(
        self,
        sale: BaseModel,
        price: str = "10.00",
        qty: str = "-1",
        of: int = 1,
        **values: Any,
    ) -> dict[str, Any]:
        """Return a line that takes back the line ``of`` of ``sale``."""
        original = {
            "store": "12",
            "register": sale.register,
            "sequence": sale.sequence,
            "line": of,
        }
        return {**line(price, qty, **values), "original": original}

    def quote(
        self,
        *lines: dict,
        tenders: list[tuple[str, str]] | None = None,
        currency: str = "EUR",
    ) -> ReturnQuote:
        """Return what posting these lines is said to do."""
        document = TransactionDocument(
            kind="exchange" if any(one["qty"][0] != "-" for one in lines) else "return",
            channel="pos",
            store_code="12",
            natural_key=("quote",),
            occurred_at=datetime.fromisoformat("2026-11-20T12:00:00+00:00"),
            currency=currency,
            totals=TransactionTotals(grand=Decimal(0)),
            ref="quote",
            lines=[_line(n, one) for n, one in enumerate(lines, start=1)],
            tenders=[
                TransactionTender(type_, Decimal(n)) for type_, n in tenders or ()
            ],
        )
        (resolution,) = self.env["retail.resolver"]._resolve_documents(
            self.backend, [document]
        )
        return self.env["retail.loyalty.engine"]._quote_return(
            self.backend, self.program, document, resolution
        )

    def refund(
        self, quoted: ReturnQuote, *lines: dict, kept: str | None = None
    ) -> BaseModel:
        """Report the return with the refund as quoted; return its points."""
        amount = quoted.kept if kept is None else Decimal(kept)
        parts = {
            "points": quoted.refund_points,
            SETTLEMENT_TENDER: amount,
            "card": quoted.refund_money - amount,
        }
        tenders = [{"type": k, "amount": f"-{v}"} for k, v in parts.items() if v]
        returned = self.sell(*lines, type="return", customer={}, tenders=tenders)
        return self.accrual_of(returned)

    def state(self) -> tuple[int, int, int]:
        """Return what the member has, what is held of it, and what is to come."""
        balance = self.balance()
        return balance.posted, balance.held, balance.pending


def _line(number: int, told: dict) -> TransactionLine:
    original = told.get("original")
    return TransactionLine(
        n=number,
        qty=Decimal(told["qty"]),
        unit_price=Decimal(told["unit_price"]),
        total=Decimal(told["total"]),
        sku=told["sku"],
        original=TransactionOriginal(**original) if original else None,
    )
