"""``/retail/v1/transactions``: what was recorded, for partners to check against."""

from decimal import Decimal

from odoo import http
from odoo.fields import Domain
from odoo.models import BaseModel as Records

from ..schemas.api_transaction import (
    TransactionItem,
    TransactionLineItem,
    TransactionPage,
    TransactionParameters,
    TransactionPlace,
    TransactionTenderItem,
    TransactionWhole,
)
from ..tools.clock import to_rfc3339
from ..tools.error_api import NotFound
from ..tools.money import format_amount, from_stored
from .api import Call, Reply, operation
from .paging import page_of, page_reply

PATH = "/retail/v1/transactions"
MODEL = "retail.transaction"
#: With this scope a key sees what all backends of its company reported.
ALL_SCOPE = "transactions:read_all"


class RetailTransactionsController(http.Controller):
    @operation(
        "GET",
        PATH,
        summary="List recorded transactions",
        description="What your backend reported, the last recorded first. A key with "
        "the scope `transactions:read_all` too sees all backends of its company.",
        tag="Transactions",
        scope="transactions:read",
        parameters=TransactionParameters,
        answers={200: TransactionPage},
    )
    def transactions(self, call: Call) -> Reply:
        """Return one page of what was recorded."""
        found = page_of(call, MODEL, _visible(call) & _filter(call.query))
        return page_reply(
            call, TransactionPage, found, lambda one: TransactionItem(**_facts(one))
        )

    @operation(
        "GET",
        f"{PATH}/{{uuid}}",
        summary="Get one recorded transaction",
        tag="Transactions",
        scope="transactions:read",
        places=TransactionPlace,
        answers={200: TransactionWhole},
    )
    def transaction(self, call: Call) -> TransactionWhole:
        """Return one transaction with lines and payments."""
        domain = _visible(call) & Domain("uuid", "=", call.places.uuid)
        found = call.env[MODEL].search(domain, limit=1)
        if not found:
            raise NotFound("There is no transaction of this id.")
        decimals = found.currency_id.decimal_places
        return TransactionWhole(
            **_facts(found),
            lines=[_line(line, decimals) for line in found.line_ids],
            tenders=[
                TransactionTenderItem(
                    type=tender.tender_type, amount=_amount(tender.amount, decimals)
                )
                for tender in found.tender_ids
            ],
        )


def _visible(call: Call) -> Domain:
    if ALL_SCOPE in call.key.scopes:
        return Domain.TRUE
    return Domain("backend_id", "=", call.key.backend_id)


def _filter(query: TransactionParameters) -> Domain:
    conditions = {
        ("business_date", ">="): query.business_date_from,
        ("business_date", "<="): query.business_date_to,
        ("store_id.code", "="): query.store,
        ("register", "="): query.register_code,
        ("kind", "="): query.kind,
        ("ref", "="): query.ref,
        ("inbox_event_id.event_key", "="): query.event_id,
    }
    return Domain.AND(
        Domain(field, operator, value)
        for (field, operator), value in conditions.items()
        if value is not None
    )


def _facts(transaction: Records) -> dict:
    decimals = transaction.currency_id.decimal_places
    return {
        "uuid": transaction.uuid,
        "url": f"{PATH}/{transaction.uuid}",
        "kind": transaction.kind,
        "channel": transaction.channel,
        "store": transaction.store_id.code,
        "register": transaction.register or None,
        # Every receipt has a number from 1 on; orders have none.
        "sequence": transaction.sequence or None,
        "ref": transaction.ref,
        "external_ref": transaction.external_ref or None,
        "business_date": transaction.business_date.isoformat(),
        "occurred_at": to_rfc3339(transaction.occurred_at),
        "received_at": to_rfc3339(transaction.received_at),
        "currency": transaction.currency_id.name,
        "subtotal": _amount(transaction.amount_subtotal, decimals),
        "discount": _amount(transaction.amount_discount, decimals),
        "tax": _amount(transaction.amount_tax, decimals),
        "total": _amount(transaction.amount_total, decimals),
        "correlation_id": transaction.correlation_id or None,
    }


def _line(line: Records, decimals: int) -> TransactionLineItem:
    return TransactionLineItem(
        n=line.position,
        kind=line.kind,
        sku=line.sku or None,
        gtin=line.gtin or None,
        qty=_plain(line.qty),
        unit_price=_plain(line.price_unit),
        discount=_amount(line.amount_discount, decimals),
        tax=_amount(line.amount_tax, decimals),
        total=_amount(line.amount_total, decimals),
    )


def _amount(value: float, decimals: int) -> str:
    return format_amount(from_stored(value, decimals), decimals)


def _plain(value: float) -> str:
    """Return a number of up to six decimals without the zeros behind it."""
    text = f"{Decimal(repr(value)):.6f}"
    return text.rstrip("0").rstrip(".")
