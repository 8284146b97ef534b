"""``retail.loyalty.accrual``: the sold line that a returned line names.

A till says store, register, number and line; a webshop says order and line; some say
the receipt only, then the goods decide which line. Returned goods belong to who bought
them, whoever brings them back.
"""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models

from odoo.addons.retail_integration_base.schemas.transaction_document import (
    TransactionDocument,
)

from ..tools.recorded_sale import Sale, SaleLine


class Original(NamedTuple):
    """A recorded sale, and the key of its line."""

    transaction: models.BaseModel
    key: str


class RetailLoyaltyAccrual(models.Model):
    _inherit = "retail.loyalty.accrual"

    @api.model
    def _find_originals(
        self,
        transaction: models.BaseModel,
        sale: Sale,
        originals: dict[str, dict[str, Any]],
    ) -> dict[Original, Decimal] | None:
        """Return how much of which sold lines comes back; None: not all are known."""
        found: dict[Original, Decimal] = {}
        for line in sale.lines:
            if not line.is_return:
                continue
            named = originals.get(str(line.position))
            sold = named and self._find_sold(transaction, named)
            key = sold and self._find_line(sold, named, line)
            if not key:
                return None
            place = Original(sold, key)
            found[place] = found.get(place, Decimal(0)) - line.qty
        return found

    def _find_sold(
        self, transaction: models.BaseModel, named: dict[str, Any]
    ) -> models.BaseModel:
        domain = [
            ("company_id", "=", transaction.company_id.id),
            ("kind", "in", ("sale", "exchange")),
        ]
        if named.get("order"):
            order = named["order"]
            domain += ["|", ("external_ref", "=", order), ("ref", "=", order)]
        else:
            domain += [
                ("store_id", "=", self._find_store(transaction, named.get("store"))),
                ("sequence", "=", named.get("sequence")),
                ("channel", "=", "pos"),
            ]
            for name in ("register", "business_date"):
                if named.get(name):
                    domain.append((name, "=", named[name]))
        transactions = self.env["retail.transaction"].sudo()
        return transactions.search(domain, order="occurred_at desc", limit=1)

    def _find_store(self, transaction: models.BaseModel, code: str | None) -> int:
        if not code:
            return transaction.store_id.id
        resolver = self.env["retail.resolver"].sudo()
        stores = resolver._find_stores(transaction.backend_id, {code})
        return stores[code].id if code in stores else 0

    def _find_line(
        self, sold: models.BaseModel, named: dict[str, Any], line: SaleLine
    ) -> str | None:
        """Return the key of the line that was sold, None if there is no such line."""
        sale = self.env["retail.loyalty.engine"]._read_sales(sold)[sold.id]
        lines = [one for one in sale.lines if one.qty > 0]
        if named.get("line") is not None:
            fitting = [one for one in lines if one.position == named["line"]]
        elif named.get("line_id"):
            fitting = [one for one in lines if one.line_ref == named["line_id"]]
        else:
            fitting = [one for one in lines if one.product_id == line.product_id]
        return str(fitting[0].position) if fitting else None


def named_originals(document: TransactionDocument) -> dict[str, dict[str, Any]]:
    """Return which sold line each returned one names, as the sender said it."""
    return {
        str(line.n): {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(line.original).items()
            if value is not None
        }
        for line in document.lines
        if line.original
    }
