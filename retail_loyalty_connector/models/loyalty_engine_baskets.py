"""``retail.loyalty.engine``: sales as baskets, recorded ones and those to come.

A recorded sale is read by SQL as text: the ORM would make floats of its amounts. Lines
that bring goods back are no part of a basket (``loyalty_accrual_return.py``).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pytz

from odoo import api, models

from odoo.addons.retail_integration_base.models.resolver import Resolution
from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
)
from odoo.addons.retail_integration_base.tools.clock import to_naive

from ..tools.basket import Basket, BasketLine, BasketTender
from ..tools.recorded_sale import Sale, SaleLine, SaleTender

LINES = """
    SELECT transaction_id, position, kind, product_id, qty::text, amount_total::text,
           coalesce(amount_tax, 0)::text, coalesce(amount_discount, 0)::text, line_ref,
           original_ref
      FROM retail_transaction_line WHERE transaction_id = ANY(%s)
     ORDER BY transaction_id, position, id
"""
TENDERS = """
    SELECT transaction_id, tender_type, amount::text, reference, status
      FROM retail_transaction_tender WHERE transaction_id = ANY(%s)
     ORDER BY transaction_id, id
"""


class RetailLoyaltyEngine(models.AbstractModel):
    _inherit = "retail.loyalty.engine"

    @api.model
    def _read_sales(self, transactions: models.BaseModel) -> dict[int, Sale]:
        """Return lines and payments of recorded sales: two queries for all of them."""
        lines, tenders = defaultdict(list), defaultdict(list)
        self.env.cr.execute(LINES, (transactions.ids,))
        for (
            id_,
            position,
            kind,
            product_id,
            *numbers,
            line_ref,
            original,
        ) in self.env.cr.fetchall():
            exact = map(Decimal, numbers)
            lines[id_].append(
                SaleLine(position, kind, product_id, *exact, line_ref, original)
            )
        self.env.cr.execute(TENDERS, (transactions.ids,))
        for id_, type_, amount, reference, status in self.env.cr.fetchall():
            settled = status == "settled"
            tenders[id_].append(SaleTender(type_, Decimal(amount), reference, settled))
        return {
            id_: Sale(tuple(lines[id_]), tuple(tenders[id_]))
            for id_ in transactions.ids
        }

    @api.model
    def _basket_of(self, transaction: models.BaseModel, sale: Sale) -> Basket:
        """Return what was sold; payments that go back to the customer are left out."""
        return self._basket(
            [line for line in sale.lines if not line.is_return],
            [
                BasketTender(one.type, one.amount)
                for one in sale.tenders
                if one.amount > 0
            ],
            store=transaction.store_id,
            currency=transaction.currency_id,
            channel=transaction.channel,
            occurred_at=transaction.occurred_at,
        )

    @api.model
    def _basket_of_document(
        self, document: TransactionDocument, resolution: Resolution
    ) -> Basket:
        """Return what a canonical document sells, before it is recorded.

        :param resolution: what its codes mean here (``retail.resolver``)
        """
        return self._basket(
            [line for line in sale_lines(document, resolution) if not line.is_return],
            [
                BasketTender(type_, tender.amount)
                for tender, type_ in zip(
                    document.tenders, resolution.tenders, strict=True
                )
                if tender.amount > 0
            ],
            store=self.env["retail.store"].sudo().browse(resolution.store_id),
            currency=self.env["res.currency"].browse(resolution.currency_id),
            channel=document.channel,
            occurred_at=to_naive(document.occurred_at),
        )

    def _basket(
        self,
        lines: Sequence[SaleLine],
        tenders: Sequence[BasketTender],
        *,
        store: models.BaseModel,
        currency: models.BaseModel,
        channel: str,
        occurred_at: datetime,
    ) -> Basket:
        ids = {line.product_id for line in lines if line.product_id}
        products = self.env["product.product"].sudo().browse(ids)
        categories = {
            product.id: frozenset(
                (product.categ_id.parent_path or "").strip("/").split("/")
            )
            for product in products
        }
        return Basket(
            lines=tuple(
                BasketLine(
                    key=str(line.position),
                    qty=line.qty,
                    amount=line.amount,
                    amount_tax=line.amount_tax,
                    amount_discount=line.amount_discount,
                    kind=line.kind,
                    product=str(line.product_id or ""),
                    categories=categories.get(line.product_id, frozenset()),
                )
                for line in lines
            ),
            local_at=local(occurred_at, store.tz),
            currency=currency.name,
            decimals=currency.decimal_places,
            channel=channel,
            store=store.code or "",
            tenders=tuple(tenders),
        )


def sale_lines(document: TransactionDocument, resolution: Resolution) -> list[SaleLine]:
    """Return the lines of a document as those of its record would be."""
    return [
        SaleLine(
            line.n,
            line.kind,
            resolution.products.get(line.n),
            line.qty,
            line.total,
            line.tax_amount,
            line.discount_amount,
            line.line_id,
            "named" if line.original else None,
        )
        for line in document.lines
    ]


def local(occurred_at: datetime, tz: str | None) -> datetime:
    """Return a moment (UTC, without zone) on a store's clock, without zone."""
    at = pytz.utc.localize(occurred_at).astimezone(pytz.timezone(tz or "UTC"))
    return at.replace(tzinfo=None)
